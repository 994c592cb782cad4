//! `commit/objects`: the same objects everywhere, and nothing else touched.

use crate::shared::{release, stopped};
use crate::worlds;
use bowline_engine::Point;
use bowline_model::git::Marker;
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};

/// Makes the objects and stops.
fn objects(bench: &Bench) -> ReleaseObjects {
    let at = At { crash: Some((Point::AfterEffect, "commit/objects".to_owned())), fail: None };
    assert!(bench.run(&at).interrupted);
    let end = bench.run_until("draft/create");
    serde_json::from_value(end.receipts.raw("commit/objects").expect("a receipt")).unwrap()
}

#[test]
fn no_machine_makes_other_objects() {
    let mut other = worlds::with_artifacts();
    other.set("TZ", "Asia/Kathmandu");
    other.set("LANG", "de_DE.UTF-8");
    for (key, value) in [
        ("user.name", "Somebody"),
        ("user.email", "somebody@example.org"),
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
        ("core.autocrlf", "true"),
        ("core.fileMode", "false"),
        ("i18n.commitEncoding", "latin1"),
    ] {
        other.git(&["config", key, value]);
    }
    let (first, second) = (worlds::bench(worlds::with_artifacts()), worlds::bench(other));
    let made = objects(&first);
    assert_eq!(made, objects(&second));
    let commit = first.world.git(&["cat-file", "commit", &made.commit.to_string()]);
    let who = format!("Bowline <bowline@users.noreply.invalid> {} +0000", first.plan.created.unix());
    assert!(commit.contains(&format!("author {who}\ncommitter {who}\n\nchore(release): 1.1.0\n")), "{commit}");
}

#[test]
fn nothing_points_to_them_and_the_index_stays() {
    let world = worlds::with_artifacts();
    world.shell("echo staged > src/app.txt; git add src/app.txt; echo mine > untracked");
    let bench = worlds::bench(world);
    let index = || std::fs::read(bench.world.work().join(".git/index")).unwrap();
    let before = (index(), bench.world.checkout(), bench.world.visible());
    let made = objects(&bench);
    assert_eq!((index(), bench.world.checkout(), bench.world.visible()), before);
    // What was only staged is not in the release.
    let changed = bench.world.git(&["diff", "--name-only", "HEAD", &made.commit.to_string()]);
    assert_eq!(changed, "CHANGELOG.md\nVERSION\npackage.json");
    let parents = bench.world.git(&["log", "-1", "--format=%P", &made.commit.to_string()]);
    assert_eq!(parents, bench.plan.repository.head.to_string());
}

#[test]
fn a_file_keeps_its_permissions() {
    let world = worlds::with_artifacts();
    world.shell("chmod 755 VERSION");
    world.commit_and_push("fix: run it");
    release(&world, &[], 0);
    assert!(world.git(&["ls-tree", "v1.1.0", "VERSION"]).starts_with("100755 "));
    assert!(world.git(&["ls-tree", "v1.1.0", "package.json"]).starts_with("100644 "));
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn without_edits_the_tag_stands_on_the_head() {
    let bench = worlds::bench(worlds::tags_only());
    let made = objects(&bench);
    assert_eq!(made.commit, bench.plan.repository.head);
    let tag = bench.world.git(&["cat-file", "tag", &made.tag.to_string()]);
    assert!(tag.starts_with(&format!("object {}\ntype commit\ntag v1.0.1\n", made.commit)), "{tag}");
}

fn message(world: &World, object: &str) -> String {
    let raw = world.git(&["cat-file", "-p", object]);
    raw.split_once("\n\n").expect("a message").1.to_owned()
}

#[test]
fn a_configured_message_cannot_speak_for_the_marker() {
    let world = worlds::with_artifacts();
    let forged = format!("\\n\\nBowline-Plan: sha256:{}\\n  bowline-head: {}", "0".repeat(64), "0".repeat(40));
    world.write(
        "bowline.toml",
        format!("[release]\ncommit_message = \"release {{tag}}{forged}\"\ntag_message = \"{{tag}}{forged}\"\n"),
    );
    world.commit_and_push("fix: be funny");
    let bench = worlds::bench(world);
    let made = objects(&bench);
    for (object, subject) in [(made.commit, "release v1.1.0"), (made.tag, "v1.1.0")] {
        let text = message(&bench.world, &object.to_string());
        assert_eq!(Marker::parse(text.as_bytes()), Some(bench.marker), "{text}");
        let forged =
            text.lines().filter(|line| line.to_ascii_lowercase().contains("bowline-") && line.contains("00000"));
        assert!(forged.clone().count() == 2 && forged.clone().all(|line| line.starts_with("  ")), "{text}");
        assert!(text.starts_with(&format!("{subject}\n\n")), "{text}");
    }
}

#[test]
fn a_plan_for_other_files_needs_a_person() {
    let mut bench = worlds::bench(worlds::with_artifacts());
    let edit = bench.plan.packages[0].edits.iter_mut().find(|edit| edit.file == "VERSION").unwrap();
    edit.from = "3.0.0".to_owned();
    let before = bench.world.visible();
    stopped(&bench.run(&At::default()), 22, "plan_does_not_apply", "gate/tree");
    let edit = bench.plan.packages[0].edits.iter_mut().find(|edit| edit.file == "VERSION").unwrap();
    edit.file = "MISSING".to_owned();
    let failure = stopped(&bench.run(&At::default()), 22, "plan_does_not_apply", "gate/tree");
    assert!(failure.message.contains("MISSING does not exist"), "{failure:?}");
    assert_eq!(bench.world.visible(), before);
}
