//! Roles of commits, what labels ask for, and what descriptions say instead.

use crate::fixture::{WithFiles, commit, facts, oid, pull};
use crate::history::{Change, Overrides, read};
use bowline_config::{Config, File, Input};
use bowline_model::facts::{CommitFact, OverrideBlock, OverrideFact, PullFact};

fn config(toml: &str) -> Config {
    let file = File { name: "bowline.toml".to_owned(), bytes: toml.as_bytes().to_vec(), committed: true };
    bowline_config::load(&Input { file: Some(file), ..Input::default() }).unwrap().config
}

/// The same with an override in its description, and whether its writer may write.
fn overridden(number: u64, commits: &[usize], text: &str, may_write: bool) -> PullFact {
    let block = OverrideBlock::Whole(text.to_owned());
    let override_block = Some(OverrideFact { block, writer: Some("eve".to_owned()), may_write });
    PullFact { override_block, ..pull(number, "Whatever", &[], commits) }
}

/// Commits by their messages, newest first; merges have two parents.
fn commits(messages: &[&str]) -> Vec<CommitFact> {
    let commit = |(n, message): (usize, &&str)| {
        let parents = if message.starts_with("Merge") { 2 } else { 1 };
        CommitFact { parents, ..commit(n, message.as_bytes()) }
    };
    messages.iter().enumerate().map(commit).collect()
}

/// `level text | rule`, or why it does not count.
fn line(change: &Change) -> String {
    let planned = &change.planned;
    let kind = if planned.kind.is_empty() { String::new() } else { format!("{}: ", planned.kind) };
    match &change.ignored {
        Some(why) => format!("- {}", why.as_str()),
        None => format!("{} {kind}{} | {}", planned.level, planned.subject, planned.rule),
    }
}

#[track_caller]
fn check(toml: &str, messages: &[&str], pulls: &[PullFact], expected: &[&str]) {
    let changes = read(&config(toml), &commits(messages), &Overrides::default().with_pulls(pulls), None);
    assert_eq!(changes.iter().map(line).collect::<Vec<_>>(), expected);
}

const LABELS: &str = "commits.sources = [\"labels\"]\n";
const BOTH: &str = "commits.sources = [\"commits\", \"labels\"]\n";
const OVERRIDES: &str = "commits.pull_request_overrides = true\n";

#[test]
fn the_highest_label_decides() {
    for (labels, expected) in [
        (&["minor"][..], "minor Do it | label minor of #7 → minor"),
        (&["documentation", "MAJOR", "patch"], "major Do it | label major of #7 → major"),
        (&["documentation"], "none Do it | label documentation of #7 → none"),
        (&["dependencies", "performance"], "patch Do it | label performance of #7 → patch"),
        (&["good first issue"], "patch Do it | #7 has no known label → patch"),
        (&[], "patch Do it | #7 has no known label → patch"),
        (&["minor", "skip-release"], "none Do it | label skip-release of #7 → none"),
    ] {
        check(LABELS, &["feat!: Do it (#7)"], &[pull(7, "Do it", labels, &[0])], &[expected]);
    }
    let own = "[commits]\nsources = [\"labels\"]\nunlabelled = \"none\"\n\
        [commits.labels.\"Version: Next\"]\nbump = \"minor\"\n[commits.labels.Patch]\nbump = \"none\"\n";
    check(
        own,
        &["x"],
        &[pull(7, "Do it", &["version: next"], &[0])],
        &["minor Do it | label Version: Next of #7 → minor"],
    );
    check(own, &["x"], &[pull(7, "Do it", &["patch"], &[0])], &["none Do it | label Patch of #7 → none"]);
    check(own, &["x"], &[pull(7, "Do it", &[], &[0])], &["none Do it | #7 has no known label → none"]);
}

