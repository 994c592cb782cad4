//! Files of the project that a release edits.

use bowline_config::Config;
use bowline_model::facts::{Facts, FileContent, FileFact, ForgeFact, ForgeLimits, HeadFact, Pulls, Unfinished};
use bowline_model::git::BranchName;
use bowline_model::plan::{Edit, ForgeKind, RepositoryId, apply_edits};
use bowline_model::tag::TagForm;
use bowline_model::{Oid, Timestamp, Version};
use bowline_plan::changelog::{self, Insertion};
use bowline_plan::edits::{EditsError, survey};
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
        forge: ForgeFact { kind: ForgeKind::Local, limits },
        unfinished: Unfinished::None,
        released: None,
        superseded: Vec::new(),
        left_staging: Vec::new(),
    }
}
