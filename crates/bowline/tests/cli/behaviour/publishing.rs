//! Publishing on GitHub: used up tags, the latest release, drafts for people, and releases made by hand.

use crate::support::failure_code;
use bowline_testkit::World;
use bowline_testkit::github::{Github, serve};
use bowline_testkit::http_double::HttpDouble;
use serde_json::Value;
use std::sync::Arc;

struct Scene {
    world: World,
    github: Arc<Github>,
    server: HttpDouble,
}

/// A repository that releases v1.1.0 with two artifacts to GitHub; `more` are further lines of `[forge]`.
fn scene(more: &str) -> Scene {
    let mut world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let server = serve(&github);
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n", server.host());
    world.write("bowline.toml", format!("{forge}{more}\n[artifacts]\ninclude = [\"dist/*\"]\n"));
    world.write(".gitignore", "dist/\n");
    world.write("dist/app.tar.gz", "an archive");
    world.write("dist/app.zip", "another archive");
    world.commit_and_push("feat: something to release");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("BOWLINE_TOKEN", "github-token-of-the-test");
    Scene { world, github, server }
}

impl Scene {
    fn release(&self, args: &[&str], code: i32) -> Value {
        let args: Vec<&str> = ["release", "--yes", "--json"].iter().chain(args).copied().collect();
        self.world.bowline(&args).expect_code(code).json()
    }

    fn refused(&self, args: &[&str], code: i32, why: &str) -> Value {
        let args: Vec<&str> = ["release", "--yes", "--json"].iter().chain(args).copied().collect();
        let ran = self.world.bowline(&args).expect_code(code);
        assert_eq!(failure_code(&ran).as_deref(), Some(why), "{}", ran.snapshot());
        ran.json()["failure"].clone()
    }

    fn refs(&self) -> String {
        self.world.git_in(&self.world.remote(), &["for-each-ref", "refs/heads", "refs/tags"])
    }

    /// The only release: its text and how many files it has.
    fn only(&self, draft: bool) -> (String, usize) {
        let mut state = self.github.state();
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        let [id] = state.ids().try_into().unwrap_or_else(|ids| panic!("one release, not {ids:?}"));
        let (_, text, files, is_draft) = state.release(&id);
        assert_eq!(is_draft, draft);
        (text, files.len())
    }

    /// Everything that was changed at GitHub.
    fn changes(&self) -> Vec<String> {
        let heard = self.server.heard();
        heard
            .iter()
            .filter(|heard| heard.method != "GET")
            .map(|heard| format!("{} {}", heard.method, heard.target))
            .collect()
    }

    /// A rule of the remote refuses the tag, as GitHub does for one that is used up.
    fn refuse_tag(&self) {
        self.github.state().burned.insert("v1.1.0".to_owned());
        self.world.hook(
            "update",
            "[ $1 != refs/tags/v1.1.0 ] || { echo 'error: GH013: Repository rule violations found for refs/tags/v1.1.0. - Cannot create ref due to creations being restricted.' >&2; exit 1; }",
        );
    }
}

#[test]
fn a_used_up_tag_offers_the_next_version_and_leaves_nothing() {
    let scene = scene("");
    scene.refuse_tag();
    let before = scene.refs();
    let failure = scene.refused(&[], 23, "tag_burned");
    assert!(failure["hints"][0].as_str().unwrap().contains("--version 1.1.1"), "{failure:#}");
    assert_eq!(scene.refs(), before, "nothing moved");
    assert_eq!(scene.github.state().count(), 0, "the draft is gone");
    let result = scene.release(&["--version", "1.1.1"], 0);
    assert_eq!(result["packages"][0]["tag"], "v1.1.1", "{result:#}");
    scene.only(false);
}

#[test]
fn a_rule_that_is_somebodys_is_no_used_up_tag() {
    let scene = scene("");
    scene.refuse_tag();
    scene.github.state().tag_rules = true;
    scene.refused(&[], 20, "push_rejected");
    assert_eq!(scene.github.state().count(), 0);
}

#[test]
fn a_tag_that_was_refused_before_is_known_before_anything_is_changed() {
    let scene = scene("");
    scene.refuse_tag();
    {
        let mut state = scene.github.state();
        (state.admin, state.immutable) = (true, true);
        state.refused.insert("refs/tags/v1.1.0".to_owned());
    }
    let ran = scene.world.bowline(&["check"]).expect_code(23);
    assert!(ran.stderr.contains("are immutable"), "{}", ran.snapshot());
    scene.refused(&[], 23, "tag_burned");
    assert_eq!(scene.changes(), [""; 0]);
}

