//! What will be misread in a commit message, and how to write it instead.
//!
//! Only what changes a version or an entry is a finding; taste is not. Merges, reverts by git and release commits of ours
//! need no header, and what `commits.ignore` or a rule takes out is nobody's concern.

use super::{Rules, unknown_audience, version_of};
use crate::commit::{Message, Reading, decode, without_number};
use bowline_config::Config;
use bowline_config::section::commits::Source;
use bowline_config::section::commits::Squash;
use bowline_config::section::dialect::Dialect;
use bowline_model::git::Marker;
use serde::Serialize;

/// One thing that will be misread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name, which stays the same: `misplaced-breaking`.
    pub rule: &'static str,
    /// What happens to the message as it is.
    pub message: String,
    /// What to write instead.
    pub fix: Option<String>,
}

/// A message to look at.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'m> {
    /// Its bytes.
    pub message: &'m [u8],
    /// The encoding that the commit declares.
    pub encoding: Option<&'m str>,
    /// Whether the commit has several parents.
    pub is_merge: bool,
}

/// Everything in `draft` that will be misread; nothing where messages are not read at all.
pub fn lint(config: &Config, draft: &Draft<'_>) -> Vec<Finding> {
    if !config.commits.reads(Source::Commits) {
        return Vec::new();
    }
    let reading = Reading::of(config);
    let text = reading.text(draft.message, draft.encoding);
    let message = Message::read(reading, &text, draft.is_merge);
    let rules = Rules::new(config, None);
    if rules.ignores(message.subject) || message.taken_out.is_some() || Marker::parse(draft.message).is_some() {
        return Vec::new();
    }
    let look = Look { config, message: &message, rules: &rules, draft };
    let parts = [
        look.header(),
        look.breaking(),
        look.release_as(),
        look.misplaced_note(),
        look.audience(),
        look.revert(),
        look.squash(),
        look.bytes(),
    ];
    parts.into_iter().flatten().collect()
}

struct Look<'l> {
    config: &'l Config,
    message: &'l Message<'l>,
    rules: &'l Rules<'l>,
    draft: &'l Draft<'l>,
}