#[test]
fn however_it_was_merged_it_is_one_change() {
    let merged = ["Merge pull request #7 from a/b", "feat: two", "fix: one", "feat: by hand"];
    let seven = [pull(7, "Add things", &["minor"], &[0, 1, 2])];
    let part = "- counted with pull request #7";
    let change = "minor Add things | label minor of #7 → minor";
    check(BOTH, &merged, &seven, &[change, part, part, "minor feat: by hand | feat → minor"]);
    let unread = "- no pull request brought it, and messages of commits are no source of changes";
    check(LABELS, &merged, &seven, &[change, part, part, unread]);
    // A rebase has no merge commit, and the newest of its commits is the place.
    let rebased = [PullFact { merge: None, ..pull(7, "Add things", &["minor"], &[1, 2]) }];
    check(
        LABELS,
        &["Merge branch 'x'", "feat: two", "fix: one"],
        &rebased,
        &["- merge commit: the commits it brings count themselves", change, part],
    );
    // Two pull requests, one inside of the other.
    let both = [pull(7, "Outer", &["patch"], &[0, 1, 2]), pull(6, "Inner", &["minor"], &[1, 2])];
    check(
        LABELS,
        &["Merge pull request #7", "Merge pull request #6", "x"],
        &both,
        &[
            "patch Outer | label patch of #7 → patch",
            "minor Inner | label minor of #6 → minor",
            "- counted with pull request #6",
        ],
    );
}

#[test]
fn reverts_and_patterns_are_those_of_its_commits() {
    let both = ["- reverts 00000001ab, which is not released", "- reverted by 00000000ab"];
    let pulls = [pull(8, "Take it back", &["patch"], &[0]), pull(7, "Add it", &["minor"], &[1])];
    check(LABELS, &["Revert \"Add it\" (#8)\n\nReverts acme/app#7", "Add it (#7)"], &pulls, &both);
    let revert = format!("Revert \"x\"\n\nThis reverts commit {}.", oid(1));
    check(
        LABELS,
        &[&revert, "Add it (#7)"],
        &pulls[1..],
        &["- no pull request brought it, and messages of commits are no source of changes", both[1]],
    );
    // A part that is taken back leaves the rest.
    check(
        LABELS,
        &[&revert, "b", "a"],
        &[pull(7, "Add it", &["minor"], &[1, 2])],
        &[
            "- no pull request brought it, and messages of commits are no source of changes",
            "minor Add it | label minor of #7 → minor",
            "- counted with pull request #7",
        ],
    );
    let toml = "[commits]\nsources = [\"labels\"]\nignore = [\"^Bump\"]\n";
    check(toml, &["Bump y (#7)"], &[pull(7, "x", &["minor"], &[0])], &["- `commits.ignore` matches: ^Bump"]);
}

#[test]
fn a_merge_can_be_taken_back_as_a_pull_request() {
    let revert = format!("Revert \"Add it\"\n\nThis reverts commit {}, reversing\nchanges made to x.", oid(2));
    let pulls = [pull(8, "Take it back", &[], &[0, 1]), pull(7, "Add it", &["minor"], &[2, 3])];
    let messages = ["Merge pull request #8", &revert, "Merge pull request #7", "x"];
    check(
        LABELS,
        &messages,
        &pulls,
        &[
            "- reverts 00000002ab, which is not released",
            "- counted with pull request #8",
            "- reverted by pull request #8",
            "- counted with pull request #7",
        ],
    );
}

/// Whoever opened a pull request can give it another title after it was merged.
#[test]
fn titles_decide_nothing() {
    let toml = "[commits]\nsources = [\"labels\"]\nignore = [\"^Bump\"]\n";
    let pulls = [pull(8, "Revert \"Add it\"", &["patch"], &[0]), pull(7, "Bump it", &["minor"], &[1])];
    check(
        toml,
        &["x (#8)", "Add it (#7)"],
        &pulls,
        &["patch Revert \"Add it\" | label patch of #8 → patch", "minor Bump it | label minor of #7 → minor"],
    );
}

