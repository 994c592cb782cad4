//! The repositories that step tests release.

use bowline_model::Timestamp;
use bowline_port::clock::{Clock, FixedClock};
use bowline_testkit::World;
use bowline_testkit::bench::Bench;
use std::sync::Arc;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");

/// A repository with version files, a changelog and artifacts, and something to release.
pub(crate) fn with_artifacts() -> World {
    let world = World::with_repository(PROGRAM);
    world.write(".gitignore", "dist/\n");
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.write("VERSION", "1.0.0\n");
    world.write("CHANGELOG.md", "# Changelog\n\nWritten by hand.\n");
    world.write("bowline.toml", "[artifacts]\ninclude = [\"dist/*\"]\n");
    world.commit_and_push("feat: add things");
    world.write("dist/app.tar", "artifact one");
    world.write("dist/app.zip", "artifact two");
    world
}

/// The same with a build command that copies the version, in the checkout or in a clone.
pub(crate) fn with_build(place: &str) -> World {
    let world = with_artifacts();
    std::fs::remove_file(world.work().join("dist/app.zip")).unwrap();
    world.write("bowline.toml", format!("[build]\ncommand = [\"cp\", \"VERSION\", \"{0}app.version\"]\nin = \"{place}\"\n\n[artifacts]\ninclude = [\"{0}app.version\"]\n", if place == "clone" { "" } else { "dist/" }));
    world.commit_and_push("fix: build it");
    world
}

/// The same with floating tags, of which one is there already.
pub(crate) fn with_floating_tags() -> World {
    let world = with_artifacts();
    world.write(
        "bowline.toml",
        "[release]\nfloating_tags = [\"v{major}\", \"v{major}.{minor}\"]\n[artifacts]\ninclude = [\"dist/*\"]\n",
    );
    world.commit_and_push("fix: move tags");
    world.git_in(&world.remote(), &["update-ref", "refs/tags/v1", "v1.0.0^{commit}"]);
    world
}

/// A repository whose releases are discussed.
pub(crate) fn with_discussion() -> World {
    let world = tags_only();
    world.write("bowline.toml", "[forge]\ndiscussion = \"Announcements\"\n");
    world.commit_and_push("fix: talk about it");
    world
}

/// The same with a published pre-release `v1.1.0-rc.0`, and a commit after it.
pub(crate) fn with_candidate() -> World {
    let world = with_artifacts();
    let _ = world.bowline(&["release", "--yes", "--pre", "rc"]).expect_code(0);
    world.commit_and_push("fix: later");
    std::fs::remove_dir_all(world.work().join("dist")).unwrap();
    world
}

/// A repository with tags only: nothing in it is edited.
pub(crate) fn tags_only() -> World {
    let world = World::with_repository(PROGRAM);
    world.write("src/app.txt", "two\n");
    world.commit_and_push("fix: mend it");
    world
}

/// A world with everything needed to run its release in this process.
pub(crate) fn bench(world: World) -> Bench {
    Bench::new(world)
}

/// A clock that shows a fixed time and does not wait.
pub(crate) fn patient() -> Arc<dyn Clock> {
    Arc::new(FixedClock::new(Timestamp::from_unix(1_790_000_000).unwrap()))
}
