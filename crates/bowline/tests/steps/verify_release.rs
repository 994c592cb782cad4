//! `verify/release`: what readers get is what was frozen, or it is said aloud.

use crate::forge::{Trick, Tricky};
use crate::shared::{Meddle, assets, finish, stopped};
use crate::worlds;
use bowline_model::Timestamp;
use bowline_port::clock::Clock;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Meddles with the published release just before it is verified.
fn check(act: impl Fn(&World), text: &str) -> Bench {
    let bench = worlds::bench(worlds::with_artifacts());
    let end = bench.run_with(&Meddle::before("verify/release", || act(&bench.world)));
    let failure = stopped(&end, 30, "release_differs", "verify/release");
    assert!(failure.message.contains(text), "{failure:?}");
    bench
}

#[test]
fn a_release_that_somebody_touched_is_a_mismatch() {
    let put = |name: &'static str, bytes: &'static str| {
        move |world: &World| std::fs::write(assets(world, "v1.1.0").join(name), bytes).unwrap()
    };
    // The forge still tells the old digest of an asset that only changed its bytes.
    let bench = check(put("app.tar", "artifact 0ne"), "app.tar of release v1.1.0 downloads with other bytes");
    // And it stays one, on every later look.
    stopped(&bench.run(&At::default()), 30, "release_differs", "verify/release");
    check(put("extra.exe", "x"), "not ours: extra.exe");
    check(|world| std::fs::remove_file(assets(world, "v1.1.0").join("app.zip")).unwrap(), "missing: app.zip");
    check(
        |world| drop(world.git_in(&world.remote(), &["update-ref", "-d", "refs/tags/v1.1.0"])),
        "tag v1.1.0 is not the one that was pushed",
    );
}

/// A run that ended after publishing goes on, and the release was changed meanwhile.
#[test]
fn a_resumed_release_that_somebody_touched_is_a_mismatch() {
    for (script, code) in [
        ("printf 'artifact 0ne' > app.tar", "release_differs"),
        ("echo longer >> app.tar", "release_differs"),
        ("rm app.zip", "release_differs"),
        ("echo x > extra.exe", "release_differs"),
    ] {
        let bench = worlds::bench(worlds::with_artifacts());
        bench.run_until("verify/release");
        bench.world.shell(&format!("cd '{}'; {script}", assets(&bench.world, "v1.1.0").display()));
        let before = bench.world.visible();
        let end = bench.run(&At::default());
        let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{script}: verified"));
        assert_eq!((failure.code.as_str(), failure.kind.exit_code(end.public)), (code, 30), "{script}: {failure:?}");
        assert_eq!(bench.world.visible(), before, "{script}: nothing is repaired behind the readers' backs");
    }
}

/// A clock that shows a hidden release when somebody waits.
struct Showing {
    hidden: PathBuf,
    shown: PathBuf,
}

impl Clock for Showing {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_790_000_000).unwrap()
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    fn sleep(&self, _: Duration) {
        if self.hidden.exists() {
            std::fs::rename(&self.hidden, &self.shown).unwrap();
        }
    }
}

#[test]
fn a_release_that_is_seen_a_moment_later_is_waited_for() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let (shown, hidden) = (bench.world.releases().join("v1.1.0"), bench.world.root().join("hidden"));
    bench.doors.clock = Arc::new(Showing { hidden: hidden.clone(), shown: shown.clone() });
    let hide = Meddle::before("verify/release", || std::fs::rename(&shown, &hidden).unwrap());
    let end = bench.run_with(&hide);
    assert!(end.failure.is_none(), "{:?}", end.failure);
}

#[test]
fn a_release_that_cannot_be_seen_yet() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.doors.clock = worlds::patient();
    let release = bench.world.releases().join("v1.1.0");
    let hidden = bench.world.root().join("hidden");
    let hide = Meddle::before("verify/release", || std::fs::rename(&release, &hidden).unwrap());
    let failure = stopped(&bench.run_with(&hide), 21, "not_visible_yet", "verify/release");
    drop(hide);
    assert!(failure.hints[0].contains("bowline resume"), "{failure:?}");
    std::fs::rename(&hidden, &release).unwrap();
    // A forge that tells no digests is believed nothing: everything is downloaded.
    Tricky::play(&mut bench, Trick::NoDigests);
    let end = finish(&bench);
    let verified = end.receipts.raw("verify/release").unwrap();
    let names: Vec<&str> = verified["assets"].as_array().unwrap().iter().filter_map(|a| a["name"].as_str()).collect();
    assert_eq!(names, ["release.bowline.json", "app.tar", "app.zip", "SHA256SUMS"]);
    assert!(verified["assets"][1]["url"].as_str().unwrap().ends_with("v1.1.0/assets/app.tar"), "{verified}");
}