impl Look<'_> {
    fn header(&self) -> Option<Finding> {
        let Some(header) = &self.message.header else { return self.no_header() };
        let kind = header.name();
        if header.rule.is_some() && kind.is_empty() && !self.message.is_breaking() {
            let message = "the rule that matches gives it no type: it asks for nothing";
            return Some(finding("unknown-type", message, "let its group `type` match, or give the rule a `type`"));
        }
        if self.config.commits.types.contains_key(&kind) || header.breaking || !self.message.breaking.is_empty() {
            return None;
        }
        let kind = bowline_model::text::one_line(&kind, 60).into_owned();
        let fix = match self.config.commits.closest_type(&kind) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("use a known type, or say what it asks for under `[commits.types.{kind}]`"),
        };
        Some(finding("unknown-type", format!("type `{kind}` is not configured: it asks for nothing"), fix))
    }

    fn no_header(&self) -> Option<Finding> {
        let subject = self.message.subject;
        if self.draft.is_merge || self.message.git_revert.is_some() {
            return None;
        }
        if subject.is_empty() {
            return Some(finding("empty", "it has no message: it asks for nothing", "say what it does"));
        }
        if let Some(prefix) = AUTOSQUASH.iter().find(|prefix| subject.starts_with(prefix.as_bytes())) {
            let message = format!("`{}` was never squashed: it asks for nothing", prefix.trim_end());
            return Some(finding("autosquash", message, "rebase with `git rebase --autosquash`"));
        }
        let dialect = self.config.commits.dialect;
        if dialect == Dialect::Angular && crate::commit::Header::parse(subject).is_some_and(|header| header.breaking) {
            let fix = "leave `!` out and add a `BREAKING CHANGE:` footer, or set `commits.dialect = \"conventional\"`";
            return Some(finding("breaking-mark", "the dialect has no `!`: the commit asks for nothing", fix));
        }
        let fix = match self.corrected(dialect) {
            Some(corrected) => format!("write `{corrected}`"),
            None if !self.config.commits.rules.is_empty() => {
                format!(
                    "write it as a rule of `[[commits.rule]]` expects it, or a header such as `{}`",
                    dialect.example()
                )
            }
            None => format!("write a header such as `{}`", dialect.example()),
        };
        Some(finding("no-header", "its first line is no header: it asks for nothing", fix))
    }

    /// The first line as a header, when it begins with a known type and only the signs around it are wrong.
    fn corrected(&self, dialect: Dialect) -> Option<String> {
        if !matches!(dialect, Dialect::Conventional | Dialect::Angular) {
            return None;
        }
        let line = decode::one_line(self.message.subject, self.draft.encoding, 200);
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(line.len());
        let (kind, rest) = line.split_at(end);
        self.config.commits.types.contains_key(&kind.to_ascii_lowercase()).then_some(())?;
        let (early, rest) = after_mark(rest.trim_start().trim_start_matches(']'));
        let (scope, rest) = match rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            Some((scope, rest)) => (format!("({})", scope.trim()), rest),
            None => (String::new(), rest),
        };
        let (late, rest) = after_mark(rest);
        let text = rest.trim_start_matches(|c: char| c.is_whitespace() || ":-–—]".contains(c)).trim_end();
        let mark = if (early || late) && dialect == Dialect::Conventional { "!" } else { "" };
        (!text.is_empty()).then(|| format!("{kind}{scope}{mark}: {text}"))
    }

    fn breaking(&self) -> Option<Finding> {
        if self.message.misplaced_breaking && !self.message.is_breaking() {
            let fix = "begin the last paragraph with `BREAKING CHANGE: ` in capitals, followed by what breaks; if nothing does, put the words in quotes or a list";
            let message = "`BREAKING CHANGE` stands where no footer can be: nothing breaks";
            return Some(finding("misplaced-breaking", message, fix));
        }
        let words = String::from_utf8_lossy(self.message.subject).to_ascii_uppercase();
        (!self.message.is_breaking() && words.contains("BREAKING CHANGE")).then(|| {
            let message = "`BREAKING CHANGE` in the first line breaks nothing";
            finding(
                "breaking-in-subject",
                message,
                "put `!` before the colon, or begin the last paragraph with `BREAKING CHANGE: `",
            )
        })
    }

    fn release_as(&self) -> Option<Finding> {
        if self.message.misplaced_release_as {
            let message = "`Release-As` stands where no footer can be: it does not count";
            return Some(finding(
                "misplaced-release-as",
                message,
                "put it into the last paragraph, beside other footers",
            ));
        }
        let value = self.message.release_as?;
        version_of(value).err().map(|value| {
            let message = format!("`Release-As: {value}` is no SemVer version: it does not count");
            finding("invalid-release-as", message, "write all of it, such as `Release-As: 2.0.0`")
        })
    }

    fn misplaced_note(&self) -> Option<Finding> {
        self.message.misplaced_release_note.then(|| {
            let message = "`Release-note` stands where no footer can be: nobody reads it";
            finding("misplaced-release-note", message, "put it into the last paragraph, beside other footers")
        })
    }

    fn audience(&self) -> Option<Finding> {
        let unknown = unknown_audience(self.config, self.message)?;
        let fix = match self.config.notes.audiences.closest(&unknown) {
            Some(near) => format!("did you mean `Release-note-{near}`?"),
            None => "`Release-note: ` is for all readers; audiences stand under `[notes.audience]`".to_owned(),
        };
        let message = format!("`Release-note-{unknown}` names no audience: nobody reads it");
        Some(finding("unknown-audience", message, fix))
    }

    fn revert(&self) -> Option<Finding> {
        let header = self.message.header.filter(|header| header.kind.eq_ignore_ascii_case(b"revert"))?;
        let unnamed = self.message.git_revert.is_none() && self.message.reverted().is_empty();
        unnamed.then(|| {
            let message = format!(
                "it does not name what it reverts: `{}` still counts",
                decode::one_line(without_number(header.description), self.draft.encoding, 80)
            );
            finding(
                "revert-without-commit",
                message,
                "add the footer `Refs: ` with the commit's id, or use `git revert`",
            )
        })
    }

    fn squash(&self) -> Option<Finding> {
        (self.config.commits.squash == Squash::Title && !self.draft.is_merge).then_some(())?;
        let kind = self.message.header.map(|header| header.name());
        let (level, _) = self.rules.rule(self.message, &kind.unwrap_or_default());
        let count = self.rules.listed_above(self.message, level);
        (count > 0).then(|| {
            let message =
                format!("its body lists {count} headers that ask for more than its first line: they do not count");
            finding(
                "squash-body",
                message,
                "let the first line say the most important of them, or set `commits.squash = \"body\"`",
            )
        })
    }

    fn bytes(&self) -> Option<Finding> {
        decode::is_lossy(self.draft.message, self.draft.encoding).then(|| {
            let message = "some bytes are no UTF-8: the rules read them, readers see `\u{fffd}`";
            finding("undecodable", message, "write it in UTF-8, or set `i18n.commitEncoding`")
        })
    }
}

