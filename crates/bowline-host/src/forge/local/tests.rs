//! The exam, and what only a folder can do wrong.

use super::*;
use crate::testing::SmallDisk;
use bowline_model::Timestamp;
use bowline_port::clock::FixedClock;
use bowline_port::forge::conformance::{self, new_release};
use std::os::unix::fs::symlink;
use tempfile::TempDir;

fn at(root: &Path) -> LocalForge {
    LocalForge::new(root, Arc::new(FixedClock::new(Timestamp::from_unix(1_795_415_075).unwrap())))
}

fn forge() -> (TempDir, LocalForge) {
    let dir = tempfile::tempdir().unwrap();
    let forge = at(&dir.path().join("releases"));
    (dir, forge)
}

fn upload(forge: &LocalForge, draft: &Release, name: &str, bytes: &[u8]) -> Result<Asset, ForgeError> {
    forge.upload(draft, &Artifact::of(name, bytes), &conformance::of(bytes))
}

fn release(forge: &LocalForge, tag: &str, plan: u8) -> Release {
    let draft = forge.create_draft(&new_release(tag, plan)).unwrap();
    upload(forge, &draft, "app.zip", tag.as_bytes()).unwrap();
    forge.publish(&draft, !tag.contains('-')).unwrap()
}

fn drafts(forge: &LocalForge) -> Vec<Release> {
    match forge.drafts().unwrap() {
        Drafts::Visible(drafts) => drafts,
        Drafts::Invisible => panic!("local drafts are visible"),
    }
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn passes_the_exam() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance::run(&|| {
        number.set(number.get() + 1);
        Arc::new(at(&dir.path().join(number.get().to_string())))
    });
}

