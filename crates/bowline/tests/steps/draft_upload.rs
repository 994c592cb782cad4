//! `draft/upload`: completing, and noticing what is not ours.

use crate::forge::{Trick, Tricky};
use crate::shared::{Lock, Meddle, asset, draft, finish, outcome, stopped};
use crate::worlds;
use bowline_engine::Point;
use bowline_port::forge::ForgeError;
use bowline_testkit::bench::{At, Bench};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, AtomicI64};

#[test]
fn only_what_is_missing_is_uploaded() {
    for digests in [true, false] {
        let mut bench = worlds::bench(worlds::with_artifacts());
        if !digests {
            Tricky::play(&mut bench, Trick::NoDigests);
        }
        bench.run_until("draft/verify");
        let folder = draft(&bench.world);
        let inode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().ino();
        let kept = ["release.bowline.json", "app.tar", "SHA256SUMS"].map(inode);
        std::fs::remove_file(folder.join("app.zip")).unwrap();
        let end = bench.run_until("draft/verify");
        assert_eq!(outcome(&end, "draft/upload"), "done");
        assert_eq!(["release.bowline.json", "app.tar", "SHA256SUMS"].map(inode), kept);
        assert_eq!(std::fs::read_to_string(folder.join("app.zip")).unwrap(), "artifact two");
        assert_eq!(outcome(&finish(&bench), "draft/upload"), "already_done");
        assert_eq!(asset(&bench.world, "v1.1.0", "app.zip"), "artifact two");
    }
}

/// A connection that broke leaves an asset that is there by name, and no more.
#[test]
fn an_asset_that_arrived_by_half_is_uploaded_again() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/verify");
    Tricky::play(&mut bench, Trick::HalfArrived("app.zip", AtomicBool::new(false)));
    let end = finish(&bench);
    assert_eq!(outcome(&end, "draft/upload"), "done");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.zip"), "artifact two");
}

/// All assets are one step, and it may take longer than a lease.
#[test]
fn the_lease_is_renewed_between_two_assets() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/upload");
    let lock = Lock::default();
    let at = At { crash: Some((Point::AfterReceipt, "draft/upload".to_owned())), fail: None };
    assert!(bench.run_holding(&lock, &at).interrupted);
    let draft = draft(&bench.world);
    let assets = std::fs::read_dir(&draft).unwrap().count();
    assert!(assets >= 4 && lock.kept.get() > assets, "{assets} assets, asked {} times", lock.kept.get());
}

/// Puts a file into the draft just before `draft/upload` has its turn: it stays, and the draft with it.
fn check_foreign(bench: &Bench, name: &'static str, bytes: &'static str, text: &str) {
    let meddle = Meddle::before("draft/upload", || std::fs::write(draft(&bench.world).join(name), bytes).unwrap());
    let failure = stopped(&bench.run_with(&meddle), 23, "assets_differ", "draft/upload");
    assert!(failure.message.contains(text), "{failure:?}");
    assert_eq!(std::fs::read_to_string(draft(&bench.world).join(name)).unwrap(), bytes);
    std::fs::remove_dir_all(bench.world.releases().join(".staging")).unwrap();
}

/// Meddles with a draft that is there already, just before or while `draft/upload` has its turn.
fn check(bench: &Bench, meddle: &Meddle<'_>, exit: u8, code: &str, text: &str) {
    let before = bench.world.visible();
    let failure = stopped(&bench.run_with(meddle), exit, code, "draft/upload");
    assert!(failure.message.contains(text), "{failure:?}");
    assert_eq!(bench.world.visible(), before, "the draft is taken back");
}

#[test]
fn what_is_not_ours_stops_it() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let world = &bench.world;
    check_foreign(&bench, "app.tar", "artifact 0ne", "different: app.tar");
    check_foreign(&bench, "app.tar", "", "different: app.tar");
    check_foreign(&bench, "virus.exe", "x", "not ours: virus.exe");
    let frozen = bench.settings.scratch.join("frozen");
    let lose = Meddle::before("draft/upload", || std::fs::remove_dir_all(&frozen).unwrap());
    check(&bench, &lose, 20, "artifacts_missing", "the frozen bytes of app.tar are gone");
    drop(lose);
    let vanish = Meddle::within("draft/upload", || std::fs::remove_dir_all(world.releases().join(".staging")).unwrap());
    check(&bench, &vanish, 20, "release_vanished", "is gone");
    drop(vanish);
    finish(&bench);
    Tricky::stop(&mut bench);
}

#[test]
fn a_forge_that_fails_in_the_middle() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.doors.clock = worlds::patient();
    let before = bench.world.visible();
    let refuses = || ForgeError::NotDone { action: "upload".to_owned(), source: "the disk is full".into() };
    let silent = || ForgeError::Unknown { action: "upload".to_owned(), source: "it hung up".into() };
    let corrupt = || ForgeError::Corrupt { name: "app.tar".to_owned() };
    // The draft and two assets get through, then it stops.
    for (error, code) in
        [(refuses as fn() -> ForgeError, "forge_failed"), (silent, "forge_silent"), (corrupt, "asset_corrupt")]
    {
        Tricky::play(&mut bench, Trick::AnswersAfter(AtomicI64::new(3), error));
        let failure = stopped(&bench.run(&At::default()), 20, code, "draft/upload");
        assert!(!failure.hints.is_empty(), "{failure:?}");
        assert_eq!(bench.world.visible(), before, "{code}: the draft is taken back");
    }
    Tricky::stop(&mut bench);
    finish(&bench);
}
