//! Release commits that GitHub makes, for branches that take no push: the real program, and a server with GitHub's habits
//! over a real repository.

use crate::support::failure_code;
use bowline_testkit::github::{Fault, Github, serve};
use bowline_testkit::http_double::HttpDouble;
use bowline_testkit::{Ran, World};
use serde_json::Value;
use std::sync::Arc;

struct Scene {
    world: World,
    github: Arc<Github>,
    #[expect(dead_code, reason = "it serves as long as it is there")]
    server: HttpDouble,
}

/// A repository with version files and an artifact that names its commit. Its branches take no push.
fn scene() -> Scene {
    let mut world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let server = serve(&github);
    world.write(
        "bowline.toml",
        format!(
            "[release]\npush = \"api\"\n[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n\
             [build]\ncommand = [\"sh\", \"-c\", \"mkdir -p dist && echo $BOWLINE_COMMIT > dist/commit && git describe > dist/tag\"]\n\
             in = \"clone\"\n[artifacts]\ninclude = [\"dist/*\"]\n[retry]\nattempts = 1\n",
            server.host()
        ),
    );
    world.write("VERSION", "1.0.0\n");
    world.write("CHANGELOG.md", "# Changelog\n");
    world.commit_and_push("feat: something to release");
    world.hook("update", "case $1 in refs/heads/*) echo 'commits must have verified signatures' >&2; exit 1;; esac");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("BOWLINE_TOKEN", "github-token-of-the-test");
    Scene { world, github, server }
}

impl Scene {
    fn refs(&self) -> Vec<String> {
        let refs = self
            .world
            .git_in(&self.world.remote(), &["for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"]);
        refs.lines().map(str::to_owned).collect()
    }

    fn at_remote(&self, args: &[&str]) -> String {
        self.world.git_in(&self.world.remote(), args)
    }

    /// Another commit of somebody else on the branch, as a merge on GitHub puts it there.
    fn foreign_commit(&self) -> String {
        let tree = self.at_remote(&["rev-parse", "main^{tree}"]);
        let commit = self.at_remote(&["commit-tree", &tree, "-p", "main", "-m", "fix: somebody else's"]);
        self.at_remote(&["update-ref", "refs/heads/main", &commit]);
        commit
    }

    /// One release commit, its tag on it, one release, and no trace of how it was made.
    fn is_released(&self, what: &str) {
        assert_eq!(self.refs(), ["refs/heads/main", "refs/tags/v1.0.0", "refs/tags/v1.1.0"], "{what}");
        let made = self.at_remote(&["log", "--format=%cn %s", "v1.0.0..main"]);
        let made = made.lines().filter(|line| *line == "GitHub chore(release): 1.1.0").count();
        assert_eq!(made, 1, "{what}");
        assert_eq!(self.at_remote(&["rev-parse", "v1.1.0^{commit}"]), self.at_remote(&["rev-parse", "main"]), "{what}");
        let state = self.github.state();
        assert!(state.violations.is_empty(), "{what}: {:?}", state.violations);
        assert_eq!(state.count(), 1, "{what}: one release");
        drop(state);
        let built = self.world.bowline(&["status", "--json"]).expect_code(0);
        assert!(!built.stdout.contains("\"open\""), "{what}: {}", built.stdout);
    }

    /// The next release removes what an earlier one has left.
    fn release_something_else(&self) {
        self.foreign_commit();
        self.world.git(&["pull", "--quiet", "--ff-only"]);
        let ran = self.world.bowline(&["release", "--yes"]).expect_code(0);
        assert!(ran.stderr.contains("no release needs it any more"), "{}", ran.stderr);
        let tags = ["refs/tags/v1.0.0", "refs/tags/v1.1.0", "refs/tags/v1.1.1"];
        assert_eq!(self.refs(), ["refs/heads/main", tags[0], tags[1], tags[2]]);
        assert!(self.github.state().violations.is_empty(), "{:?}", self.github.state().violations);
    }

