//! Documentation that cannot drift: generated files are up to date, and links lead somewhere.

use crate::tree;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn generated_files_are_up_to_date() {
    let mut problems = Vec::new();
    let generated = bowline::reference::generated();
    for (path, expected) in &generated {
        let file = tree::root().join(path);
        assert!(!expected.is_empty(), "{path} would be empty");
        if fs::read_to_string(&file).ok().as_deref() == Some(expected) {
            continue;
        }
        if bless() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, expected).unwrap();
        } else {
            problems.push(format!("{path} is not what the program says"));
        }
    }
    for path in tree::files(&tree::root().join("docs/schema"), ".json") {
        let shown = tree::shown(&path);
        if generated.iter().all(|(path, _)| *path != shown) {
            problems.push(format!("{shown} is not generated any more: remove it"));
        }
    }
    tree::none(&problems, "Write them with: BOWLINE_BLESS=1 cargo test -p bowline --test tidy generated");
}

#[expect(clippy::disallowed_methods, reason = "a switch for people who run tests, not for the program")]
pub(crate) fn bless() -> bool {
    std::env::var_os("BOWLINE_BLESS").is_some()
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    assert!(pages.len() > 20, "only {} pages were found", pages.len());
    let mut problems = Vec::new();
    for page in &pages {
        for link in links(&tree::read(page)) {
            if let Err(why) = resolve(page, &link) {
                problems.push(format!("{}: {link} {why}", tree::shown(page)));
            }
        }
    }
    tree::none(&problems, "Correct the link; anchors are headings in lowercase with `-` for blanks.");
}

#[test]
fn every_page_is_linked() {
    let pages = pages();
    let linked: BTreeSet<PathBuf> = pages
        .iter()
        .flat_map(|page| links(&tree::read(page)).into_iter().filter_map(|link| resolve(page, &link).ok()?))
        .collect();
    let root = tree::root().join("README.md");
    let lost = pages.iter().filter(|page| **page != root && !linked.contains(*page));
    let problems: Vec<String> = lost.map(|page| tree::shown(page)).collect();
    tree::none(&problems, "No page links here: add it to docs/README.md.");
}

/// Every page that people read.
fn pages() -> Vec<PathBuf> {
    tree::files(&tree::root(), ".md").into_iter().filter(|path| !tree::shown(path).contains("/tests/")).collect()
}

/// Where a relative link leads; none for links to the outside.
fn resolve(page: &Path, link: &str) -> Result<Option<PathBuf>, String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(None);
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { page.to_path_buf() } else { page.parent().unwrap().join(path) };
    let target = target.canonicalize().map_err(|_| "does not exist".to_owned())?;
    if !target.starts_with(tree::root().canonicalize().unwrap()) {
        return Err("leads out of the repository".to_owned());
    }
    match anchor {
        Some(anchor) if target.is_file() && !anchors(&tree::read(&target)).contains(anchor) => {
            Err("has no such heading".to_owned())
        }
        _ => Ok(Some(target)),
    }
}

/// The lines of a page outside fenced blocks.
fn prose(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let is_prose = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    };
    page.lines().filter(is_prose).collect()
}

/// The targets of all inline links and images.
fn links(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(page) {
        // Every second part stands between backticks and is code.
        let text: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        let targets = text.match_indices("](").filter_map(|(start, _)| text[start + 2..].split_once(')'));
        found.extend(targets.map(|(target, _)| target.to_owned()));
    }
    found
}

/// The anchors of all headings, as forges make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn links_and_anchors_are_found() {
    let page = "# A `b`: c\n[x](a.md#y) `[no](no.md)` ![i](i.png)\n```\n[no](no.md)\n# no\n```\n## Two words\n";
    assert_eq!(links(page), ["a.md#y", "i.png"]);
    assert_eq!(anchors(page).into_iter().collect::<Vec<_>>(), ["a-b-c", "two-words"]);
}