fn after_mark(text: &str) -> (bool, &str) {
    let rest = text.trim_start_matches('!');
    (rest.len() < text.len(), rest)
}

fn finding(rule: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { rule, message: message.into(), fix: Some(fix.into()) }
}

/// A message file as git will take it: without comment lines, and without what follows the scissors. `mark` is
/// `core.commentChar` where that is set.
pub fn without_comments(file: &[u8], mark: Option<&str>) -> Vec<u8> {
    let mark = mark.filter(|mark| *mark != "auto").map_or_else(|| chosen_mark(file, mark.is_some()), str::as_bytes);
    let is_scissors = |line: &[u8]| line.strip_prefix(mark).is_some_and(|rest| rest.starts_with(SCISSORS));
    let lines = file.split_inclusive(|&byte| byte == b'\n');
    let kept = lines.take_while(|line| !is_scissors(line)).filter(|line| !line.starts_with(mark));
    kept.flatten().copied().collect()
}

/// The mark when none is set. With `auto` git takes one that begins no line of the message, and its own words are the last
/// ones in the file.
fn chosen_mark(file: &[u8], is_auto: bool) -> &[u8] {
    let last = file.trim_ascii_end().rsplit(|&byte| byte == b'\n').next().and_then(|line| line.get(..1));
    last.filter(|mark| is_auto && MARKS.contains(&mark[0])).unwrap_or(b"#")
}