#[test]
fn the_layout_is_as_promised() {
    let (_dir, forge) = forge();
    release(&forge, "v1.0.0", 1);
    release(&forge, "a/b@v2.0.0", 2);
    assert_eq!(names(&forge.root), ["a", "index.html", "latest", "v1.0.0"]);
    assert_eq!(names(&forge.root.join("v1.0.0")), ["assets", "notes.md", "release.json"]);
    assert_eq!(names(&forge.root.join("v1.0.0/assets")), ["app.zip"]);
    assert_eq!(std::fs::read_to_string(forge.root.join("latest")).unwrap(), "a/b@v2.0.0\n");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(forge.root.join("v1.0.0/release.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "bowline/local-release/v1");
    assert_eq!((&json["draft"], &json["published"]), (&false.into(), &"2026-11-23T06:24:35Z".into()));
    assert_eq!(json["assets"][0]["sha256"], bowline_model::Digest::of(b"v1.0.0").to_string());
    assert_eq!(
        forge.published(&TagName::new("v1.0.0").unwrap()).unwrap().unwrap().url,
        forge.url(&TagName::new("v1.0.0").unwrap())
    );
}

#[test]
fn the_index_lists_releases_newest_first_and_escaped() {
    let (_dir, forge) = forge();
    for (plan, tag) in ["v1.2.0", "nightly", "v1.10.0", "v1.10.0-rc.1"].into_iter().enumerate() {
        release(&forge, tag, plan as u8);
    }
    let page = std::fs::read_to_string(forge.root.join("index.html")).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing in {page}"));
    let order = ["\"v1.10.0\"", "\"v1.10.0-rc.1\"", "\"v1.2.0\"", "\"nightly\""].map(|tag| at(&format!("id={tag}")));
    assert!(order.is_sorted(), "{order:?}");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
    assert!(page.contains("\\u{202E}- 漢字") && page.contains("“ünïcode” &lt;b&gt;&amp;amp;"), "{page}");
    assert!(page.contains("./v1.10.0/assets/app.zip") && page.contains("datetime=\"2026-11-23T06:24:35Z\""));
    assert!(page.contains(&bowline_model::Digest::of(b"v1.2.0").hex()));
    assert_eq!(page.matches("<small>pre-release</small>").count(), 1);
    assert_eq!(page.matches("<small>latest</small>").count(), 1);
}

#[test]
fn a_crash_while_making_a_draft_leaves_nothing_for_long() {
    let (_dir, forge) = forge();
    let half_made = forge.root.join(".staging/1-0123456789.tmp");
    std::fs::create_dir_all(half_made.join("assets")).unwrap();
    std::fs::write(half_made.join("release.json"), "{}").unwrap();
    for foreign in ["not-ours", "not-ours.tmp"] {
        std::fs::create_dir_all(forge.root.join(".staging").join(foreign)).unwrap();
    }
    assert_eq!(drafts(&forge), []);
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    assert!(!half_made.exists());
    assert!(forge.root.join(".staging/not-ours").exists() && forge.root.join(".staging/not-ours.tmp").exists());
    assert_eq!(drafts(&forge), [draft]);
}

#[test]
fn a_crash_between_asset_and_record_loses_neither() {
    let (_dir, forge) = forge();
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let folder = forge.root.join(".staging").join(&draft.id);
    std::fs::write(folder.join("assets/app.zip"), "bytes").unwrap();
    std::fs::write(folder.join("assets/.bowline-9-9.tmp"), "unfinished").unwrap();
    std::fs::write(folder.join(".bowline-9-8.tmp"), "unfinished").unwrap();
    let seen = drafts(&forge);
    assert_eq!(seen[0].assets.len(), 1);
    assert_eq!(seen[0].assets[0].sha256, Some(bowline_model::Digest::of(b"bytes")));
    upload(&forge, &draft, "app.zip", b"bytes").unwrap();
    assert!(matches!(upload(&forge, &draft, "app.zip", b"other"), Err(ForgeError::Taken { .. })));
    let published = forge.publish(&draft, true).unwrap();
    assert_eq!(published.assets, seen[0].assets);
    assert_eq!(names(&forge.root.join("v1.0.0/assets")), ["app.zip"]);
    assert_eq!(names(&forge.root.join("v1.0.0")), ["assets", "notes.md", "release.json"]);
}

#[test]
fn a_crash_in_the_middle_of_publishing_is_repaired_by_publishing_again() {
    let (_dir, forge) = forge();
    // Between the record and the rename it is still a draft.
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let record = forge.root.join(".staging").join(&draft.id).join("release.json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replace("\"draft\": true", "\"draft\": false")).unwrap();
    assert_eq!(drafts(&forge), std::slice::from_ref(&draft));
    let published = forge.publish(&draft, true).unwrap();
    // After the rename it is public, and the derived files are made by the next call.
    for derived in ["latest", "index.html"] {
        std::fs::remove_file(forge.root.join(derived)).unwrap();
    }
    assert_eq!(forge.published(&draft.tag).unwrap().as_ref(), Some(&published));
    assert_eq!(forge.publish(&draft, true).unwrap(), published);
    assert_eq!(names(&forge.root), ["index.html", "latest", "v1.0.0"]);
}

#[test]
fn releases_do_not_stand_in_each_others_folders() {
    let (_dir, forge) = forge();
    let taken = |tag: &str, plan| {
        let outcome = forge.create_draft(&new_release(tag, plan)).and_then(|draft| {
            let outcome = forge.publish(&draft, true);
            forge.delete_draft(&draft)?;
            outcome
        });
        assert!(matches!(outcome, Err(ForgeError::Taken { .. })), "{tag}: {outcome:?}");
    };
    let first = release(&forge, "a/v1.0.0", 1);
    for (plan, tag) in ["a", "a/v1.0.0/assets", "a/v1.0.0/x/y", "latest", "index.html", "latest/x"].iter().enumerate() {
        taken(tag, plan as u8 + 2);
    }
    assert_eq!(forge.published(&first.tag).unwrap(), Some(first));
    assert_eq!(names(&forge.root), ["a", "index.html", "latest"]);
}

#[test]
fn foreign_things_are_refused_and_left_alone() {
    let (dir, forge) = forge();
    let tag = TagName::new("v1.0.0").unwrap();
    let folder = forge.root.join("v1.0.0");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("README"), "mine").unwrap();
    assert_eq!(forge.published(&tag).unwrap(), None);
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    assert!(matches!(forge.publish(&draft, true), Err(ForgeError::Taken { .. })));
    for json in ["{", "{}", r#"{"schema":"bowline/local-release/v2"}"#, r#"{"schema":"bowline/local-release/v1"}"#] {
        std::fs::write(folder.join("release.json"), json).unwrap();
        assert!(matches!(forge.published(&tag), Err(ForgeError::NotDone { .. })), "{json}");
        assert!(matches!(forge.publish(&draft, true), Err(ForgeError::NotDone { .. })), "{json}");
    }
    let other = release(&forge, "v2.0.0", 2);
    assert_eq!(drafts(&forge).len(), 1);
    assert_eq!(std::fs::read(folder.join("README")).unwrap(), b"mine");

    std::fs::write(dir.path().join("secret"), "secret").unwrap();
    let asset = forge.root.join("v2.0.0/assets/app.zip");
    std::fs::remove_file(&asset).unwrap();
    symlink(dir.path().join("secret"), &asset).unwrap();
    assert!(matches!(forge.published(&other.tag), Err(ForgeError::NotDone { .. })));
    assert!(matches!(forge.download(&other, "app.zip", &mut Vec::new()), Err(ForgeError::NotDone { .. })));
    for name in ["../release.json", "../../latest", ".bowline-1-1.tmp", ""] {
        assert!(forge.download(&other, name, &mut Vec::new()).is_err(), "{name}");
    }
}

