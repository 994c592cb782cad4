//! The changelog's file: what stood there, with the new section on top.

use crate::options::{Options, START_OF_RELEASE, known_headers};
use crate::profile::{Exactness, Profile};
use std::sync::LazyLock;

/// Where the last release begins.
static START: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(START_OF_RELEASE).ok());

/// The whole file with `section` in it. `old` is what it held; empty when all of it is made anew.
pub(super) fn merged(options: &Options, exactness: Exactness, section: &str, old: &str) -> String {
    let (before, releases) = parts(old);
    if exactness.is_exact() {
        return as_the_original(options, section, old, releases);
    }
    let top = top(options, before.unwrap_or(old));
    let between = if options.profile == Profile::CatV13 { "\n" } else { "" };
    let rest = if before.is_some() { releases } else { "" };
    format!("{top}\n{}", one_newline(&format!("{section}{between}{rest}")))
}

fn as_the_original(options: &Options, section: &str, old: &str, releases: &str) -> String {
    let header = &options.header;
    let front = match old.find("# Changelog") {
        Some(at) if options.profile.is_catv() => old.get(..at).unwrap_or_default(),
        _ => "",
    };
    let between = if options.profile == Profile::CatV13 { "\n" } else { "" };
    format!("{front}{header}\n{}", one_newline(&format!("{section}{between}{releases}")))
}

/// What stands before the first release, if there is one, and all from there on (the whole text otherwise).
fn parts(old: &str) -> (Option<&str>, &str) {
    match START.as_ref().and_then(|start| start.find(old)) {
        Some(found) => {
            let (before, releases) = old.split_at_checked(found.start()).unwrap_or(("", old));
            (Some(before), releases)
        }
        None => (None, old),
    }
}

/// What comes before the new section: the header, and what somebody wrote there by hand. A title of the user's own takes the place of
/// the header that nobody has chosen.
fn top(options: &Options, before: &str) -> String {
    let header = options.header.trim_end_matches('\n');
    let defaults = known_headers();
    let known = std::iter::once(header).chain(defaults.iter().map(|known| known.trim_end_matches('\n')));
    let own = known.filter(|known| !known.is_empty()).find_map(|known| before.split_once(known));
    let (front, rest) = own.unwrap_or(("", before));
    let (front, rest) = (front.trim_matches('\n'), rest.trim_matches('\n'));
    let has_title = own.is_none() && rest.starts_with("# ") && defaults.contains(&options.header);
    let parts = [front, if has_title { "" } else { header }, rest].into_iter().filter(|part| !part.is_empty());
    let mut top = parts.collect::<Vec<_>>().join("\n\n");
    // Exactly as the originals have it when there is nothing but the header.
    if front.is_empty() && rest.is_empty() {
        top.clone_from(&options.header);
    } else {
        top.push('\n');
    }
    top
}

/// JavaScript's `text.replace(/\n+$/, '\n')`.
fn one_newline(text: &str) -> String {
    let trimmed = text.trim_end_matches('\n');
    if trimmed.len() == text.len() { text.to_owned() } else { format!("{trimmed}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::fixture;

    const SECTION: &str = "## 1.1.0\n\n* new\n";

    #[track_caller]
    fn check(exactness: Exactness, old: &str, expected: &str) {
        let options = Options { exactness, header: known_headers()[0].clone(), ..fixture::options() };
        let expected = expected.replace("HEADER", &options.header);
        assert_eq!(merged(&options, exactness, SECTION, &old.replace("HEADER", &options.header)), expected, "{old:?}");
    }

    #[test]
    fn the_original_drops_what_people_wrote() {
        check(
            Exactness::Exact,
            "HEADER\nIntro\n\n### 1.0.0\n\n* old\n\n\n",
            "HEADER\n## 1.1.0\n\n* new\n### 1.0.0\n\n* old\n",
        );
        check(Exactness::Exact, "HEADER\n", "HEADER\n## 1.1.0\n\n* new\nHEADER");
        check(Exactness::Exact, "\n", "HEADER\n## 1.1.0\n\n* new\n");
    }

    #[test]
    fn what_people_wrote_is_kept() {
        check(Exactness::Mended, "HEADER\n### 1.0.0\n\n* old\n", "HEADER\n## 1.1.0\n\n* new\n### 1.0.0\n\n* old\n");
        check(
            Exactness::Mended,
            "HEADER\nIntro\n\n### 1.0.0\n\n* old\n",
            "HEADER\nIntro\n\n## 1.1.0\n\n* new\n### 1.0.0\n\n* old\n",
        );
        check(Exactness::Mended, "# Mine\n\nIntro\n\n## 1.0.0\n", "# Mine\n\nIntro\n\n## 1.1.0\n\n* new\n## 1.0.0\n");
        check(Exactness::Mended, "HEADER\n", "HEADER\n## 1.1.0\n\n* new\n");
        check(Exactness::Mended, "\n", "HEADER\n## 1.1.0\n\n* new\n");
        check(
            Exactness::Mended,
            "---\ntitle: x\n---\n\nHEADER\n## 1.0.0\n",
            "---\ntitle: x\n---\n\nHEADER\n## 1.1.0\n\n* new\n## 1.0.0\n",
        );
    }

    #[test]
    fn a_second_release_finds_the_text_again() {
        let options = Options { header: known_headers()[0].clone(), ..fixture::options() };
        for old in ["# Mine\n\nIntro\n\n## 1.0.0\n", "Intro\n", "HEADER\nIntro\n\n## 1.0.0\n", ""] {
            let old = old.replace("HEADER", &options.header);
            let once = merged(&options, Exactness::Mended, SECTION, &old);
            let twice = merged(&options, Exactness::Mended, "## 1.2.0\n\n* newer\n", &once);
            assert_eq!(twice.replace("## 1.2.0\n\n* newer\n", ""), once);
        }
    }
}
