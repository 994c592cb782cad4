//! Files of the project that a release edits.

use super::texts::assert_safe;
use bowline_config::Config;
use bowline_config::section::commits::Source;
use bowline_model::facts::{
    ChangeFileFact, Facts, FileContent, FileFact, ForgeFact, ForgeLimits, HeadFact, Pulls, Unfinished,
};
use bowline_model::git::BranchName;
use bowline_model::plan::{Edit, ForgeKind, RepositoryId, apply_edits};
use bowline_model::tag::TagForm;
use bowline_model::text::markdown;
use bowline_model::{Oid, Timestamp, Version};
use bowline_plan::changelog::{self, Insertion};
use bowline_plan::edits::{EditsError, survey};
use bowline_plan::history::files::parse;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::BTreeMap;

const SECTION: &str = "## 7.0.0\n\n- new\n";

/// A changelog loses no byte to a new section, and gets a section once.
pub(super) fn changelog(data: &[u8]) {
    let version = Version::new(7, 0, 0);
    let insert = |content: &[u8]| changelog::insert("CHANGELOG.md", Some(content), &version, "# Changelog\n", SECTION);
    let Ok(Insertion::Edit(edit)) = insert(data) else { return };
    assert!(edit.from.is_empty() && !edit.create);
    let after = apply_edits(data, [&edit]).expect("an edit that fits");
    let at = usize::try_from(edit.offset).unwrap();
    let kept = [&after[..at], &after[at + edit.to.len()..]].concat();
    assert_eq!(kept, data, "every byte of the file is kept");
    assert!(edit.to.replace("\r\n", "\n").contains(SECTION), "{:?}", edit.to);
    let after = String::from_utf8(after).expect("a text file stays one");
    assert_eq!(insert(after.as_bytes()), Ok(Insertion::Present), "inserted twice: {after:?}");
    // Blocks of other kinds (tags, lists, quotations) have rules that are not ours to know.
    let plain =
        |line: &str| line.is_empty() || line.starts_with(|c: char| "#`~".contains(c) || c.is_ascii_alphanumeric());
    if after.lines().all(|line| plain(line) && !line.contains('<')) {
        assert!(headings(&after).contains(&"7.0.0".to_owned()), "readers do not see it: {after:?}");
    }
}

/// The headings of a document as its readers see them.
fn headings(markdown: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                inside = true;
                found.push(String::new());
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => found.last_mut().expect("a heading").push_str(&text),
            _ => {}
        }
    }
    found
}

/// A change file is read or refused at a line that it has; what it says stays within its entry, acts on nobody, and hides no
/// version of a changelog.
pub(super) fn change_file(data: &[u8]) {
    let lines = data.split(|&byte| byte == b'\n').count();
    match parse(data) {
        Ok(read) => {
            let names: Vec<&str> = read.entries.iter().map(|entry| entry.package).collect();
            assert!(
                names.iter().enumerate().all(|(n, name)| !name.is_empty() && !names[..n].contains(name)),
                "{names:?}"
            );
            assert!(read.entries.iter().all(|entry| (2..=lines).contains(&entry.line)), "{:?}", read.entries);
            assert!(!read.summary.contains('\n') && read.summary.trim() == read.summary, "{:?}", read.summary);
        }
        Err(problem) => assert!((1..=lines).contains(&problem.line), "{problem:?}"),
    }
    let details = markdown::block(&String::from_utf8_lossy(data));
    assert_safe(&details.replace('\u{2060}', ""));
    assert!(details.lines().all(|line| line.is_empty() || line.starts_with("  ")), "{details:?}");
    assert_eq!(escapes(&format!("- x\n\n{details}\n")), Vec::<String>::new(), "{details:?}");

    let older = b"# Changelog\n\n## 6.0.0\n\n- y\n".to_vec();
    let with = |content: &[u8], version: u64| {
        let section = format!("## {version}.0.0\n\n- x\n\n{details}\n");
        changelog::insert("CHANGELOG.md", Some(content), &Version::new(version, 0, 0), "", &section)
    };
    let Ok(Insertion::Edit(edit)) = with(&older, 7) else { panic!("6.0.0 is not 7.0.0") };
    let newer = apply_edits(&older, [&edit]).expect("an edit that fits");
    assert_eq!((with(&newer, 6), with(&newer, 7)), (Ok(Insertion::Present), Ok(Insertion::Present)), "{details:?}");
    let Ok(Insertion::Edit(next)) = with(&newer, 8) else { panic!("{details:?} looks like a version") };
    assert_eq!(next.offset, edit.offset, "the newest stands first: {details:?}");

    let mut config = Config::default();
    config.commits.sources = vec![Source::ChangeFiles];
    let mut facts = facts(Vec::new());
    let (path, content) = (".changeset/x.md".to_owned(), FileContent::Bytes(data.to_vec()));
    facts.change_files.push(ChangeFileFact { path, content, contained: false, spent: None, added: None });
    match bowline_plan::plan(&config, &facts, None) {
        Ok(planned) => assert!(planned.plan.is_empty() || planned.plan.packages[0].changes.len() == 1),
        Err(error) => assert!(error.to_string().contains(".changeset/x.md"), "{error}"),
    }
}

