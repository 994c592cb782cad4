//! Whole texts.

use super::*;
use crate::fixture::{config, facts, oid};
use crate::history::{Overrides, read};
use bowline_model::facts::PullFact;
use insta::assert_snapshot;

const MESSAGES: [&str; 8] = [
    "feat(api)!: drop `v1`\n\nBREAKING CHANGE: use v2, says @spawn\nin two lines",
    "fix: a < b & [c](javascript:x)",
    "chore!: need Rust 1.95",
    "docs: hidden",
    "plain text",
    "feat: fixes org/other#1 and #2",
    "Revert \"perf: old\"",
    "fix(*): ::error::x ##[group]",
];

struct Given {
    config: Config,
    remote: &'static str,
    messages: Vec<String>,
    pulls: Vec<PullFact>,
}

impl Given {
    fn new(messages: &[&str]) -> Self {
        let messages = messages.iter().map(|&message| message.to_owned()).collect();
        Self { config: config(), remote: "https://github.com/acme/app", messages, pulls: Vec::new() }
    }

    fn section(&self) -> String {
        self.try_section().unwrap()
    }

    fn try_section(&self) -> Result<String, TemplateError> {
        self.try_render(|renderer, release| {
            let section = renderer.section(release)?;
            Ok(section)
        })
    }

    fn render<T>(&self, made: impl FnOnce(&mut Renderer<'_>, &Release<'_>) -> Result<T, TemplateError>) -> T {
        self.try_render(made).unwrap()
    }

    fn try_render<T>(
        &self,
        made: impl FnOnce(&mut Renderer<'_>, &Release<'_>) -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        let messages: Vec<&str> = self.messages.iter().map(String::as_str).collect();
        let facts = facts(Some("1.2.3"), &messages);
        let changes = read(&self.config, &facts.commits, &Overrides::default().with_pulls(&self.pulls), None);
        let tag = TagName::new("v2.0.0").unwrap();
        let release = Release {
            version: Some(&Version::new(2, 0, 0)),
            tag: Some(&tag),
            previous: facts.current.as_ref().map(|current| &current.name),
            date: Some("2026-11-23"),
            changes: &changes,
            beside: Beside::default(),
        };
        let repository = RepositoryId::from_remote(self.remote);
        made(&mut Renderer::new(&self.config, &repository, ForgeKind::Local, "app")?, &release)
    }
}

mod audiences;
mod styles;