/// GitHub's squash puts `BREAKING CHANGE` where other planners take the wrong text; merges and rebases are covered as well.
#[test]
fn an_override_stands_for_all_commits_of_its_pull_request() {
    let text =
        "feat(api): add x\n\nBREAKING CHANGE: y is gone\nReviewed-by: Ada\n\nfix: mend z\nchore: tidy\nwip: none\n";
    let expected = [
        "major feat: add x | BREAKING CHANGE footer → major",
        "patch fix: mend z | fix → patch",
        "none chore: tidy | chore → none",
    ];
    let part = "- counted with pull request #7";
    let squash = "Whatever (#7)\n\n* feat!: nothing\n\nBREAKING CHANGE: wrong text";
    check(OVERRIDES, &[squash], &[overridden(7, &[0], text, true)], &expected);
    let merge = ["Merge pull request #7 from a/b", "feat!: nothing", "oops"];
    let all = [&expected[..], &[part, part]].concat();
    check(OVERRIDES, &merge, &[overridden(7, &[0, 1, 2], text, true)], &all);
    check(
        OVERRIDES,
        &["feat!: b", "a", "feat: by hand"],
        &[overridden(7, &[0, 1], text, true)],
        &[expected[0], expected[1], expected[2], part, "minor feat: by hand | feat → minor"],
    );
    // Labels do not count besides it, and nothing counts that nobody asked for.
    check(
        &format!("{LABELS}{OVERRIDES}"),
        &[squash],
        &[overridden(7, &[0], "docs: x", true)],
        &["none docs: x | docs → none"],
    );
    check("", &["fix: a"], &[overridden(7, &[0], "feat: x", true)], &["patch fix: a | fix → patch"]);
    // The narrower one counts where there are two.
    let two = [overridden(7, &[0, 1], "feat: outer", true), overridden(6, &[1], "fix: inner", true)];
    check(OVERRIDES, &["Merge #7", "x"], &two, &["minor feat: outer | feat → minor", "patch fix: inner | fix → patch"]);
    // Its commits take nothing back any more, and what is taken back is so with all of it.
    let revert = format!("Revert \"x\"\n\nThis reverts commit {}.", oid(1));
    check(
        OVERRIDES,
        &[&revert, "feat: x"],
        &[overridden(7, &[0], "docs: y", true)],
        &["none docs: y | docs → none", "minor feat: x | feat → minor"],
    );
    check(
        OVERRIDES,
        &[&revert, "x"],
        &[overridden(7, &[1], "feat: a\nfix: b", true)],
        &["- reverts 00000001ab, which is not released", "- reverted by 00000000ab", "- reverted by 00000000ab"],
    );
}

#[test]
fn an_override_counts_by_who_wrote_it() {
    let note = |pulls: &[PullFact]| {
        let changes = read(&config(OVERRIDES), &commits(&["fix: a"]), &Overrides::default().with_pulls(pulls), None);
        assert_eq!(line(&changes[0]), "patch fix: a | fix → patch");
        changes[0].note.clone().unwrap()
    };
    let outsider = overridden(7, &[0], "feat!: mine\n\nRelease-As: 9.0.0", false);
    let why = "the override in the description of #7 does not count: ";
    assert_eq!(
        note(std::slice::from_ref(&outsider)),
        format!("{why}eve wrote it last, and may not write to this repository")
    );
    let with = |block: OverrideBlock, writer: Option<&str>| {
        let writer = writer.map(str::to_owned);
        PullFact { override_block: Some(OverrideFact { block, writer, may_write: false }), ..outsider.clone() }
    };
    let whole = || OverrideBlock::Whole("feat: x".to_owned());
    assert_eq!(note(&[with(whole(), None)]), format!("{why}the forge does not tell who wrote it last"));
    assert!(note(&[with(whole(), Some("e\u{202e}ve"))]).contains("e\\u{202E}ve"));
    assert_eq!(note(&[with(OverrideBlock::Unfinished, None)]), format!("{why}`END_COMMIT_OVERRIDE` is missing"));
    assert_eq!(note(&[with(OverrideBlock::Empty, None)]), format!("{why}there is nothing in it"));
    let prose = overridden(7, &[0], "Fix it before we release.", true);
    assert_eq!(note(&[prose]), format!("{why}it has no header such as `feat(api): add a thing`"));
    let counted = [overridden(7, &[0], "feat: x", true)];
    let changes = read(&config(OVERRIDES), &commits(&["a"]), &Overrides::default().with_pulls(&counted), None);
    assert_eq!(changes[0].note.as_deref(), Some("its message is from the description of #7, last written by eve"));
    assert_eq!(changes[0].planned.pull_request, Some(7));
}

#[test]
fn files_win_over_what_a_forge_says() {
    let name = format!(".bowline/overrides/{}", oid(0));
    let facts = facts(None, &["oops", "feat: x"]).with_file(&name, "fix: really");
    let line_of = |toml: &str, pull: PullFact| {
        let (config, pulls) = (config(toml), [pull]);
        let overrides = Overrides::of(&config, &facts.files).with_pulls(&pulls);
        read(&config, &facts.commits, &overrides, None).iter().map(line).collect::<Vec<_>>()
    };
    let file = "patch fix: really | fix → patch";
    assert_eq!(line_of(OVERRIDES, overridden(7, &[0, 1], "feat!: a", true)), [file, "minor feat: x | feat → minor"]);
    assert_eq!(line_of(LABELS, pull(7, "x", &["major"], &[0, 1])), [file, "- counted with pull request #7"]);
}

