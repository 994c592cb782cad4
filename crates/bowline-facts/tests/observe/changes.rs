//! Change files: which are read, who added them, what a pre-release has already, and what a version used up.

use crate::world::World;
use bowline_model::facts::ChangeFileFact;

const FILES: &str = "[commits]\nsources = [\"change-files\"]\n";

fn world() -> World {
    let mut world = World::without_remote();
    world.asked.config = FILES;
    std::fs::create_dir_all(world.work.join(".changeset/folder")).unwrap();
    world
}

/// `name` of each, `=` before what is contained, the tag before what is spent, the commit that added it behind it.
fn shown(files: &[ChangeFileFact]) -> String {
    let one = |file: &ChangeFileFact| {
        let name = file.path.strip_prefix(".changeset/").unwrap().trim_end_matches(".md");
        let mark = if file.contained { "=" } else { "" };
        let mark = file.spent.as_ref().map_or(mark.to_owned(), |tag| format!("{mark}{tag}:"));
        format!("{mark}{name} {}", file.added.map(|commit| commit.to_string()).unwrap_or_default())
    };
    files.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn files_of_the_head_commit_with_who_added_them() {
    let mut world = world();
    world.tag("v1.0.0");
    let first = world.commit_file(".changeset/b.md", "b");
    for other in ["README.md", "config.json", ".hidden.md", "folder/x.md", "x.txt"] {
        world.commit_file(&format!(".changeset/{other}"), "x");
    }
    world.git(&["switch", "--quiet", "--create", "topic"]);
    let second = world.commit_file(".changeset/a.md", "a");
    world.git(&["switch", "--quiet", "main"]);
    world.commit_file(".changeset/b.md", "b, corrected");
    world.git(&["merge", "--quiet", "--no-ff", "--message", "Merge", "topic"]);
    std::fs::write(world.work.join(".changeset/uncommitted.md"), "x").unwrap();
    std::os::unix::fs::symlink("a.md", world.work.join(".changeset/link.md")).unwrap();
    world.git(&["add", ".changeset/link.md"]);
    world.commit("chore: a link");
    let facts = world.facts();
    assert_eq!(shown(&facts.change_files), format!("a {second}, b {first}"));
    assert_eq!(facts.files.iter().filter(|file| file.path.starts_with(".changeset")).count(), 0);
    world.commit_file(".changeset/pre.json", "{}");
    assert!(world.facts().file(".changeset/pre.json").is_some());
    world.asked.config = "";
    let facts = world.facts();
    assert_eq!((facts.change_files.len(), facts.file(".changeset/pre.json")), (0, None), "nobody asked for them");
}

#[test]
fn what_a_pre_release_has_already() {
    let world = world();
    world.commit_file(".changeset/a.md", "a");
    world.commit_file(".changeset/b.md", "b");
    world.tag("v1.1.0-beta.0");
    world.commit_file(".changeset/b.md", "b, corrected");
    let added = world.commit_file(".changeset/c.md", "c");
    assert_eq!(shown(&world.facts().change_files), format!("=a , b , c {added}"));
    // A final version that left them has told them when it is a release of ours that reads them, a promotion.
    let others = "[commits]\nsources = [\"change-files\"]\nchange_files = \"other\"\n";
    for (config, is_ours, expected) in [
        (FILES, false, "a , b , c "),
        ("", true, "a , b , c "),
        (others, true, "a , b , c "),
        ("not = [toml", true, "a , b , c "),
        (FILES, true, "v1.1.0:a , v1.1.0:b , v1.1.0:c "),
    ] {
        world.commit_file("bowline.toml", config);
        world.annotate("v1.1.0", is_ours.then(|| world.marker("plan")));
        world.commit("docs: more");
        assert_eq!(shown(&world.facts().change_files), expected, "{config:?} {is_ours}");
        if !expected.starts_with('v') {
            world.git(&["tag", "--delete", "v1.1.0"]);
        }
    }
    // They stay spent behind pre-releases, until somebody edits them.
    world.commit_file(".changeset/b.md", "b, again");
    world.tag("v1.2.0-beta.0");
    world.commit("docs: even more");
    assert_eq!(shown(&world.facts().change_files), "=v1.1.0:a , =b , =v1.1.0:c ");
}

#[test]
fn what_a_version_used_up() {
    let world = world();
    world.commit_file("bowline.toml", FILES);
    world.tag("v1.0.0");
    let added = world.commit_file(".changeset/a.md", "a");
    let stays = world.commit_file(".changeset/stays.md", "x");
    world.tag("v1.1.0-beta.0");
    let second = world.commit_file(".changeset/b.md", "b");
    world.tag("v1.1.0-beta.1");
    let marker = world.marker("plan");
    world.git(&["rm", "--quiet", ".changeset/a.md", ".changeset/b.md"]);
    world.release_commit(marker);
    world.annotate("v1.1.0", Some(marker));
    let new = world.commit_file(".changeset/new.md", "new");
    world.tag("v1.2.0-beta.0");
    world.git(&["rm", "--quiet", ".changeset/new.md", ".changeset/stays.md"]);
    world.commit("chore(release): 1.2.0");
    world.tag("v1.2.0");
    let facts = world.facts();
    let tag = |version: &str| facts.version_tags.iter().find(|tag| tag.version.to_string() == version).unwrap();
    let used = |version: &str, previous: &str, last_final: &str| {
        shown(&world.used_up(tag(version), tag(previous), Some(tag(last_final))))
    };
    // What was not removed is used up as well: no later version tells of it.
    assert_eq!(used("1.1.0", "1.0.0", "1.0.0"), format!("a {added}, b {second}, stays {stays}"));
    assert_eq!(used("1.1.0-beta.1", "1.1.0-beta.0", "1.0.0"), format!("=a , b {second}, =stays "));
    assert_eq!(used("1.2.0-beta.0", "1.1.0", "1.1.0"), format!("new {new}, v1.1.0:stays "));
    assert_eq!(used("1.2.0", "1.2.0-beta.0", "1.1.0"), "new ", "what 1.1.0 told is removed, and not told again");
    // A tag by hand tells nothing of what it left.
    world.git(&["tag", "--force", "v1.1.0", "v1.1.0^{commit}"]);
    let facts = world.facts();
    let tag = |version: &str| facts.version_tags.iter().find(|tag| tag.version.to_string() == version).unwrap();
    let used = |version: &str, previous: &str, last_final: &str| {
        shown(&world.used_up(tag(version), tag(previous), Some(tag(last_final))))
    };
    assert_eq!(used("1.1.0", "1.0.0", "1.0.0"), format!("a {added}, b {second}"));
    assert_eq!(used("1.2.0", "1.2.0-beta.0", "1.1.0"), "new , stays ");
}

/// A changelog in the folder of change files is none of them.
#[test]
fn what_a_release_edits_is_no_change_file() {
    let mut world = world();
    world.asked.config = "[commits]\nsources = [\"change-files\"]\n[changelog]\npath = \".changeset/HISTORY.md\"\n";
    for name in ["HISTORY", "x"] {
        world.commit_file(&format!(".changeset/{name}.md"), "x");
    }
    let facts = world.facts();
    assert_eq!(facts.change_files.len(), 1, "{:?}", facts.change_files);
    assert!(facts.file(".changeset/HISTORY.md").is_some());
}
