//! `draft/create`: finding ours again, leaving others' alone, and never losing what is public.

use crate::forge::{Trick, Tricky};
use crate::shared::{Lock, Meddle, asset, draft, finish, lose_machine, outcome, refused, stopped};
use crate::worlds;
use bowline_model::Digest;
use bowline_model::git::Marker;
use bowline_port::forge::{Drafts, NewRelease, Release};
use bowline_testkit::bench::{At, Bench};

/// A release of the planned tag made from another plan.
fn foreign(bench: &Bench) -> Release {
    let package = &bench.plan.packages[0];
    let new = NewRelease {
        tag: package.tag.clone(),
        commit: bench.plan.repository.head,
        name: "theirs".to_owned(),
        notes: "by hand".to_owned(),
        prerelease: false,
        marker: Marker { plan: Digest::of(b"another plan"), head: bench.marker.head },
    };
    bench.doors.forge.create_draft(&new).unwrap()
}

fn drafts(bench: &Bench) -> Vec<Release> {
    match bench.doors.forge.drafts().unwrap() {
        Drafts::Visible(drafts) => drafts,
        Drafts::Invisible => panic!("drafts are visible here"),
    }
}

#[test]
fn a_release_of_somebody_else_is_a_conflict() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.doors.forge.publish(&foreign(&bench), false).unwrap();
    let before = bench.world.visible();
    let failure = stopped(&bench.run(&At::default()), 23, "release_taken", "draft/create");
    assert!(failure.message.contains("v1.1.0") && failure.hints[0].contains("v1.1.0"), "{failure:?}");
    refused(&bench.world, &[], 23, ("release_taken", "draft/create"));
    assert_eq!(bench.world.visible(), before);
}

#[test]
fn a_draft_of_somebody_else_does_not_matter() {
    let bench = worlds::bench(worlds::with_artifacts());
    let theirs = foreign(&bench);
    assert!(bench.run(&At { fail: Some("push/refs".to_owned()), crash: None }).failure.is_some());
    assert_eq!(drafts(&bench), std::slice::from_ref(&theirs), "only ours is taken back");
    finish(&bench);
    assert_eq!(drafts(&bench), [theirs]);
}

/// The lock is asked for before each effect, and whoever lost it makes nothing any more.
#[test]
fn without_the_lock_no_draft_is_made() {
    let bench = worlds::bench(worlds::with_artifacts());
    let before = bench.world.visible();
    let lock = Lock::default();
    let meddle = Meddle::before("draft/create", || lock.lost_at_step.set(true));
    stopped(&bench.run_holding(&lock, &meddle), 25, "lock_lost", "draft/create");
    assert_eq!((drafts(&bench), bench.world.visible()), (Vec::new(), before));
    finish(&bench);
}

/// Whoever has the lock now makes the same draft: nobody else takes it away from him.
#[test]
fn without_the_lock_the_draft_stays() {
    let bench = worlds::bench(worlds::with_artifacts());
    let lock = Lock::default();
    lock.lost.set(true);
    let failing = At { fail: Some("draft/verify".to_owned()), crash: None };
    let failure = bench.run_holding(&lock, &failing).failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), ("lock_lost", 25), "{failure:?}");
    assert_eq!(failure.causes, ["made to fail by a test"]);
    assert_eq!(drafts(&bench).len(), 1, "it was taken back");
    let end = bench.unwind_holding(&lock);
    assert_eq!(outcome(&end, "draft/create"), "undo_failed");
    assert_eq!(end.failure.as_ref().map(|failure| failure.code.as_str()), Some("lock_lost"));
    assert_eq!(drafts(&bench).len(), 1, "it was taken back");
    lock.lost.set(false);
    assert!(bench.run_holding(&lock, &failing).failure.is_some());
    assert_eq!(drafts(&bench), [], "what is ours is taken back");
}

#[test]
fn two_drafts_of_ours_become_one() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("draft/upload");
    let ours = drafts(&bench).remove(0);
    let new = NewRelease {
        tag: ours.tag.clone(),
        commit: bench.plan.repository.head,
        name: ours.name.clone(),
        notes: ours.notes.clone(),
        prerelease: false,
        marker: bench.marker,
    };
    bench.doors.forge.create_draft(&new).unwrap();
    assert_eq!(drafts(&bench).len(), 2);
    assert!(bench.unwind().failure.is_none());
    assert_eq!(drafts(&bench), [], "taking back takes both");
    bench.run_until("draft/upload");
    bench.doors.forge.create_draft(&new).unwrap();
    finish(&bench);
    assert_eq!(drafts(&bench), [], "publishing leaves none behind");
}