/// The merge commit itself says nothing, but what somebody wrote for it does.
#[test]
fn a_file_for_a_merge_stands_for_the_pull_request() {
    let name = format!(".bowline/overrides/{}", oid(0));
    let lines = |toml: &str, text: &str, pull: PullFact| {
        let mut facts = facts(None, &["Merge pull request #7 from a/b", "feat: x"]).with_file(&name, text);
        facts.commits[0].parents = 2;
        let (config, pulls) = (config(toml), [pull]);
        let overrides = Overrides::of(&config, &facts.files).with_pulls(&pulls);
        read(&config, &facts.commits, &overrides, None).iter().map(line).collect::<Vec<_>>()
    };
    let seven = || pull(7, "x", &["minor"], &[0, 1]);
    let part = "- counted with pull request #7";
    for toml in [BOTH, LABELS] {
        assert_eq!(lines(toml, "fix: by file", seven()), ["patch fix: by file | fix → patch", part]);
    }
    let ruled = format!("{BOTH}[[commits.rule]]\npattern = '^\\[(?<type>\\w+)\\] (?<subject>.+)'\n");
    let found = lines(&ruled, "[fix] by file", seven());
    assert!(found[0].starts_with("patch fix: by file | rule 1 "), "{found:?}");
    assert!(lines(BOTH, "", seven())[0].contains("which is empty"));
    // A merge that nothing stands for stays one.
    let own = "minor feat: x | feat → minor";
    let merge = "- merge commit: the commits it brings count themselves";
    assert_eq!(lines(OVERRIDES, "fix: by file", seven()), [merge, own]);
}

#[test]
fn lines_that_rules_read_begin_messages_of_an_override() {
    let toml = r#"
        commits.pull_request_overrides = true
        [[commits.rule]]
        pattern = '(?i)^\[features?\]\s*(?<subject>.+)'
        type = "feat"
        [[commits.rule]]
        pattern = '^\[(?<type>[^\]]+)\](?<breaking> BREAKING)? (?<subject>.+)'
        [commits.types]
        bug-fix = { bump = "patch", section = "Bug Fixes" }
    "#;
    let lines = |toml: &str, text: &str| {
        let (config, pulls) = (config(toml), [overridden(7, &[0], text, true)]);
        let changes = read(&config, &commits(&["x (#7)"]), &Overrides::default().with_pulls(&pulls), None);
        let shown = |change: &Change| {
            let planned = &change.planned;
            format!("{} {}: {}", planned.level, planned.kind, planned.subject)
        };
        changes.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(toml, "[Bug Fix] mend\n\n[FEATURE] add\n\n[fix] BREAKING drop\nfix: more"),
        ["patch bug-fix: mend", "minor feat: add", "major fix: drop", "patch fix: more"]
    );
    // A rule that reads nearly everything leaves footers alone.
    let broad = "commits.pull_request_overrides = true\n[[commits.rule]]\n\
        pattern = '^(?<scope>[\\w/.,+ -]+?): (?<subject>.+)'\ntype = \"fix\"\n";
    assert_eq!(
        lines(broad, "net: mend\n\nBREAKING CHANGE: y is gone\nReviewed-by: Ada\nRefs: #3\n\ndrm: take the lock"),
        ["major fix: mend", "patch fix: take the lock"]
    );
}