/// What of a list with one entry reaches beyond that or acts on somebody.
fn escapes(list: &str) -> Vec<String> {
    let (mut depth, mut items) = (0_usize, 0);
    let mut found = Vec::new();
    for event in Parser::new(list) {
        match &event {
            Event::Html(_) | Event::InlineHtml(_) => found.push(format!("{event:?}")),
            Event::Start(Tag::Heading { level, .. }) if (*level as usize) < 4 && !is_setext(list) => {
                found.push(format!("{event:?}"));
            }
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.to_ascii_lowercase().contains("script:") => {
                found.push(format!("{event:?}"));
            }
            _ => {}
        }
        match event {
            Event::Start(tag) => {
                let is_list = matches!(tag, Tag::List(_)) && depth == 0;
                items += usize::from(matches!(tag, Tag::Item) && depth == 1);
                if (depth == 0 && !is_list) || items > 1 {
                    found.push(format!("beside the entry: {tag:?}"));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

/// A heading may be underlined inside of a quotation or a nested list; no changelog takes that for one.
fn is_setext(list: &str) -> bool {
    list.lines()
        .any(|line| line.contains("==") || line.contains("--") || line.trim_start().starts_with(['>', '-', '+', '*']))
}

/// Version files, each after a line `@@ <path>`: edits change the version's bytes and nothing else.
pub(super) fn version_files(data: &[u8]) {
    let files = split(data);
    let facts = facts(files.clone());
    let config = Config::default();
    let found = match survey(&config, &facts) {
        Ok(found) => found,
        Err(error) => {
            assert!(!matches!(error, EditsError::Ineffective { .. } | EditsError::Unfit { .. }), "{error}");
            return;
        }
    };
    let next: Version = "77.12.345-rc.6".parse().unwrap();
    let edits = match found.edits(&next) {
        Ok(edits) => edits,
        Err(error) => panic!("a place that was found cannot be edited: {error}: {:?}", String::from_utf8_lossy(data)),
    };
    let mut after = Vec::new();
    for (path, before) in &files {
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.file == *path).collect();
        let bytes = apply_edits(before, own.iter().copied()).expect("edits that fit");
        compare(path, before, &bytes, own.len(), &next);
        after.push((path.clone(), bytes));
    }
    let later = self::facts(after);
    let again = survey(&config, &later).expect("an edited file can be read");
    assert!(again.held().all(|held| held.version.as_ref() == Some(&next)), "every manifest holds the next version");
    assert_eq!(again.held().count(), found.held().count());
    assert_eq!(again.edits(&next).expect("nothing to do"), Vec::new(), "edited twice");
}

/// How many edits the version files of `data` get, for knowing that a seed is good.
pub fn edits_of(data: &[u8]) -> usize {
    let facts = facts(split(data));
    let survey = survey(&Config::default(), &facts).unwrap();
    survey.edits(&Version::new(7, 0, 0)).unwrap().len()
}

/// Reads both as documents: at most `edits` values differ, and those that do are the next version.
fn compare(path: &str, before: &[u8], after: &[u8], edits: usize, next: &Version) {
    let read = |bytes: &[u8]| -> Option<BTreeMap<String, String>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value = match path.ends_with(".json") {
            true => serde_json::from_str(text).ok()?,
            false => serde_json::to_value(text.parse::<toml::Table>().ok()?).ok()?,
        };
        let mut leaves = BTreeMap::new();
        flatten(String::new(), &value, &mut leaves);
        Some(leaves)
    };
    if !path.ends_with(".json") && !path.ends_with(".toml") && !path.ends_with(".lock") {
        return;
    }
    let Some(was) = read(before) else { return };
    let is = read(after).unwrap_or_else(|| panic!("{path} is broken: {:?}", String::from_utf8_lossy(after)));
    assert!(was.keys().eq(is.keys()), "{path} has other keys");
    let changed: Vec<_> = is.iter().filter(|(key, value)| was[*key] != **value).collect();
    assert!(changed.len() <= edits, "{path}: {changed:?}");
    // Python writes `1.0.0rc6` (PEP 440).
    let is_python = path.ends_with("pyproject.toml") || path.ends_with("uv.lock");
    let wanted = if is_python { next.to_string().replace("-rc.", "rc") } else { next.to_string() };
    assert!(
        changed.iter().all(|(_, value)| value.trim_start_matches(['"', 'v']).trim_end_matches('"') == wanted),
        "{changed:?}"
    );
}

fn flatten(at: String, value: &serde_json::Value, leaves: &mut BTreeMap<String, String>) {
    match value {
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(format!("{at}/{name:?}"), value, leaves));
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| flatten(format!("{at}/{n}"), value, leaves));
        }
        leaf => drop(leaves.insert(at, leaf.to_string())),
    }
}

