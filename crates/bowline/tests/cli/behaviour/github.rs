//! Releases to GitHub: the real program, the real HTTP door, and a server with GitHub's habits.

use crate::support::failure_code;
use bowline_testkit::World;
use bowline_testkit::github::{Github, serve};
use bowline_testkit::http_double::{Act, HttpDouble, Say};
use std::sync::Arc;

pub(super) struct Scene {
    pub(super) world: World,
    pub(super) github: Arc<Github>,
    pub(super) server: HttpDouble,
}

/// A repository with something to release and two artifacts, whose releases are on GitHub.
pub(super) fn scene() -> Scene {
    let mut world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let server = serve(&github);
    world.write("bowline.toml", format!(
        "[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n[artifacts]\ninclude = [\"dist/*\"]\n",
        server.host()
    ));
    world.write(".gitignore", "dist/\n");
    world.write("dist/app.tar.gz", "an archive");
    world.write("dist/app.zip", "another archive");
    world.commit_and_push("feat: something to release");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("BOWLINE_TOKEN", "github-token-of-the-test");
    Scene { world, github, server }
}

impl Scene {
    pub(super) fn is_right(&self) {
        let state = self.github.state();
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        assert_eq!(state.count(), 1, "one release: {:#?}", state.log);
    }

    fn requests(&self) -> usize {
        self.server.heard().len()
    }
}

#[test]
fn a_release_is_made_and_found_again() {
    let scene = scene();
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0);
    let result = ran.json();
    assert_eq!(result["status"], "released", "{result:#}");
    let tag = result["packages"][0]["tag"].as_str().unwrap().to_owned();
    let url = result["packages"][0]["release_url"].as_str().unwrap();
    assert_eq!(url, format!("http://{}/acme/app/releases/tag/{tag}", scene.server.host()));
    assert_eq!(result["packages"][0]["assets"].as_array().unwrap().len(), 4, "{result:#}");
    scene.is_right();
    let made = scene.requests();
    println!("{made} requests for a release with 4 assets");

    let again = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(again["status"], "nothing", "{again:#}");
    scene.is_right();
}

#[test]
fn without_a_token_it_is_planned_and_not_begun() {
    let mut scene = scene();
    scene.world.unset("BOWLINE_TOKEN");
    let planned = scene.world.bowline(&["plan"]).expect_code(0);
    assert!(planned.stdout.contains("1.1.0"), "{}", planned.snapshot());
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("forge_no_token"));
    assert_eq!(scene.requests(), 0, "nobody is asked without a token");
}

#[test]
fn a_host_that_nobody_allowed_gets_no_token() {
    let mut scene = scene();
    scene.world.unset("BOWLINE_ALLOW_HOSTS");
    let ran = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("host_not_allowed"));
    assert_eq!(scene.requests(), 0);
}

#[test]
fn a_run_that_dies_anywhere_is_completed() {
    for at in [
        "intent:draft/create",
        "forge.create_draft:after",
        "forge.upload:before",
        "forge.upload:after#2",
        "git.push:after",
        "forge.publish:before",
        "forge.publish:after",
        "effect:publish/release",
    ] {
        let scene = scene();
        let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
        let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert!(["released", "nothing"].contains(&result["status"].as_str().unwrap()), "{at}: {result:#}");
        scene.is_right();
    }
}

#[test]
fn answers_that_are_lost_are_looked_up() {
    for (method, path) in [
        ("POST", "/api/v3/repos/acme/app/releases"),
        ("PATCH", "/api/v3/repos/acme/app/releases/1"),
        ("GET", "/api/v3/repos/acme/app"),
    ] {
        let scene = scene();
        scene.server.on(method, path, [Act::say(Say::Lost)]);
        let result = scene.world.bowline(&["release", "--yes", "--json"]).expect_code(0).json();
        assert_eq!(result["status"], "released", "{method} {path}: {result:#}");
        scene.is_right();
    }
}
