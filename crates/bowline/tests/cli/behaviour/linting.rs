//! `lint-commits`, and the settings that say how commits are read.

use crate::support::{PROGRAM, everything};
use bowline_testkit::World;

/// A pushed repository at `v1.0.0` with these commits since.
fn with_commits(messages: &[&str]) -> World {
    let world = World::with_repository(PROGRAM);
    for message in messages {
        world.commit(message);
    }
    world.git(&["push", "--quiet", "origin", "main"]);
    world
}

fn next_of(world: &World) -> String {
    let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
    plan["packages"][0]["next"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn what_will_be_misread_is_found_and_nothing_is_changed() {
    let world = with_commits(&["feat: fine", "feat (api):add", "docs: all (#3)\n\n* feat: a\n* fix: b"]);
    let before = everything(&world, &world.work());
    let found = world.bowline(&["lint-commits", "--json"]).expect_code(5).json();
    assert_eq!(found["schema"], "bowline/lint/v1");
    assert_eq!(found["checked"], 3);
    let commits = found["commits"].as_array().unwrap();
    let rules: Vec<_> = commits.iter().map(|commit| commit["findings"][0]["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["squash-body", "no-header"]);
    assert_eq!(commits[1]["findings"][0]["fix"], "write `feat(api): add`");
    let text = world.bowline(&["lint-commits"]).expect_code(5).stdout;
    assert!(
        text.contains("write `feat(api): add`") && text.ends_with("3 messages, of which 2 will be misread\n"),
        "{text}"
    );
    assert_eq!(everything(&world, &world.work()), before);
}

#[test]
fn ranges_are_named_as_in_git() {
    let world = with_commits(&["oops", "feat: fine", "fix: fine"]);
    for (range, code) in [("HEAD~2..HEAD", 0), ("HEAD~2", 0), ("v1.0.0..", 5), ("HEAD~3..main", 5)] {
        let _ = world.bowline(&["lint-commits", range]).expect_code(code);
    }
    for range in ["nope..HEAD", "HEAD...v1.0.0", "--all..HEAD", "HEAD..$(id)", "", "..", "..HEAD"] {
        let ran = world.bowline(&["lint-commits", "--", range]).expect_code(2);
        assert!(ran.stderr.contains("cannot be looked at"), "{range}: {}", ran.stderr);
    }
}

#[test]
fn a_message_before_it_is_committed() {
    let world = with_commits(&[]);
    for (message, code) in [
        ("feat: fine\n# comment\n", 0),
        ("# only comments\n", 0),
        ("feat:add\n", 5),
        ("Merge branch 'x'\n", 0),
        ("words\n# ------------------------ >8 ------------------------\nfeat: not this\n", 5),
    ] {
        world.write("message", message);
        let _ = world.bowline(&["lint-commits", "--message-file", "message"]).expect_code(code);
    }
    // Comments are what git takes for comments here.
    world.git(&["config", "core.commentChar", ";"]);
    world.write("message", "feat: fine\n\n#12 is closed\n\nBREAKING CHANGE: all\n; Please enter the message\n");
    let _ = world.bowline(&["lint-commits", "--message-file", "message"]).expect_code(0);
    let ran = world.bowline(&["lint-commits", "--message-file", "absent"]).expect_code(2);
    assert!(ran.stderr.contains("the message in absent cannot be read"), "{}", ran.stderr);
}

#[test]
fn a_pushed_message_is_corrected_by_a_file() {
    let world = with_commits(&["oops, a feature"]);
    assert_eq!(next_of(&world), "none");
    let id = world.git(&["rev-parse", "--short=10", "HEAD"]).trim().to_owned();
    world.write(&format!(".bowline/overrides/{id}.md"), "feat: a feature\n");
    world.commit_and_push("chore: say what it was");
    assert_eq!(next_of(&world), "1.1.0");
    let told = world.bowline(&["explain"]).expect_code(0).stdout;
    assert!(told.contains(&format!("its message is the one in .bowline/overrides/{id}.md")), "{told}");
    let notes = world.bowline(&["notes"]).expect_code(0).stdout;
    assert!(notes.contains("a feature") && !notes.contains("oops"), "{notes}");
}

#[test]
fn a_footer_names_the_version() {
    let world = with_commits(&["feat: more", "chore: round it up\n\nRelease-As: 2.0.0"]);
    let plan = world.bowline(&["plan", "--json"]).expect_code(0).json();
    assert_eq!(plan["packages"][0]["next"], "2.0.0");
    assert!(plan["packages"][0]["reason"].as_str().unwrap().starts_with("Release-As: 2.0.0 ("), "{plan}");
    let flagged = world.bowline(&["plan", "--json", "--bump", "patch"]).expect_code(0).json();
    assert_eq!(flagged["packages"][0]["next"], "1.0.1");
    let behind = with_commits(&["fix: x\n\nRelease-As: 0.9.0"]);
    let ran = behind.bowline(&["plan"]);
    assert!(ran.code != Some(0) && ran.stderr.contains("0.9.0"), "{}", ran.stderr);
}

#[test]
fn settings_say_how_commits_are_read() {
    for (toml, messages, expected) in [
        ("commits.dialect = \"gitmoji\"", &["\u{2728} add", ":bug: mend"][..], "1.1.0"),
        ("commits.dialect = \"eslint\"", &["Breaking: drop it"], "2.0.0"),
        ("commits.dialect = \"angular\"", &["feat!: not a header"], "none"),
        ("commits.squash = \"body\"", &["docs: x (#1)\n\n* feat: a\n* fix: b"], "1.1.0"),
        ("commits.ignore = [\"^feat\\\\(deps\\\\)\"]", &["feat(deps): x", "fix: y"], "1.0.1"),
    ] {
        let world = World::with_repository(PROGRAM);
        world.write("bowline.toml", format!("{toml}\n"));
        world.commit("chore: settings");
        for message in messages {
            world.commit(message);
        }
        world.git(&["push", "--quiet", "origin", "main"]);
        assert_eq!(next_of(&world), expected, "{toml}");
    }
}

#[test]
fn rules_of_the_repository() {
    let world = with_commits(&["[feature] tabs", "PROJ-7: fix: a crash", "[odd] x", "wip"]);
    world.write(
        "bowline.toml",
        "[commits.types]\nfeature = { bump = \"minor\", section = \"Features\" }\n\
         [[commits.rule]]\npattern = '^\\[(?<type>\\w+)\\] (?<subject>.+)'\n\
         [[commits.rule]]\npattern = '^[A-Z]+-\\d+: (?<type>\\w+): (?<subject>.+)'\n\
         [[commits.rule]]\npattern = '^wip$'\nignore = true\n",
    );
    world.commit_and_push("chore: configure");
    let explained = world.bowline(&["explain"]).expect_code(0).stdout;
    for part in [
        "feature: tabs\n             rule 1 \"^\\[(?<type>\\w+)\\] (?<sub…\": feature → minor\n",
        "fix: a crash\n             rule 2 \"^[A-Z]+-\\d+: (?<type>\\w+…\": fix → patch\n",
        "rule 3 \"^wip$\" takes it out",
    ] {
        assert!(explained.contains(part), "{part} in {explained}");
    }
    let found = world.bowline(&["lint-commits", "--json"]).expect_code(5).json();
    assert_eq!(found["commits"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["commits"][0]["findings"][0]["rule"], "unknown-type");
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    assert_eq!(world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout.matches("- tabs (").count(), 1);

    world.write("bowline.toml", "[[commits.rule]]\npattern = '^(?<type>\\w+'\n");
    let ran = world.bowline(&["plan"]).expect_code(3);
    assert!(ran.stderr.contains("bowline.toml:2:11") && ran.stderr.contains("unclosed group"), "{}", ran.snapshot());
}
