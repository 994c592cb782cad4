//! The repositories that are released, and what their release comes to when nobody disturbs it.

use bowline_testkit::World;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");
/// What is released.
pub(crate) const TAG: &str = "v1.1.0";

/// How the artifacts come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// They were built before, and lie in the checkout.
    Prebuilt,
    /// A command makes them in the checkout.
    InCheckout,
    /// A command makes them in a private clone.
    InClone,
}

/// A repository that is ready to be released, and the reference.
pub(crate) struct Scene {
    pub(crate) variant: Variant,
    /// Copied for every case.
    pub(crate) template: World,
    /// Every boundary of a step or a door that the reference passed, as `NAME#N`.
    pub(crate) boundaries: Vec<String>,
    /// Every moment of a durable write that it passed, as `NAME#N`.
    pub(crate) moments: Vec<String>,
    /// The outside world after the reference.
    pub(crate) visible: String,
    /// The checkout after the reference.
    pub(crate) here: String,
    /// A new clone after the reference.
    pub(crate) clone: String,
    /// The reference's run: the same plan is the same run, wherever it is made.
    pub(crate) run: String,
    /// The reference's journal: it says that everything is done.
    pub(crate) journal: Vec<u8>,
}

impl Scene {
    pub(crate) fn new(variant: Variant) -> Self {
        Self::of(variant, ready(variant))
    }

    /// The scene that `template` is the beginning of.
    pub(crate) fn of(variant: Variant, template: World) -> Self {
        the_users_own(&template, variant);
        let reference = template.copy();
        let list = reference.root().join("boundaries");
        let ran = reference.bowline_with(RELEASE, &[("BOWLINE_CRASH_LIST", list.to_str().unwrap())]);
        let _ = ran.expect_code(0);
        let clone = clone(&reference);
        let (boundaries, moments) =
            numbered(&std::fs::read_to_string(list).unwrap()).into_iter().partition(|name| !is_moment(name));
        Self {
            variant,
            boundaries,
            moments,
            visible: reference.visible(),
            here: view(&reference, &reference.work()),
            clone: view(&reference, &clone),
            run: name_of(&journal_file(&reference).unwrap()),
            journal: std::fs::read(journal_file(&reference).unwrap()).unwrap(),
            template,
        }
    }
}

/// The command that is tested.
pub(crate) const RELEASE: &[&str] = &["release", "--yes"];

/// Makes three artifacts, and kills the program that runs it when it finds a file that asks for it.
const BUILD: &str = "\
mkdir -p dist
for name in tar txt zip; do cat VERSION >dist/app.$name; done
if rm \"$HOME/kill-the-parent\" 2>/dev/null; then kill -9 $PPID; fi
";

/// A repository with something to release, and nothing else in its checkout.
pub(crate) fn ready(variant: Variant) -> World {
    ready_with(variant, "")
}

/// The same, with more configuration.
pub(crate) fn ready_with(variant: Variant, more: &str) -> World {
    let world = World::with_repository(PROGRAM);
    for sample in std::fs::read_dir(world.remote().join("hooks")).unwrap() {
        std::fs::remove_file(sample.unwrap().path()).unwrap();
    }
    world.write(".gitignore", "dist/\n");
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.write("VERSION", "1.0.0\n");
    world.write("CHANGELOG.md", "# Changelog\n\nWritten by hand.\n");
    world.write("src/staged.txt", "committed\n");
    world.write("build.sh", BUILD);
    let build = |place| format!("[build]\ncommand = [\"sh\", \"build.sh\"]\nin = \"{place}\"\n\n");
    let build = match variant {
        Variant::Prebuilt => String::new(),
        Variant::InCheckout => build("checkout"),
        Variant::InClone => build("clone"),
    };
    world.write("bowline.toml", build + "[artifacts]\ninclude = [\"dist/app.*\"]\n" + more);
    world.commit_and_push("feat: add things");
    if variant == Variant::Prebuilt {
        world.shell("mkdir dist && for name in tar txt zip; do echo artifact >dist/app.$name; done");
    }
    world
}

/// What somebody was in the middle of, and must find again.
fn the_users_own(world: &World, variant: Variant) {
    world.write("src/app.txt", "put away\n");
    world.git(&["stash", "push", "--quiet"]);
    world.write("notes/mine.txt", "untracked\n");
    // A build in the checkout would see changes of tracked files, and is refused.
    if variant != Variant::InCheckout {
        world.write("src/staged.txt", "staged\n");
        world.git(&["add", "src/staged.txt"]);
        world.write("src/staged.txt", "staged, and changed again\n");
        world.write("src/app.txt", "changed\n");
    }
}

fn numbered(list: &str) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let number = |name: &str| {
        let count = seen.entry(name.to_owned()).or_insert(0);
        *count += 1;
        format!("{name}#{count}")
    };
    list.lines().map(number).collect()
}

/// Whether a boundary lies inside a durable write: the others belong to steps and to the doors git, forge and state.
fn is_moment(name: &str) -> bool {
    let place = name.split_once('.').map_or("", |(place, _)| place);
    !name.split_once(':').is_some_and(|(_, rest)| rest.contains('/')) && !["git", "forge", "state"].contains(&place)
}

/// A new clone, on a machine that has nothing else.
pub(crate) fn clone(world: &World) -> PathBuf {
    clone_as(world, "clone")
}

/// A new clone with this name.
pub(crate) fn clone_as(world: &World, name: &str) -> PathBuf {
    world.git_in(world.root(), &["clone", "--quiet", world.remote().to_str().unwrap(), name]);
    world.root().join(name)
}

/// Everything that a person has in a checkout: head, local references, index, and every file.
pub(crate) fn view(world: &World, checkout: &Path) -> String {
    let mut out = String::new();
    for args in [
        &["symbolic-ref", "HEAD"][..],
        &["for-each-ref", "--format=%(refname) %(objectname)", "--exclude=refs/remotes"],
        &["ls-files", "--stage"],
    ] {
        out.push_str(&world.git_in(checkout, args));
        out.push('\n');
    }
    let mut files = Vec::new();
    walk(checkout, &mut |path| files.push(path.to_owned()));
    for file in files {
        let name = file.strip_prefix(checkout).unwrap().to_string_lossy().into_owned();
        // What the build makes or somebody has built, and what the campaign plants.
        if !["dist/", ".bowline", "bowline.journal", "journal/"].iter().any(|planted| name.starts_with(planted)) {
            writeln!(out, "{name} {:?}", String::from_utf8_lossy(&std::fs::read(&file).unwrap())).unwrap();
        }
    }
    out
}

/// All files below `folder` except git's own.
pub(crate) fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true if path.ends_with(".git") => {}
            true => walk(&path, visit),
            false => visit(&path),
        }
    }
}

/// The last part of a path.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The folder of the repository's state; none when there is none.
pub(crate) fn state(world: &World) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(world.root().join("state/bowline")).ok()?;
    entries.next().map(|entry| entry.unwrap().path())
}

/// The journal of the only run; none when there is none.
pub(crate) fn journal_file(world: &World) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(state(world)?.join("journal")).ok()?;
    entries.next().map(|entry| entry.unwrap().path())
}
