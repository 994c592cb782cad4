//! Pushes that GitHub's rules refuse: the remote speaks smart HTTP and refuses as GitHub does, in its words.

use super::github::{Scene, scene};
use crate::support::failure_code;
use bowline_testkit::World;
use bowline_testkit::git_http::GitServer;
use bowline_testkit::parts::require;

/// A scene whose remote is behind git's own `http-backend`, with the server.
fn over_http() -> Option<(Scene, GitServer)> {
    if !require("git-http-backend", GitServer::is_possible()) {
        return None;
    }
    let mut scene = scene();
    // A version in a file, so that there is a release commit and the branch is pushed.
    scene.world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    scene.world.commit_and_push("feat: know the version");
    let git = GitServer::start(&scene.world.root().join("remote"));
    scene.world.git(&["remote", "set-url", "origin", &git.url("app.git")]);
    let hosts = format!("{},{}", scene.server.host(), git.host());
    scene.world.set("BOWLINE_ALLOW_HOSTS", &hosts);
    Some((scene, git))
}

fn references(world: &World) -> String {
    world.git_in(&world.remote(), &["for-each-ref", "--format=%(refname) %(objectname)"])
}

/// A protected branch, as its hook is called for each reference.
const BRANCH: &str = r#"
if [ "$1" = refs/heads/main ]; then
  echo "error: GH006: Protected branch update failed for refs/heads/main." >&2
  echo "error: At least 1 approving review is required by reviewers with write access." >&2
  exit 1
fi"#;
/// A ruleset for tags.
const TAG: &str = r#"
case $1 in refs/tags/*)
  echo "error: GH013: Repository rule violations found for $1." >&2
  echo "- Cannot create ref due to creations being restricted." >&2
  exit 1
esac"#;
/// A ruleset for branches, which sees all references of a push at once.
const RULESET: &str = r#"
if grep -q ' refs/heads/main$'; then
  echo "error: GH013: Repository rule violations found for refs/heads/main." >&2
  echo "- Changes must be made through a pull request." >&2
  exit 1
fi"#;

#[test]
fn a_push_that_a_rule_refuses_leaves_nothing() {
    for (hook, script, words) in [
        ("update", BRANCH, "GH006: Protected branch update failed"),
        ("update", TAG, "Cannot create ref due to creations being restricted"),
        ("pre-receive", RULESET, "Changes must be made through a pull request"),
    ] {
        let Some((scene, git)) = over_http() else { return };
        // Without a rule for tags that is known, these words mean that the tag is used up.
        scene.github.state().tag_rules = true;
        let before = references(&scene.world);
        let checkout = scene.world.checkout();
        scene.world.hook(hook, script);
        let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(20);
        assert_eq!(failure_code(&ran).as_deref(), Some("push_rejected"), "{}", ran.snapshot());
        assert!(ran.stdout.contains(words), "the rule's own words: {}", ran.snapshot());
        assert_eq!(references(&scene.world), before, "{words}");
        assert_eq!(scene.world.checkout(), checkout, "{words}");
        assert_eq!(scene.github.state().count(), 0, "no draft is left: {words}");
        assert!(!git.seen().is_empty());

        // The rule goes, or the token may pass it: the same release is made.
        std::fs::remove_file(scene.world.remote().join("hooks").join(hook)).unwrap();
        let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert_eq!(result["status"], "released", "{result:#}");
        scene.is_right();
    }
}