#[test]
fn a_damaged_asset_is_not_shown_as_complete() {
    let (_dir, forge) = forge();
    let published = release(&forge, "v1.0.0", 1);
    std::fs::write(forge.root.join("v1.0.0/assets/app.zip"), "other length").unwrap();
    std::fs::write(forge.root.join("v1.0.0/assets/extra"), "x").unwrap();
    let seen = forge.published(&published.tag).unwrap().unwrap();
    assert_eq!(seen.assets.len(), 2);
    assert!(seen.assets.iter().all(|asset| !asset.complete && asset.sha256.is_none()));
}

#[test]
fn parallel_uploads_are_all_recorded() {
    let (_dir, forge) = forge();
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (forge, draft) = (&forge, &draft);
            scope.spawn(move || {
                for number in 0..8 {
                    upload(forge, draft, &format!("{thread}-{number}"), &[thread, number]).unwrap();
                }
            });
        }
    });
    let record = std::fs::read_to_string(forge.root.join(".staging").join(&draft.id).join("release.json")).unwrap();
    assert_eq!(record.matches("sha256:").count(), 32 + 1, "every asset and the marker");
    assert_eq!(forge.publish(&draft, true).unwrap().assets.len(), 32);
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_anything_happens() {
    let (dir, forge) = forge();
    forge.check_writable().unwrap();
    assert_eq!(names(dir.path()), Vec::<String>::new());
    std::fs::write(dir.path().join("file"), "").unwrap();
    for place in [dir.path().join("file"), dir.path().join("file/releases"), "/proc/releases".into()] {
        let forge = at(&place);
        assert!(matches!(forge.check_writable(), Err(ForgeError::NotDone { .. })), "{}", place.display());
        let draft = forge.create_draft(&new_release("v1.0.0", 1));
        assert!(matches!(draft, Err(ForgeError::NotDone { .. })), "{}", place.display());
    }
}

#[test]
fn a_full_disk_is_said_before_and_survived_in_the_middle() {
    let Some(disk) = SmallDisk::mount() else { return };
    let forge = at(&disk.path().join("releases"));
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    assert!(matches!(upload(&forge, &draft, "app.zip", &vec![7; 2 << 20]), Err(ForgeError::NotDone { .. })));
    assert_eq!(drafts(&forge), std::slice::from_ref(&draft));
    upload(&forge, &draft, "small", b"bytes").unwrap();
    forge.publish(&draft, true).unwrap();
    disk.fill();
    assert!(matches!(forge.check_writable(), Err(ForgeError::NotDone { .. })));
    assert!(matches!(forge.create_draft(&new_release("v1.1.0", 2)), Err(ForgeError::NotDone { .. })));
    assert_eq!(names(&forge.root), ["index.html", "latest", "v1.0.0"]);
    assert_eq!(drafts(&forge), []);
}

#[test]
fn a_read_only_folder_is_said() {
    let Some(disk) = SmallDisk::mount() else { return };
    let forge = at(&disk.path().join("releases"));
    let published = release(&forge, "v1.0.0", 1);
    disk.make_read_only();
    assert!(matches!(forge.check_writable(), Err(ForgeError::NotDone { .. })));
    assert!(matches!(forge.create_draft(&new_release("v1.1.0", 2)), Err(ForgeError::NotDone { .. })));
    assert_eq!(forge.published(&published.tag).unwrap(), Some(published));
}