    /// As before the release.
    fn is_untouched(&self, what: &str) {
        assert_eq!(self.refs(), ["refs/heads/main", "refs/tags/v1.0.0"], "{what}");
        let state = self.github.state();
        assert_eq!(state.count(), 0, "{what}: no draft is left");
        assert!(state.violations.is_empty(), "{what}: {:?}", state.violations);
    }
}

/// Digest of the released file that names a commit.
fn built(result: &Value) -> Option<String> {
    let assets = result["packages"][0]["assets"].as_array()?;
    assets.iter().find(|asset| asset["name"] == "commit")?["sha256"].as_str().map(str::to_owned)
}

/// The digest that it has when it names this one.
fn named(commit: &str) -> String {
    bowline_model::Digest::of(format!("{commit}\n").as_bytes()).to_string()
}

#[test]
fn the_release_commit_is_githubs_and_signed() {
    let scene = scene();
    let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(result["status"], "released", "{result:#}");
    scene.is_released("released");
    let raw = scene.at_remote(&["cat-file", "-p", "main"]);
    assert!(raw.contains("committer GitHub <noreply@github.com>") && raw.contains("gpgsig "), "{raw}");
    let commit = scene.at_remote(&["rev-parse", "main"]);
    assert_eq!(result["packages"][0]["commit"], commit.as_str());
    assert_eq!(scene.at_remote(&["show", "main:VERSION"]), "1.1.0");
    // What was built knows the commit, and the checkout is at it.
    assert_eq!(built(&result), Some(named(&commit)));
    assert_eq!(scene.world.git(&["rev-parse", "HEAD"]), commit);
    assert_eq!(scene.world.git(&["status", "--porcelain", "--untracked-files=no"]), "");

    let again = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(again["status"], "nothing", "{again:#}");
    scene.is_released("again");
}

#[test]
fn githubs_commit_deletes_change_files() {
    let scene = scene();
    // As somebody with a key does.
    std::fs::remove_file(scene.world.remote().join("hooks/update")).unwrap();
    let config = scene.world.read("bowline.toml");
    scene.world.write("bowline.toml", format!("{config}[commits]\nsources = [\"commits\", \"change-files\"]\n"));
    scene.world.write(".changeset/one.md", "---\ndefault: minor\n---\n# Add tabs\n");
    scene.world.commit_and_push("Add a change");
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "forge.stage:after")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    let _ = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    scene.is_released("with a change file");
    assert_eq!(scene.at_remote(&["ls-tree", "-r", "--name-only", "main", ".changeset/"]), "");
    assert_eq!(scene.world.git(&["status", "--porcelain", "--untracked-files=no"]), "");
}

#[test]
fn a_run_that_dies_anywhere_is_completed() {
    for at in [
        "intent:commit/staged",
        "forge.stage:before",
        "forge.stage:after",
        "effect:commit/staged",
        "forge.create_draft:after",
        "forge.move_branch:before",
        "forge.move_branch:after",
        "git.push:before",
        "git.push:after",
        "forge.unstage:before",
        "forge.unstage:after",
        "effect:push/refs",
        "forge.publish:after",
    ] {
        let scene = scene();
        let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert!(["released", "nothing"].contains(&result["status"].as_str().unwrap()), "{at}: {result:#}");
        scene.is_released(at);
    }
}

#[test]
fn another_machine_completes_it() {
    for at in ["effect:commit/staged", "forge.create_draft:after", "forge.move_branch:after", "git.push:after"] {
        let mut scene = scene();
        let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        let elsewhere = scene.world.root().join("elsewhere");
        scene.world.set("BOWLINE_STATE_DIR", elsewhere.to_str().unwrap());
        let _ = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
        scene.is_released(at);
    }
}

#[test]
fn answers_that_are_lost_are_looked_up() {
    for part in [
        "POST https://api.github.example/repos/acme/app/git/refs",
        "/graphql",
        "PATCH",
        "DELETE",
        "/git/ref/",
        "/git/commits/",
    ] {
        for fault in [Fault::Lost, Fault::NotSent, Fault::BadGateway] {
            let scene = scene();
            scene.github.state().fail(part, 1, fault);
            let first = scene.world.bowline(&["release", "--yes", "--json"]);
            if first.code != Some(0) {
                let _ = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
            }
            if first.stderr.contains("was needed for a while and stays") {
                scene.release_something_else();
                continue;
            }
            scene.is_released(&format!("{part} {fault:?}"));
        }
    }
}