#[test]
fn what_is_immutable_is_not_touched_after_publishing() {
    let scene = scene("");
    scene.github.state().immutable = true;
    scene.release(&[], 0);
    let changes = scene.changes();
    assert!(changes.last().is_some_and(|last| last.starts_with("PATCH")), "publishing comes last: {changes:#?}");
    assert_eq!(changes.iter().filter(|change| change.starts_with("PATCH")).count(), 1, "{changes:#?}");
    assert_eq!(scene.only(false).1, 4);
}

#[test]
fn the_latest_is_read_back_and_said_again() {
    let scene = scene("");
    scene.github.state().latest_stays = 1;
    scene.release(&[], 0);
    assert_eq!(scene.github.state().latest_tag().as_deref(), Some("v1.1.0"));
}

#[test]
fn an_older_line_leaves_the_latest_alone() {
    for (more, shown, expected) in [
        ("", "v2.0.0", "v2.0.0"),
        ("", "v1.0.9", "v1.1.0"),
        ("latest = \"always\"", "v2.0.0", "v1.1.0"),
        ("latest = \"never\"", "v1.0.9", "v1.0.9"),
    ] {
        let scene = scene(more);
        scene.github.state().make_by_hand(shown, "The one they see.", false, &[]);
        scene.release(&[], 0);
        assert_eq!(scene.github.state().latest_tag().as_deref(), Some(expected), "{more} {shown}");
    }
}

#[test]
fn a_prerelease_is_never_the_latest() {
    let scene = scene("latest = \"always\"");
    scene.release(&["--pre", "rc"], 0);
    assert_eq!(scene.github.state().latest_tag(), None);
    scene.only(false);
}

#[test]
fn a_draft_for_a_person_is_finished_business() {
    let scene = scene("draft = true");
    let result = scene.release(&[], 0);
    assert_eq!((result["status"].as_str(), &result["next"]), (Some("paused"), &Value::Null), "{result:#}");
    assert!(result["reason"].as_str().unwrap().contains("for a person to publish"), "{result:#}");
    assert_eq!(scene.only(true).1, 4);
    assert!(scene.refs().contains("refs/tags/v1.1.0"));
    for _ in 0..2 {
        assert_eq!(scene.release(&[], 0)["status"], "nothing");
        assert!(scene.world.bowline(&["resume"]).expect_code(0).stdout.contains("Nothing to resume"));
    }
    let id = scene.github.state().ids().remove(0);
    scene.github.state().publish_by_hand(&id);
    assert_eq!(scene.release(&[], 0)["status"], "nothing");
    scene.only(false);
    scene.world.commit_and_push("fix: the next one");
    let next = scene.release(&[], 0);
    assert_eq!((next["status"].as_str(), next["packages"][0]["tag"].as_str()), (Some("paused"), Some("v1.1.1")));
}

#[test]
fn a_draft_can_be_asked_for_this_once() {
    let scene = scene("");
    let result = scene.release(&["--draft"], 0);
    assert_eq!(result["status"], "paused", "{result:#}");
    scene.only(true);
    assert_eq!(scene.release(&["--draft"], 0)["status"], "nothing", "as long as it is asked for, it waits");
    let id = scene.github.state().ids().remove(0);
    scene.github.state().publish_by_hand(&id);
    assert_eq!(scene.release(&[], 0)["status"], "nothing");
    scene.only(false);
}

#[test]
fn a_draft_that_nobody_can_publish_is_not_made() {
    let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    world.write("bowline.toml", "[forge]\ndraft = true\n");
    world.commit_and_push("feat: something to release");
    let ran = world.bowline(&["release", "--yes", "--json"]).expect_code(3);
    assert_eq!(failure_code(&ran).as_deref(), Some("draft_for_nobody"));
}

#[test]
fn a_draft_made_by_hand_is_completed() {
    let scene = scene("");
    scene.github.state().make_by_hand("v1.1.0", "Written with love.", true, &[("app.zip", b"another archive")]);
    let result = scene.release(&["--adopt"], 0);
    assert_eq!(result["packages"][0]["assets"].as_array().unwrap().len(), 4, "{result:#}");
    let (text, files) = scene.only(false);
    assert!(text.starts_with("Written with love.\n\n<!-- Bowline-Plan: "), "{text}");
    assert_eq!(files, 4);
    assert_eq!(scene.release(&[], 0)["status"], "nothing");
}