const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";
/// What git chooses from.
const MARKS: &[u8] = b"#;@!$%^&|:";
const AUTOSQUASH: [&str; 3] = ["fixup! ", "squash! ", "amend! "];

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_config::section::commits::{Pattern, Rule};

    /// `rule | fix` of each finding.
    fn found(config: &Config, message: &[u8]) -> Vec<String> {
        let draft = Draft { message, encoding: None, is_merge: false };
        let shown = |finding: &Finding| format!("{} | {}", finding.rule, finding.fix.as_deref().unwrap_or("-"));
        lint(config, &draft).iter().map(shown).collect()
    }

    fn check(message: &str, expected: &[&str]) {
        let found = found(&Config::default(), message.as_bytes());
        assert_eq!(found.len(), expected.len(), "{message:?}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{message:?}: {found}");
        }
    }

    #[test]
    fn what_is_read_as_meant() {
        for message in [
            "feat: add",
            "FIX(api)!: x",
            "docs: x",
            "odd!: x",
            "feat: x\n\nBREAKING CHANGE: y",
            "feat: x\n\nRelease-As: v2.0.0",
            "Revert \"feat: x\"\n\nThis reverts commit 0123456.",
            "revert: x\n\nRefs: 0123456",
            "feat: x\n\n* fix: y\n* docs: z",
            "x\n\nBowline-Plan: sha256:0000000000000000000000000000000000000000000000000000000000000000\nBowline-Head: 0123456789012345678901234567890123456789",
        ] {
            check(message, &[]);
        }
        let merge = Draft { message: b"Merge branch 'x'", encoding: None, is_merge: true };
        assert_eq!(lint(&Config::default(), &merge), []);
    }

    #[test]
    fn headers_that_are_none() {
        for (message, fix) in [
            ("feat:add", "write `feat: add`"),
            ("feat : add", "write `feat: add`"),
            ("feat (api): add", "write `feat(api): add`"),
            ("feat(api) add", "write `feat(api): add`"),
            ("feat!(api): add", "write `feat(api)!: add`"),
            ("feat!!: add", "write `feat!: add`"),
            ("[feat] add", "write `feat: add`"),
            ("[Feat]: add", "write `Feat: add`"),
            ("✨ feat: add", "write `feat: add`"),
            ("fix - add", "write `fix: add`"),
            ("Add a thing", "write a header such as `feat(api): add a thing`"),
            ("feat", "write a header such as"),
        ] {
            check(message, &[&format!("no-header | {fix}")]);
        }
        check("", &["empty"]);
        check("fixup! feat: x", &["autosquash"]);
        check("feta: x", &["unknown-type | did you mean `feat`?"]);
        check("zzz: x", &["unknown-type | use a known type"]);
    }

    #[test]
    fn what_does_not_count() {
        check("feat: x\n\nthis is a\nBREAKING CHANGE: y\nand more", &["misplaced-breaking"]);
        check("feat: BREAKING CHANGE: y", &["breaking-in-subject"]);
        check("feat: x\n\nRelease-As: 2.0.0\n\nMore words.", &["misplaced-release-as"]);
        check("feat: x\n\nRelease-As: two", &["invalid-release-as"]);
        check("feat: x\n\n* chore: one\n\nRelease-note: a\n\n* chore: two", &["misplaced-release-note"]);
        check("revert: feat: x", &["revert-without-commit"]);
        check("docs: x\n\n* feat: y\n* fix: z\n- docs: w", &["squash-body"]);
        assert!(found(&Config::default(), b"feat: caf\xe9")[0].starts_with("undecodable"));
    }

    #[test]
    fn configuration_decides() {
        let mut config = Config::default();
        config.commits.ignore = vec!["^wip".to_owned()];
        assert_eq!(found(&config, b"wip"), [""; 0]);
        config.commits.squash = Squash::Body;
        assert_eq!(found(&config, b"docs: x\n\n* feat: y"), [""; 0]);
        let matching = |pattern: &str| Rule::matching(Pattern::new(pattern).unwrap());
        config.commits.rules =
            vec![Rule { ignore: true, ..matching("^bump") }, matching(r"^\[(?<type>\w+)?\] (?<subject>.+)")];
        for (message, expected) in [
            ("bump it", ""),
            ("[Fix] x", ""),
            ("[fxi] x", "unknown-type | did you mean `fix`?"),
            ("[] x", "unknown-type | let its group"),
            ("x", "no-header | write it as a rule"),
        ] {
            assert!(found(&config, message.as_bytes()).concat().starts_with(expected), "{message}");
            assert_eq!(found(&config, message.as_bytes()).is_empty(), expected.is_empty(), "{message}");
        }
        config.commits.dialect = Dialect::Angular;
        assert!(found(&config, b"feat!: x")[0].starts_with("breaking-mark"));
    }

    #[test]
    fn comments_are_left_out() {
        let cut = "------------------------ >8 ------------------------";
        for (mark, file, expected) in [
            (None, format!("feat: x\n# a\n\nbody #1\n# {cut}\ndiff\n"), "feat: x\n\nbody #1\n"),
            (Some(";"), format!("feat: x\n\n#1\n; a\n; {cut}\ndiff\n"), "feat: x\n\n#1\n"),
            (Some("//"), "feat: x\n// a\n/ b\n".to_owned(), "feat: x\n/ b\n"),
            (Some("auto"), "feat: x\n\n#1\n; a\n;\n".to_owned(), "feat: x\n\n#1\n"),
            (Some("auto"), "feat: x\n# a\n".to_owned(), "feat: x\n"),
            (Some("auto"), "feat: x\n".to_owned(), "feat: x\n"),
            (None, "feat: x\n; a\n".to_owned(), "feat: x\n; a\n"),
            (None, String::new(), ""),
        ] {
            assert_eq!(without_comments(file.as_bytes(), mark), expected.as_bytes(), "{mark:?} {file:?}");
        }
    }
}