/// The machine is lost with a whole draft made, and what is built on the next one differs.
#[test]
fn a_whole_draft_is_the_frozen_set() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("push/refs");
    lose_machine(&mut bench);
    bench.world.write("dist/app.tar", "another build");
    let end = finish(&bench);
    assert_eq!((outcome(&end, "build/manifest"), outcome(&end, "draft/create")), ("already_done", "already_done"));
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}

#[test]
fn a_draft_with_other_files_is_made_again() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("push/refs");
    std::fs::remove_file(draft(&bench.world).join("app.zip")).unwrap();
    lose_machine(&mut bench);
    bench.world.write("dist/app.tar", "another build");
    let end = finish(&bench);
    assert_eq!((outcome(&end, "build/manifest"), outcome(&end, "draft/create")), ("done", "done"));
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "another build");
    assert_eq!(asset(&bench.world, "v1.1.0", "app.zip"), "artifact two");
    assert_eq!(drafts(&bench), []);
}

/// What somebody else has put into our draft is his, and so nothing of the draft is removed.
#[test]
fn a_draft_with_a_file_of_somebody_else_stays() {
    let bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("push/refs");
    for (name, bytes) in [("extra.exe", "x"), ("app.tar", "of another size")] {
        let path = draft(&bench.world).join(name);
        let ours = std::fs::read(&path).ok();
        std::fs::write(&path, bytes).unwrap();
        let before = bench.world.visible();
        let failure = stopped(&bench.run(&At::default()), 23, "assets_differ", "draft/create");
        assert!(failure.message.contains(name) && failure.hints.len() == 2, "{failure:?}");
        let kept = bench.unwind().failure.map(|failure| failure.code);
        assert_eq!(kept.as_deref(), Some("assets_differ"), "giving up says that it stays");
        assert_eq!(bench.world.visible(), before, "nothing is removed");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bytes);
        match ours {
            Some(ours) => std::fs::write(&path, ours).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}

/// The tag is public, the machine and a part of the draft are lost, and what is built again differs.
fn lost_after_the_push() -> Bench {
    let mut bench = worlds::bench(worlds::with_artifacts());
    bench.run_until("publish/release");
    std::fs::remove_file(draft(&bench.world).join("app.zip")).unwrap();
    lose_machine(&mut bench);
    bench.world.write("dist/app.tar", "another build");
    let before = bench.world.visible();
    let failure = stopped(&bench.run(&At::default()), 22, "pushed_files_lost", "draft/create");
    assert_eq!(failure.hints.len(), 2, "{failure:?}");
    assert_eq!(bench.world.visible(), before, "nothing is thrown away");
    bench
}

#[test]
fn a_public_tag_gets_the_original_files() {
    let bench = lost_after_the_push();
    bench.world.write("dist/app.tar", "artifact one");
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}

#[test]
fn or_those_at_hand_once_the_draft_was_deleted() {
    let bench = lost_after_the_push();
    std::fs::remove_dir_all(bench.world.releases().join(".staging")).unwrap();
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "another build");
}

#[test]
fn what_is_missing_is_found_before_anything_is_made() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    Tricky::play(&mut bench, Trick::NotWritable);
    let end = bench.run(&At::default());
    let failure = stopped(&end, 12, "forge_not_writable", "draft/create");
    assert!(failure.hints[0].contains("releases/app writable"), "{failure:?}");
    assert!(end.steps.iter().all(|step| step.id.starts_with("gate/")), "{:?}", end.steps);
    Tricky::play(&mut bench, Trick::InvisibleDrafts);
    stopped(&bench.run(&At::default()), 12, "drafts_invisible", "draft/create");
    Tricky::stop(&mut bench);
    finish(&bench);
}

#[test]
fn a_file_in_the_place_of_the_releases() {
    let world = worlds::with_artifacts();
    std::fs::create_dir_all(world.releases().parent().unwrap()).unwrap();
    std::fs::write(world.releases(), "in the way").unwrap();
    let before = world.checkout();
    let result = crate::shared::release(&world, &[], 20);
    assert!(result["failure"].to_string().contains("releases/app"), "{result:#}");
    assert_eq!((world.checkout(), std::fs::read_to_string(world.releases()).unwrap().as_str()), (before, "in the way"));
}

#[test]
fn a_forge_that_is_not_supported() {
    let world = worlds::with_artifacts();
    world.write("bowline.toml", "[forge]\nkind = \"gitlab\"\n");
    world.commit_and_push("fix: move");
    let before = (world.visible(), world.checkout());
    let _ = world.bowline(&["plan"]).expect_code(0);
    let result = crate::shared::release(&world, &[], 12);
    assert_eq!(result["failure"]["code"], "forge_unsupported", "{result:#}");
    assert_eq!((world.visible(), world.checkout()), before);
}
