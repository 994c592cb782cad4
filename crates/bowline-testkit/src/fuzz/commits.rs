//! Commit messages.

use super::texts::{assert_commands_nothing, assert_safe};
use bowline_config::Config;
use bowline_config::section::commits::{Part, Pattern, Rule, Source};
use bowline_config::section::dialect::Dialect;
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, OverrideBlock, OverrideFact, PullFact};
use bowline_model::text::{defuse_workflow_commands, markdown};
use bowline_plan::commit::{Message, decode};
use bowline_plan::history::lint::{Draft, without_comments};
use bowline_plan::history::{self, Change, Overrides};

/// The same bytes ask for the same level, however they are to be shown, and what is shown is safe.
pub(super) fn commit(data: &[u8]) {
    let message = Message::parse(data);
    assert_eq!(message, Message::parse(data));
    assert!(within(message.subject, data), "the subject is of the message");
    assert!(!message.subject.contains(&b'\n'), "{:?}", message.subject);
    assert!(message.breaking.iter().all(|note| within(note, data) && !note.is_empty()), "{:?}", message.breaking);
    let named = message.reverted();
    assert!(named.iter().all(|id| (7..=64).contains(&id.len()) && id.is_ascii()), "{named:?}");

    let config = Config::default();
    let read = |encoding: Option<&str>| history::read(&config, &[fact(data, encoding)], &Overrides::default(), None);
    let (plain, latin) = (read(None), read(Some("ISO-8859-1")));
    assert_eq!(plain, read(None));
    assert_eq!(plain[0].planned.level, latin[0].planned.level, "an encoding changes no version");
    assert_eq!(plain[0].planned.breaking, latin[0].planned.breaking, "an encoding changes no version");
    for change in [&plain[0], &latin[0]] {
        let scope = change.planned.scope.iter();
        let told = change.for_readers.iter().filter_map(|told| told.text().map(str::to_owned)).collect::<Vec<_>>();
        let own = [&change.planned.subject, &change.planned.kind];
        for text in change.breaking_notes.iter().chain(scope).chain(own).chain(&told) {
            assert_safe(text);
            assert_commands_nothing(&defuse_workflow_commands(&markdown::inline(text, None)));
        }
    }
    ruled(data, &plain[0]);
    let line = decode::one_line(data, Some("utf-8"), 40);
    assert_safe(&line);
    pull(&String::from_utf8_lossy(data));
}

/// The same text as a pull request's title, label and description.
fn pull(text: &str) {
    let block = OverrideBlock::find(&format!("BEGIN_COMMIT_OVERRIDE\n{text}\nEND_COMMIT_OVERRIDE"));
    let fact = fact(b"x", None);
    let pull = PullFact {
        number: 7,
        title: text.to_owned(),
        labels: vec![text.to_owned()],
        author: None,
        commits: vec![fact.oid],
        merge: None,
        override_block: block.map(|block| OverrideFact { block, writer: Some(text.to_owned()), may_write: true }),
    };
    let mut config = Config::default();
    for (sources, overrides) in [(Source::Labels, false), (Source::Commits, true)] {
        config.commits.sources = vec![sources];
        config.commits.pull_request_overrides = overrides;
        let stands = Overrides::default().with_pulls(std::slice::from_ref(&pull));
        for change in history::read(&config, std::slice::from_ref(&fact), &stands, None) {
            for said in change.note.iter().chain([&change.planned.subject, &change.planned.rule]) {
                assert_safe(said);
            }
        }
    }
}

/// What rules find is safe to show, whatever they match, and rules that match nothing change nothing.
fn ruled(data: &[u8], plain: &Change) {
    let mut config = Config::default();
    let rule = |pattern: &str| Pattern::new(pattern).map(Rule::matching).expect("it is a pattern");
    let typed = |rule: Rule| Rule { kind: Some("fix".to_owned()), ..rule };
    config.commits.rules = vec![
        rule(r"^\[(?<type>[^\]]*)\]\s*(?<breaking>!)?(?<subject>.*)"),
        typed(Rule { on: Part::Message, merges: true, ..rule(r"(?s)^(?<scope>..)(?<subject>.+)$") }),
    ];
    for change in history::read(&config, &[fact(data, None)], &Overrides::default(), None) {
        let planned = &change.planned;
        for text in planned.scope.iter().chain([&planned.subject, &planned.kind, &planned.rule]) {
            assert_safe(text);
        }
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        assert!(planned.kind.chars().all(is_plain), "{:?}", planned.kind);
    }
    config.commits.rules = vec![typed(rule(r"\z\A."))];
    if std::str::from_utf8(data).is_ok() && plain.planned.rule != "not conventional → none" {
        assert_eq!(&history::read(&config, &[fact(data, None)], &Overrides::default(), None)[0], plain);
    }
}

/// Every dialect reads headers that are parts of the message, and the linter's advice is good. The first byte says which
/// dialect, the others are the message.
pub(super) fn lint(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let dialect = Dialect::ALL[usize::from(*first) % Dialect::ALL.len()];
    let message = Message::parse_as(dialect, text);
    if let Some(header) = message.header {
        // An emoji is read as its code.
        let kind = (dialect != Dialect::Gitmoji).then_some(header.kind);
        let parts = [kind, header.scope, Some(header.description)];
        assert!(parts.into_iter().flatten().all(|part| !part.is_empty() && within(part, text)), "{header:?}");
        assert!(header.kind.is_ascii() && !message.subject.contains(&b'\n'), "{header:?}");
        assert!(!header.breaking || dialect == Dialect::Conventional, "{dialect:?} has no mark: {header:?}");
    }
    let mut config = Config::default();
    config.commits.dialect = dialect;
    let lint = |message: &[u8]| history::lint::lint(&config, &Draft { message, encoding: None, is_merge: false });
    for finding in lint(text) {
        let fix = finding.fix.unwrap_or_default();
        for said in [&finding.message, &fix] {
            assert_safe(said);
            assert!(!said.contains(['\n', '\t']), "one line: {said:?}");
        }
        if let Some(header) = fix.strip_prefix("write `").and_then(|fix| fix.strip_suffix('`')) {
            let again = lint(header.as_bytes());
            assert!(again.iter().all(|found| found.rule != finding.rule), "{header:?} is no better: {again:?}");
        }
    }
    for mark in [None, Some("auto"), Some(";")] {
        let kept = without_comments(text, mark);
        assert!(kept.len() <= text.len());
        assert!(mark == Some("auto") || kept == without_comments(&kept, mark), "{mark:?}");
    }
}

pub(super) fn fact(message: &[u8], encoding: Option<&str>) -> CommitFact {
    CommitFact {
        oid: Oid::Sha1([1; 20]),
        parents: 1,
        parent: Some(Oid::Sha1([2; 20])),
        author_name: b"A U Thor".to_vec(),
        author_email: b"author@example.org".to_vec(),
        time: 1_700_000_000,
        encoding: encoding.map(str::to_owned),
        message: message.to_vec(),
    }
}

fn within(part: &[u8], whole: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}