#[test]
fn somebody_elses_commit_stops_it_and_nothing_stays() {
    // Before the gates look for the second time, and after that.
    for at in ["effect:draft/upload", "intent:push/refs"] {
        let scene = scene();
        let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        assert_eq!(scene.refs().len(), 3, "the staging branch is there: {:?}", scene.refs());
        let foreign = scene.foreign_commit();
        let ran = scene.world.bowline(&["resume", "--json"]).expect_code(23);
        assert_eq!(failure_code(&ran).as_deref(), Some("superseded"), "{}", ran.snapshot());
        scene.world.git(&["pull", "--quiet", "--ff-only"]);
        let _ = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
        assert_eq!(scene.at_remote(&["rev-parse", "main^"]), foreign);
        scene.is_released(at);
    }
}

#[test]
fn a_rule_that_keeps_the_branch_is_told_and_nothing_stays() {
    let scene = scene();
    scene.github.state().branch_rule = Some("Changes must be made through a pull request.".to_owned());
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(20);
    assert_eq!(failure_code(&ran).as_deref(), Some("push_rejected"));
    assert!(ran.stdout.contains("Changes must be made through a pull request."), "{}", ran.stdout);
    scene.is_untouched("rejected");
    scene.github.state().branch_rule = None;
    let _ = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    scene.is_released("after the rule was gone");
}

#[test]
fn a_commit_that_is_not_the_planned_one_is_refused() {
    let scene = scene();
    scene.world.shell("chmod 755 VERSION");
    // As somebody with a key does.
    std::fs::remove_file(scene.world.remote().join("hooks/update")).unwrap();
    scene.world.commit_and_push("fix: an executable version");
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("staged_commit_differs"));
    assert!(ran.stdout.contains("other files than planned"), "{}", ran.stdout);
    scene.is_untouched("an executable file");

    let scene = self::scene();
    scene.github.state().signs_off = true;
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(10);
    assert!(ran.stdout.contains("a message that does not end in the lines"), "{}", ran.stdout);
    scene.is_untouched("signed off");
}

#[test]
fn a_branch_that_may_not_be_removed_stops_nothing() {
    let scene = scene();
    scene.github.state().keeps_branches = true;
    let ran = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("was needed for a while and stays"), "{}", ran.stderr);
    assert_eq!(scene.refs().len(), 4, "{:?}", scene.refs());
    let again = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(again["status"], "nothing", "{again:#}");
    scene.github.state().keeps_branches = false;
    scene.release_something_else();
}

#[test]
fn giving_up_removes_the_staging_branch() {
    let scene = scene();
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "forge.create_draft:after")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    let _ = scene.world.bowline(&["abort"]).expect_code(0);
    scene.is_untouched("aborted");
}

#[test]
fn what_cannot_be_is_told_before_anything_is_done() {
    let scene = scene();
    // GitHub makes its commit on what it has.
    scene.world.commit("fix: not pushed");
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(10);
    assert_eq!(failure_code(&ran).as_deref(), Some("unpushed_commits"));
    scene.is_untouched("unpushed");

    let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    world.write("VERSION", "1.0.0\n");
    world.write("bowline.toml", "[release]\npush = \"api\"\n");
    world.commit_and_push("feat: something to release");
    let before = world.visible();
    let ran = world.bowline(&["release", "--yes", "--json"]).expect_code(3);
    assert_eq!(failure_code(&ran).as_deref(), Some("push_way_not_available"));
    assert_eq!(world.visible(), before);
}

/// A job that builds hands over, and the commit that is released is the one that its artifacts name.
struct Jobs {
    scene: Scene,
    digest: String,
}