/// A heading stands in its place, whether a type or a label brought it.
#[test]
fn headings_of_labels_stand_where_those_of_types_do() {
    let bytes = b"[commits]\nsources = [\"commits\", \"labels\"]\n[commits.labels.News]\nbump = \"minor\"\n".to_vec();
    let file = bowline_config::File { name: "bowline.toml".to_owned(), bytes, committed: true };
    let config =
        bowline_config::load(&bowline_config::Input { file: Some(file), ..Default::default() }).unwrap().config;
    let pull = |number: u64, label: &str, commit: usize| PullFact {
        number,
        title: "x".to_owned(),
        labels: vec![label.to_owned()],
        author: None,
        commits: vec![oid(commit)],
        merge: Some(oid(commit)),
        override_block: None,
    };
    let headings = |messages: &[&str], labels: &[&str]| {
        let pulls = labels.iter().zip(1..).zip(messages.len() - labels.len()..);
        let pulls = pulls.map(|((label, number), commit)| pull(number, label, commit)).collect();
        let section = Given { config: config.clone(), pulls, ..Given::new(messages) }.section();
        section.lines().filter_map(|line| Some(line.strip_prefix("### ")?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(headings(&["fix: a", "b"], &["minor"]), ["Features", "Bug Fixes"]);
    assert_eq!(headings(&["fix: a", "perf: c", "b", "d"], &["minor", "News"])[..2], ["Features", "Bug Fixes"]);
    assert_eq!(headings(&["feat: a", "perf: c", "b"], &["fix"])[..2], ["Features", "Bug Fixes"]);
    // Those that only labels have come in the order of what they ask for.
    assert_eq!(headings(&["a", "b", "c"], &["fix", "News", "minor"]), ["News", "Features", "Bug Fixes"]);
}

#[test]
fn a_section() {
    assert_snapshot!(Given::new(&MESSAGES).section(), @r###"
    ## [2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0) - 2026-11-23

    ### ⚠ BREAKING CHANGES

    - **api:** use v2, says `@spawn` in two lines ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))
    - need Rust 1.95 ([00000002ab](https://github.com/acme/app/commit/00000002abababababababababababababababab))

    ### Features

    - **api:** drop `v1` ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))
    - fixes `org/other#1` and #2 ([00000005ab](https://github.com/acme/app/commit/00000005abababababababababababababababab))

    ### Bug Fixes

    - a &lt; b & \[c\](javascript:x) ([00000001ab](https://github.com/acme/app/commit/00000001abababababababababababababababab))
    - **\*:** \::error::x ##\[group\] ([00000007ab](https://github.com/acme/app/commit/00000007abababababababababababababababab))

    ### Reverts

    - perf: old ([00000006ab](https://github.com/acme/app/commit/00000006abababababababababababababababab))
    "###);
}

#[test]
fn notes_without_a_host() {
    let given = Given { remote: "/srv/git/app.git", ..Given::new(&MESSAGES) };
    assert_snapshot!(given.render(|renderer, release| renderer.notes(release, 125_000, "x")).text, @r###"
    ### ⚠ BREAKING CHANGES

    - **api:** use v2, says `@spawn` in two lines (00000000ab)
    - need Rust 1.95 (00000002ab)

    ### Features

    - **api:** drop `v1` (00000000ab)
    - fixes `org/other#1` and #2 (00000005ab)

    ### Bug Fixes

    - a &lt; b & \[c\](javascript:x) (00000001ab)
    - **\*:** \::error::x ##\[group\] (00000007ab)

    ### Reverts

    - perf: old (00000006ab)
    "###);
}

#[test]
fn nothing_to_tell() {
    let given = Given::new(&["docs: x"]);
    assert_snapshot!(given.section(), @r###"
    ## [2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0) - 2026-11-23

    No notable changes.
    "###);
    assert_snapshot!(given.render(|renderer, release| renderer.notes(release, 125_000, "x")).text, @r###"
    No notable changes.

    **Full changelog:** [v1.2.3...v2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0)
    "###);
}

#[test]
fn a_document() {
    let given = Given::new(&["feat: new"]);
    let document = given.render(|renderer, release| {
        let unreleased = Release {
            version: None,
            tag: None,
            previous: release.tag,
            date: None,
            changes: &[],
            beside: Beside::default(),
        };
        let first = Release { previous: None, ..*release };
        let mut document = renderer.begin();
        for release in [unreleased, *release, first] {
            renderer.add(&mut document, &release)?;
        }
        Ok::<_, TemplateError>(document.finish())
    });
    assert_snapshot!(document, @r###"
    # Changelog

    ## Unreleased

    No notable changes.

    ## [2.0.0](https://github.com/acme/app/compare/v1.2.3...v2.0.0) - 2026-11-23

    ### Features

    - new ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))

    ## 2.0.0 - 2026-11-23

    ### Features

    - new ([00000000ab](https://github.com/acme/app/commit/00000000abababababababababababababababab))
    "###);
}

#[test]
fn own_templates() {
    let mut given = Given::new(&["feat(a): {{ version }} {% raw %}", "fix: y"]);
    given.config.changelog.template =
        Some("# {{ package }} {{ version }}\n{% for g in groups %}{% for e in g.entries %}{{ e.type }} {{ e.text }}\n{% endfor %}{% endfor %}".into());
    assert_snapshot!(given.section(), @r###"
    # app 2.0.0
    feat {{ version }} {% raw %}
    fix y
    "###);
    for (template, expected) in [
        ("{{ nothing }}", "undefined"),
        ("{{ env.HOME }}", "undefined"),
        ("{% include 'x' %}", "include"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "fuel"),
        ("{{ ", "unexpected"),
        ("{{ open('/etc/passwd') }}", "unknown function"),
    ] {
        given.config.changelog.template = Some(template.to_owned());
        let error = given.try_section().unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(expected), "{template}: {source}");
    }
}

/// Lines and columns of what is wrong, for each way of being wrong.
#[test]
fn wrong_templates_are_located() {
    for (template, place) in [
        ("## {{ version }}\n\n{% for e in groups %}\n{{ e.titel }}\n{% endfor %}", "line 4, column"),
        ("a\n  {{ nothing }}", "line 2, column 6"),
        ("a\n{{ version|upcase }}", "line 2, column"),
        ("a\nb {% if %}", "line 2, column"),
        ("{% for a in range(100000) %}\n{% for b in range(100000) %}x{% endfor %}{% endfor %}", "line "),
    ] {
        let mut given = Given::new(&["feat: a"]);
        given.config.changelog.template = Some(template.to_owned());
        let shown = given.try_section().unwrap_err().to_string();
        assert!(shown.starts_with(&format!("the changelog template does not work: {place}")), "{template}: {shown}");
    }
}

#[test]
fn long_notes_are_cut_between_entries() {
    let messages: Vec<String> = (0..3000).map(|n| format!("feat: 漢字🎉 number {n} {}", "字".repeat(40))).collect();
    let mut given = Given { messages, ..Given::new(&[]) };
    given.config.notes.footer = Some("Thanks!".to_owned());
    for max in [900, 5_000, 125_000] {
        let notes = given.render(|renderer, release| renderer.notes(release, max, "CHANGELOG.md"));
        let entries = notes.text.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(entries + notes.omitted, 3000);
        assert!(notes.chars <= max && notes.chars == notes.text.chars().count() as u64);
        // One more entry (about 150 characters with its link) would not have fit.
        assert!(max - notes.chars < 170, "{max} {}", notes.chars);
        assert!(
            notes
                .text
                .contains(&format!("\n{} more entries are left out here for length; CHANGELOG.md has", notes.omitted))
        );
        assert!(notes.text.ends_with("\n\nThanks!\n"));
        assert!(notes.text.lines().filter(|line| line.starts_with("- ")).all(|line| line.ends_with("))")));
    }
    let tiny = given.render(|renderer, release| renderer.notes(release, 10, "CHANGELOG.md"));
    assert_eq!(tiny.omitted, 3000);
    assert!(tiny.chars > 10);
}

#[test]
fn no_line_is_a_command() {
    let hostile = ["feat: ::add-mask::a", "feat(::error::): x ##[group]", "feat: `##[group]`", "feat: x\r::error::y"];
    let mut given = Given::new(&hostile);
    given.config.notes.footer = Some("::notice::x".to_owned());
    let text =
        given.render(|renderer, release| Ok(renderer.section(release)? + &renderer.notes(release, 125_000, "x")?.text));
    assert!(!text.lines().any(bowline_model::text::is_workflow_command), "{text}");
}