/// The files of `data`; of two with one path the first.
fn split(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut known = true;
    for line in data.split_inclusive(|&byte| byte == b'\n') {
        if let Some(path) = line.strip_prefix(b"@@ ") {
            let path = String::from_utf8_lossy(path).trim().to_owned();
            known = files.iter().any(|(other, _)| *other == path);
            if !known {
                files.push((path, Vec::new()));
            }
        } else if let Some((_, content)) = files.last_mut().filter(|_| !known) {
            content.extend_from_slice(line);
        }
    }
    files
}

fn facts(files: Vec<(String, Vec<u8>)>) -> Facts {
    let file = |(path, bytes)| FileFact { path, content: FileContent::Bytes(bytes) };
    let limits = ForgeLimits { notes_chars: 125_000, assets: 1000, asset_size: 1 << 30 };
    Facts {
        repository: RepositoryId::local("app"),
        head: HeadFact {
            oid: Oid::Sha1([9; 20]),
            parent: Some(Oid::Sha1([8; 20])),
            committed: Timestamp::from_unix(1_700_000_000).unwrap(),
            release: None,
        },
        branch: BranchName::new("main").unwrap(),
        remote: None,
        package: "app".to_owned(),
        tag_form: TagForm::new("v{version}", "app").unwrap(),
        version_tags: Vec::new(),
        current: None,
        contained: None,
        commits: Vec::new(),
        earlier_authors: None,
        pulls: Pulls::NotAsked,
        files: files.into_iter().map(file).collect(),
        change_files: Vec::new(),
        forge: ForgeFact { kind: ForgeKind::Local, limits },
        unfinished: Unfinished::None,
        released: None,
        superseded: Vec::new(),
        left_staging: Vec::new(),
    }
}
