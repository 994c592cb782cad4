//! The built-in styles.

use super::*;
use crate::render::People;
use bowline_config::section::changelog::Jira;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

const CHANGES: [&str; 7] = [
    "feat(ui): tabs (#12)\n\nCloses #12, #13",
    "fix(api)!: no more `v1`\n\nBREAKING CHANGE: use v2\n\nCo-authored-by: Cy <cy@x>",
    "fix: crash on <b>",
    "perf: faster",
    "chore!: need Rust 1.95",
    "docs: hidden",
    "feat: all (PROJ-7)",
];

fn given(style: Style) -> Given {
    let mut given = Given::new(&CHANGES);
    given.config.changelog.style = style;
    given
}

/// The repository as `…`, whole ids by their number, and shorter ones by how long they are.
fn short(text: &str) -> String {
    let text = text.replace("https://github.com/acme/app", "…");
    let numbered = |text: String, n: usize| {
        let id = crate::fixture::oid(n);
        text.replace(&id.to_string(), &format!("id{n}")).replace(&id.short(), "short")
    };
    (0..CHANGES.len()).fold(text, numbered).replace("0000000", "seven")
}

fn section(style: Style) -> String {
    short(&given(style).section())
}

fn notes(given: &Given) -> String {
    short(&given.render(|renderer, release| renderer.notes(release, 125_000, "x")).text)
}