impl Jobs {
    fn first(until: &str) -> Self {
        let scene = scene();
        let ran =
            scene.world.bowline(&["release", "--until", until, "--handoff", "../handed", "--json"]).expect_code(0);
        let digest = ran.json()["handoff_digest"].as_str().unwrap().to_owned();
        let root = scene.world.root();
        scene.world.git_in(root, &["clone", "--quiet", scene.world.remote().to_str().unwrap(), "publisher"]);
        Self { scene, digest }
    }

    /// Takes over on a machine that has nothing but a new clone and the folder.
    fn second(&self) -> Ran {
        let root = self.scene.world.root();
        let state = root.join("state of the publisher");
        let args = ["release", "--yes", "--json", "--handoff", "../handed", "--handoff-digest", &self.digest];
        self.scene.world.bowline_in(&root.join("publisher"), &args, &[("BOWLINE_STATE_DIR", state.to_str().unwrap())])
    }
}

#[test]
fn what_is_handed_over_names_the_commit_that_is_released() {
    let jobs = Jobs::first("sign");
    let staged = jobs.scene.refs();
    assert!(staged[0].starts_with("refs/heads/bowline/") && staged.len() == 3, "{staged:?}");
    let commit = jobs.scene.at_remote(&["rev-parse", &staged[0]]);
    let result = jobs.second().expect_code(0).json();
    assert_eq!(result["packages"][0]["commit"], commit.as_str(), "{result:#}");
    let again = jobs.second().expect_code(0).json();
    assert_eq!(again["status"], "nothing", "{again:#}");
    // The first job learns of it.
    let _ = jobs.scene.world.bowline(&["release", "--yes"]).expect_code(0);
    jobs.scene.is_released("by the second job");
}

/// Another one would be made, and what was built names the one that is gone.
#[test]
fn a_commit_that_vanished_on_the_way_is_not_made_again() {
    for until in ["commit", "sign"] {
        let jobs = Jobs::first(until);
        let staged = jobs.scene.refs().remove(0);
        jobs.scene.at_remote(&["update-ref", "-d", &staged]);
        let ran = jobs.second().expect_code(23);
        assert_eq!(failure_code(&ran).as_deref(), Some("handed_commit_gone"), "{}", ran.snapshot());
        jobs.scene.is_untouched("gone");
        // The job that built it builds it for the next one.
        let result = jobs.scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert_eq!(built(&result), result["packages"][0]["commit"].as_str().map(named), "{until}: {result:#}");
    }
}

#[test]
fn it_stops_after_each_stage_and_goes_on() {
    let scene = scene();
    for until in ["commit", "build", "draft", "push", "publish"] {
        let ran = scene.world.bowline(&["release", "--yes", "--until", until, "--json"]).expect_code(0);
        assert_eq!(ran.json()["status"], "paused", "{until}: {}", ran.snapshot());
    }
    let _ = scene.world.bowline(&["resume"]).expect_code(0);
    scene.is_released("resumed");
    let other = self::scene();
    let _ = other.world.bowline(&["release", "--until", "build"]).expect_code(0);
    let _ = other.world.bowline(&["abort"]).expect_code(0);
    other.is_untouched("given up");
}

#[test]
fn a_token_that_may_only_read_is_told_before_the_commit_is_made() {
    let scene = scene();
    scene.github.state().read_only = true;
    for args in [["release", "--yes", "--json"].as_slice(), &["release", "--until", "sign", "--json"]] {
        let ran = scene.world.bowline(args).expect_code(12);
        assert!(scene.github.state().log.iter().all(|line| !line.starts_with("POST")), "{}", ran.snapshot());
    }
}

/// Another commit would be made otherwise, while the one of before is public.
#[test]
fn a_signature_that_cannot_be_looked_at_now_is_waited_for() {
    let scene = scene();
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "forge.move_branch:after")]);
    assert_eq!(ran.code, None, "{}", ran.snapshot());
    scene.github.state().signatures_unseen = true;
    let ran = scene.world.bowline(&["resume", "--json"]).expect_code(21);
    assert_eq!(failure_code(&ran).as_deref(), Some("signature_unknown"), "{}", ran.snapshot());
    scene.github.state().signatures_unseen = false;
    let _ = scene.world.bowline(&["resume"]).expect_code(0);
    scene.is_released("seen again");
}