#[test]
fn a_draft_made_by_hand_with_something_else_is_left_alone() {
    for (name, bytes) in [("app.zip", "other bytes"), ("notes.pdf", "x")] {
        let scene = scene("");
        scene.github.state().make_by_hand("v1.1.0", "Mine.", true, &[(name, bytes.as_bytes())]);
        let failure = scene.refused(&["--adopt"], 23, "adopt_differs");
        assert!(failure["message"].as_str().unwrap().contains(name), "{failure:#}");
        assert_eq!(scene.changes(), [""; 0]);
        assert_eq!(scene.only(true), ("Mine.".to_owned(), 1));
    }
    let scene = scene("");
    for text in ["one", "two"] {
        scene.github.state().make_by_hand("v1.1.0", text, true, &[]);
    }
    scene.refused(&["--adopt"], 23, "adopt_ambiguous");
}

#[test]
fn a_draft_made_by_hand_is_given_back_when_the_release_fails() {
    let scene = scene("");
    scene.github.state().make_by_hand("v1.1.0", "Mine.", true, &[]);
    scene
        .world
        .hook("pre-receive", "while read old new ref; do case $ref in refs/heads/*|refs/tags/*) exit 1;; esac; done");
    scene.refused(&["--adopt"], 20, "push_rejected");
    assert_eq!(scene.only(true).0, "Mine.");
    assert!(scene.changes().iter().all(|change| !change.starts_with("DELETE")), "{:?}", scene.changes());
    scene.world.hook("pre-receive", "exit 0");
    scene.release(&["--adopt"], 0);
    assert!(scene.only(false).0.starts_with("Mine.\n\n<!--"));
}

#[test]
fn a_run_that_dies_while_adopting_is_completed() {
    for at in ["intent:draft/create", "forge.adopt:before", "forge.adopt:after", "forge.publish:after"] {
        let scene = scene("");
        scene.github.state().make_by_hand("v1.1.0", "Mine.", true, &[]);
        let ran = scene.world.bowline_with(&["release", "--yes", "--adopt"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        scene.release(&["--adopt"], 0);
        assert!(scene.only(false).0.starts_with("Mine.\n\n<!--"), "{at}");
    }
}

#[test]
fn a_release_whose_marker_was_rewritten_away_is_adopted_only_when_asked() {
    let scene = scene("");
    scene.release(&[], 0);
    let id = scene.github.state().ids().remove(0);
    scene.github.state().rewrite_by_hand(&id, "Much nicer.");
    assert_eq!(scene.release(&[], 0)["status"], "nothing");
    assert_eq!(scene.only(false).0, "Much nicer.");
    let result = scene.release(&["--adopt"], 0);
    assert_eq!(result["status"], "released", "{result:#}");
    assert!(scene.only(false).0.starts_with("Much nicer.\n\n<!--"));
    assert_eq!(scene.release(&["--adopt"], 0)["status"], "nothing");
}

#[test]
fn nothing_is_added_to_what_somebody_published() {
    let scene = scene("");
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "forge.publish:before")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    let id = scene.github.state().make_by_hand("v1.1.0", "By hand.", false, &[("app.zip", b"another archive")]);
    scene.refused(&[], 23, "release_taken");
    let failure = scene.refused(&["--adopt"], 23, "adopt_differs");
    assert!(failure["message"].as_str().unwrap().contains("missing: "), "{failure:#}");
    let mut state = scene.github.state();
    let (_, text, files, _) = state.release(&id);
    assert_eq!((text.as_str(), files.len()), ("By hand.", 1));
    assert!(state.violations.is_empty(), "{:?}", state.violations);
}

#[test]
fn a_discussion_is_opened_and_never_the_reason_for_a_failure() {
    for (categories, expected) in [(&["Announcements"][..], true), (&[][..], false)] {
        let scene = scene("discussion = \"Announcements\"");
        scene.github.state().categories.extend(categories.iter().map(|&name| name.to_owned()));
        let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
        let result = ran.json();
        let steps = result["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["id"] == "notify/discussion").unwrap();
        let url = step["receipt"]["url"].as_str();
        assert_eq!(url.is_some_and(|url| url.contains("/acme/app/discussions/")), expected, "{step:#}");
        assert_eq!(ran.stderr.contains("no discussion category `Announcements`"), !expected, "{}", ran.snapshot());
        scene.only(false);
    }
}

#[test]
fn a_forge_that_cannot_adopt_says_so() {
    let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    world.commit_and_push("feat: something to release");
    let ran = world.bowline(&["release", "--yes", "--adopt", "--json"]).expect_code(2);
    assert_eq!(failure_code(&ran).as_deref(), Some("adopt_unavailable"));
}

#[test]
fn a_server_in_private_mode_is_read_through_its_api() {
    let scene = scene("");
    scene.github.state().private_mode = true;
    let result = scene.release(&[], 0);
    assert_eq!(result["packages"][0]["assets"].as_array().unwrap().len(), 4, "{result:#}");
}