#[test]
fn keep_a_changelog() {
    assert_snapshot!(section(Style::KeepAChangelog), @r"
    ## [2.0.0] - 2026-11-23

    ### Added

    - **ui:** tabs ([#12](…/issues/12)) ([short](…/commit/id0))
    - all (PROJ-7) ([short](…/commit/id6))

    ### Changed

    - **Breaking:** **api:** use v2 ([short](…/commit/id1))
    - **Breaking:** need Rust 1.95 ([short](…/commit/id4))
    - faster ([short](…/commit/id3))

    ### Fixed

    - **api:** no more `v1` ([short](…/commit/id1))
    - crash on &lt;b> ([short](…/commit/id2))
    ");
}

/// In the form of conventional-changelog's current preset: one blank line everywhere, headings of one level.
#[test]
fn conventional() {
    assert_snapshot!(section(Style::Conventional), @r"
    ## [2.0.0](…/compare/v1.2.3...v2.0.0) (2026-11-23)

    ### ⚠ BREAKING CHANGES

    * need Rust 1.95
    * **api:** use v2

    ### Features

    * all (PROJ-7) ([seven](…/commit/id6))
    * **ui:** tabs ([#12](…/issues/12)) ([seven](…/commit/id0)), closes [#13](…/issues/13)

    ### Bug Fixes

    * crash on &lt;b> ([seven](…/commit/id2))
    * **api:** no more `v1` ([seven](…/commit/id1))

    ### Performance Improvements

    * faster ([seven](…/commit/id3))
    ");
}

/// Two blank lines above every heading but the first one below breaking changes.
#[test]
fn standard_version() {
    let text = section(Style::StandardVersion);
    assert_snapshot!(text, @r"
    ## [2.0.0](…/compare/v1.2.3...v2.0.0) (2026-11-23)


    ### ⚠ BREAKING CHANGES

    * need Rust 1.95
    * **api:** use v2

    ### Features

    * all (PROJ-7) ([seven](…/commit/id6))
    * **ui:** tabs ([#12](…/issues/12)) ([seven](…/commit/id0)), closes [#13](…/issues/13)


    ### Bug Fixes

    * crash on &lt;b> ([seven](…/commit/id2))
    * **api:** no more `v1` ([seven](…/commit/id1))


    ### Performance Improvements

    * faster ([seven](…/commit/id3))
    ");
}

#[test]
fn headings_of_standard_version_tell_repairs_from_the_rest() {
    for (version, expected) in [
        ("1.0.1", "### [1.0.1]("),
        ("1.1.0", "## [1.1.0]("),
        ("1.0.1-rc.0", "### [1.0.1-rc.0]("),
        ("1.10.0", "## [1.10.0]("),
    ] {
        let version: Version = version.parse().unwrap();
        let text = given(Style::StandardVersion)
            .render(|renderer, release| renderer.section(&Release { version: Some(&version), ..*release }));
        assert!(text.starts_with(expected), "{text}");
    }
    let unknown = Given { remote: "/srv/app", ..given(Style::StandardVersion) };
    assert!(unknown.section().starts_with("## 2.0.0 (2026-11-23)\n\n\n### ⚠ BREAKING CHANGES\n"));
    assert!(unknown.section().contains("* **ui:** tabs (#12) (0000000), closes #13\n"));
}

#[test]
fn github() {
    assert_snapshot!(notes(&given(Style::Github)), @r"
    ## What's changed

    * **Breaking:** **api:** use v2 ([short](…/commit/id1))
    * **Breaking:** need Rust 1.95 ([short](…/commit/id4))
    * **ui:** tabs (#12) ([short](…/commit/id0))
    * all (PROJ-7) ([short](…/commit/id6))
    * **api:** no more `v1` ([short](…/commit/id1))
    * crash on &lt;b> ([short](…/commit/id2))
    * faster ([short](…/commit/id3))

    **Full changelog**: …/compare/v1.2.3...v2.0.0
    ");
}

/// GitHub makes links of `#12` in notes and not in files: what it does itself is not done twice.
#[test]
fn numbers_are_links_where_the_host_makes_none() {
    for (remote, style, in_file, in_notes) in [
        ("https://github.com/a/b", Style::Conventional, true, false),
        ("https://gitlab.com/a/b", Style::KeepAChangelog, true, false),
        ("https://bitbucket.org/a/b", Style::Github, true, true),
        ("https://git.sr.ht/~a/b", Style::Conventional, false, false),
        ("https://github.com/a/b", Style::Bowline, false, false),
    ] {
        let given = Given { remote, ..given(style) };
        let has_link = |text: String| text.contains("[#12](https://");
        assert_eq!((has_link(given.section()), has_link(notes(&given))), (in_file, in_notes), "{remote} {style:?}");
    }
}

#[test]
fn keys_of_a_tracker_are_links() {
    for style in [Style::Bowline, Style::Conventional] {
        let mut given = given(style);
        given.config.changelog.jira = Some(Jira { url: "https://j".to_owned(), projects: vec!["PROJ".to_owned()] });
        for text in [given.section(), notes(&given)] {
            assert!(text.contains("all ([PROJ-7](https://j/browse/PROJ-7)) ("), "{text}");
        }
    }
}

#[test]
fn headings_in_a_chosen_order() {
    let headings = |style, sections: &[&str]| {
        let mut given = given(style);
        given.config.changelog.sections = sections.iter().map(|&title| title.to_owned()).collect();
        let text = given.section();
        let titles: Vec<String> = text.lines().filter_map(|line| Some(line.strip_prefix("### ")?.to_owned())).collect();
        titles.join(", ")
    };
    assert_eq!(headings(Style::Bowline, &[]), "⚠ BREAKING CHANGES, Features, Bug Fixes, Performance");
    assert_eq!(headings(Style::Bowline, &["Performance"]), "⚠ BREAKING CHANGES, Performance, Features, Bug Fixes");
    assert_eq!(headings(Style::KeepAChangelog, &["Bug Fixes", "Changed"]), "Fixed, Changed, Added");
}

#[test]
fn what_belongs_to_a_version_besides_its_changes() {
    let given = given(Style::KeepAChangelog);
    let facts = facts(Some("1.2.3"), &CHANGES);
    let changes = read(&given.config, &facts.commits, &Overrides::default(), None);
    let people = People::of(&[], &facts.commits, &changes, Some(&std::collections::BTreeSet::new()));
    let beside = Beside {
        written: Some("\nBy hand, ::error::x\n\n### Fixed\n\n- mine\n"),
        upgrade: Some("Run `migrate`.\n::warning::y\n"),
        people: Some(&people),
    };
    let with = |max| {
        move |renderer: &mut Renderer<'_>, release: &Release<'_>| {
            renderer.notes(&Release { beside, ..*release }, max, "CHANGELOG.md")
        }
    };
    let whole = given.render(with(125_000)).text;
    for part in [
        "\n\nBy hand, ",
        "\n\n### Fixed\n\n- mine\n- **api:** no more",
        "\n\n### Contributors\n\n- A U Thor (first contribution)\n- Cy (first contribution)\n",
        "\n\n### Upgrading\n\nRun `migrate`.\n",
    ] {
        assert!(whole.contains(part), "{part:?} in {whole}");
    }
    assert!(!whole.lines().any(bowline_model::text::is_workflow_command), "{whole}");
    let cut = given.render(with(600));
    assert!(cut.omitted > 0 && cut.text.contains("- mine") && cut.text.contains("### Upgrading"), "{}", cut.text);
    let section = given.render(|renderer, release| renderer.section(&Release { beside, ..*release }));
    assert!(section.starts_with("## [2.0.0] - 2026-11-23\n\nBy hand, ") && !section.contains("Upgrading"), "{section}");
    let names = given.render(|renderer, release| {
        Ok(renderer.content(&Release { beside, ..*release }).groups[2].entries[0].authors.clone())
    });
    assert_eq!(names, ["A U Thor", "Cy"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Nothing that a commit says becomes HTML, a heading, or a link to anywhere but the host and the tracker.
    #[test]
    fn commits_are_text_in_every_style(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<b>", "<!--", "`", "*", "[x](javascript:y)", "#1", "PROJ-1", "\n", "\n\n", "BREAKING CHANGE: ", "closes #7 ", "# h",
            "- ", "&lt;", "@you", "](", "{{ version }}", "::error::", "Co-authored-by: <i>x</i> <x@y>", "é", "!", "(", ")", "_",
        ]), 0..10),
    ) {
        let message = format!("feat(<s>): {}", pieces.concat());
        let facts = facts(Some("1.2.3"), &[&message]);
        for style in [Style::Bowline, Style::KeepAChangelog, Style::Conventional, Style::StandardVersion, Style::Github, Style::Plain] {
            let mut given = Given::new(&[&message]);
            given.config.changelog.style = style;
            given.config.changelog.jira = Some(Jira { url: "https://j".to_owned(), projects: vec!["PROJ".to_owned()] });
            let changes = read(&given.config, &facts.commits, &Overrides::default(), None);
            let people = People::of(&[], &facts.commits, &changes, None);
            let beside = Beside { people: Some(&people), ..Beside::default() };
            let texts = || given.render(|renderer, release| {
                let release = Release { beside, ..*release };
                Ok([renderer.section(&release)?, renderer.notes(&release, 125_000, "x")?.text])
            });
            prop_assert_eq!(texts(), texts());
            for text in texts() {
                for event in Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
                    prop_assert!(!matches!(event, Event::Html(_) | Event::InlineHtml(_) | Event::Rule), "{event:?} in {text}");
                    if let Event::Start(pulldown_cmark::Tag::Link { dest_url, .. }) = event {
                        let known = dest_url.starts_with("https://github.com/acme/app/") || dest_url.starts_with("https://j/browse/");
                        prop_assert!(known, "{dest_url} in {text}");
                    }
                }
                prop_assert!(text.lines().all(|line| !line.starts_with("# ") && !bowline_model::text::is_workflow_command(line)));
            }
        }
    }
}