#[test]
fn a_revert_of_a_merge_takes_its_pull_request_back() {
    let revert =
        |n: usize| format!("Revert \"Merge\"\n\nThis reverts commit {}, reversing\nchanges made to x.", oid(n));
    let seven = |first: usize| pull(7, "Add it", &["minor"], &[first, first + 1]);
    let part = "- counted with pull request #7";
    let unread = "- no pull request brought it, and messages of commits are no source of changes";
    let messages = [&revert(1), "Merge pull request #7", "feat: x"];
    let taken = "- reverted by 00000000ab";
    check(LABELS, &messages, &[seven(1)], &[unread, taken, part]);
    check(BOTH, &messages, &[seven(1)], &["- reverts 00000001ab, which is not released", taken, part]);
    // The revert of that brings it back.
    let again = format!("Revert \"Revert\"\n\nThis reverts commit {}.", oid(1));
    let messages = [&again, &revert(2), "Merge pull request #7", "feat: x"];
    let change = "minor Add it | label minor of #7 → minor";
    check(BOTH, &messages, &[seven(2)], &["- reverts 00000001ab, which is not released", taken, change, part]);
    // So does a revert of the merge which brought it, from a pull request that has more than that.
    let messages = ["docs: y", &revert(2), "Merge pull request #8", &revert(4), "Merge pull request #7", "feat: x"];
    let pulls = [pull(8, "Take it back", &[], &[2, 3]), seven(4)];
    let eight = "- counted with pull request #8";
    let both = ["none docs: y | docs → none", "- reverts 00000002ab, which is not released"];
    check(BOTH, &messages, &pulls, &[both[0], both[1], "- reverted by 00000001ab", eight, change, part]);
    // An override in its place is taken back as well.
    let messages = [&revert(1), "Merge pull request #7", "feat: x"];
    let seven = [overridden(7, &[1, 2], "feat: y", true)];
    check(OVERRIDES, &messages, &seven, &["- reverts 00000001ab, which is not released", taken, part]);
}

#[test]
fn rules_take_pull_requests_out_as_patterns_do() {
    let toml = format!("{LABELS}[[commits.rule]]\npattern = '^Bump'\nignore = true\n");
    let seven = [pull(7, "x", &["minor"], &[0])];
    check(&toml, &["Bump y (#7)"], &seven, &["- rule 1 \"^Bump\" takes it out"]);
    // Not when there is more in it.
    let merged = [pull(7, "x", &["minor"], &[0, 1])];
    let change = ["minor x | label minor of #7 → minor", "- counted with pull request #7"];
    check(&toml, &["y", "Bump y"], &merged, &change);
}

#[test]
fn before_one_labels_move_less_too() {
    let pulls = [pull(7, "a", &["major"], &[0]), pull(6, "b", &["minor"], &[1])];
    let config = config(LABELS);
    let young = Some(config.version.before_one);
    let changes = read(&config, &commits(&["a", "b"]), &Overrides::default().with_pulls(&pulls), young);
    assert_eq!(
        changes.iter().map(line).collect::<Vec<_>>(),
        ["minor a | label major of #7 → minor (before 1.0.0)", "patch b | label minor of #6 → patch (before 1.0.0)",]
    );
    assert_eq!(changes[0].breaking_notes, ["a"]);
}

#[test]
fn a_breaking_title_without_such_a_label_is_noticed() {
    let changes = read(
        &config(LABELS),
        &commits(&["x"]),
        &Overrides::default().with_pulls(&[pull(7, "feat!: x", &["patch"], &[0])]),
        None,
    );
    assert_eq!(changes[0].note.as_deref(), Some("its title says that it breaks something, and its labels do not"));
}

#[test]
fn what_messages_ask_for_and_labels_do_not_is_noticed() {
    let note = |messages: &[&str], labels: &[&str], brought: &[usize]| {
        let pulls = [pull(7, "Do it", labels, brought)];
        let changes = read(&config(BOTH), &commits(messages), &Overrides::default().with_pulls(&pulls), None);
        changes[0].note.clone().unwrap_or_default()
    };
    let breaks = "a message of its commits breaks something, and its labels do not";
    assert_eq!(note(&["x (#7)\n\nBREAKING CHANGE: y"], &["patch"], &[0]), breaks);
    assert_eq!(note(&["Merge pull request #7", "feat!: y"], &["patch"], &[0, 1]), breaks);
    assert_eq!(
        note(&["x (#7)\n\nRelease-As: 3.0.0"], &["major"], &[0]),
        "`Release-As` in a message of its commits does not count, because its labels decide"
    );
    assert_eq!(
        note(&["x!: y (#7)\n\nRelease-As: 3.0.0"], &["patch"], &[0]),
        "messages of its commits break something and name a version, and its labels do not"
    );
    assert_eq!(note(&["x (#7)\n\nBREAKING CHANGE: y"], &["major"], &[0]), "");
    assert_eq!(note(&["x (#7)", "feat!: of nobody"], &["patch"], &[0]), "");
    let revert = format!("Revert \"y\"\n\nThis reverts commit {}.", oid(2));
    assert_eq!(note(&["Merge pull request #7", &revert, "feat!: y", "fix: z"], &["patch"], &[0, 1, 2, 3]), "");
}
