//! Writing commits, tags and what belongs to them.
//!
//! Bytes are put together by hand, from the request alone, so the same request gives the same id on every machine.
//! Each object is a loose file, renamed into place by the database; before an id is returned, the file, its folder and
//! the objects folder were synced, so what a push announces survives a power cut.

use super::objects::{ObjectError, Objects, error, to_oid};
use super::raw::{Mode, TreeEntry, write_tree};
use crate::clock::SystemClock;
use bowline_model::Oid;
use bowline_model::plan::Identity;
use bowline_model::seeded::{Bug, seeded};
use bowline_model::text::one_line;
use bowline_port::clock::Clock;
use bowline_port::git::{GitError, NewCommit, NewTag};
use gix::ObjectId;
use gix::objs::{Kind, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;

/// Whether objects are written, or only named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Written and durable.
    Durably,
    /// Their ids are computed and nothing is left behind.
    Nothing,
}

/// A commit with its files and trees.
pub(super) fn commit(objects: &mut Objects<'_>, new: &NewCommit, keep: Keep) -> Result<Oid, GitError> {
    const ACTION: &str = "write a commit to";
    let who = identity(&new.identity).map_err(super::local(ACTION))?;
    no_null(&new.message).map_err(super::local(ACTION))?;
    let mut writer = Writer::new(keep);
    let tree = tree(&mut writer, objects, new)?;
    let text = format!(
        "tree {tree}\nparent {}\nauthor {who} {time} +0000\ncommitter {who} {time} +0000\n\n{}",
        new.parent,
        new.message,
        time = new.time.unix(),
    );
    let id = writer.write(objects, Kind::Commit, text.as_bytes())?;
    writer.sync().map_err(super::local(ACTION))?;
    Ok(to_oid(id))
}

/// The id of the tree that this commit would have.
pub(super) fn tree_id(objects: &mut Objects<'_>, new: &NewCommit) -> Result<Oid, GitError> {
    Ok(to_oid(tree(&mut Writer::new(Keep::Nothing), objects, new)?))
}

fn tree(writer: &mut Writer, objects: &mut Objects<'_>, new: &NewCommit) -> Result<ObjectId, GitError> {
    const ACTION: &str = "write a tree to";
    let mut edits = Folder::default();
    for (path, content) in &new.files {
        let parts = parts(path).map_err(super::local(ACTION))?;
        let blob = writer.write(objects, Kind::Blob, content)?;
        edits.add(path, &parts, Some(blob)).map_err(super::local(ACTION))?;
    }
    for path in &new.removed {
        let parts = parts(path).map_err(super::local(ACTION))?;
        edits.add(path, &parts, None).map_err(super::local(ACTION))?;
    }
    let base = objects.tree_of(new.parent)?;
    let entries = writer.folder(objects, Some(base), &edits)?;
    writer.write(objects, Kind::Tree, &write_tree(entries))
}

/// An annotated tag of a commit.
pub(super) fn tag(objects: &mut Objects<'_>, new: &NewTag, keep: Keep) -> Result<Oid, GitError> {
    const ACTION: &str = "write a tag to";
    let who = identity(&new.identity).map_err(super::local(ACTION))?;
    no_null(&new.message).map_err(super::local(ACTION))?;
    let target = objects.known_id(new.target)?;
    // A commit whose id was only computed is not there yet.
    if keep == Keep::Durably {
        match objects.kind(target)? {
            Some(Kind::Commit) => {}
            Some(found) => return Err(error(target, ObjectError::Kind { found, wanted: Kind::Commit })),
            None => return Err(error(target, ObjectError::Missing)),
        }
    }
    let time = if seeded(Bug::NewTagDate) { SystemClock::new().now() } else { new.time };
    let text = format!(
        "object {target}\ntype commit\ntag {}\ntagger {who} {} +0000\n\n{}",
        new.name,
        time.unix(),
        new.message,
    );
    let mut writer = Writer::new(keep);
    let id = writer.write(objects, Kind::Tag, text.as_bytes())?;
    writer.sync().map_err(super::local(ACTION))?;
    Ok(to_oid(id))
}

/// A commit that carries `value` as its only file, called `name`, and has no parent but `parent`. Nothing else goes into
/// it, so equal values over equal parents are equal objects on every machine.
pub(super) fn value(objects: &Objects<'_>, name: &str, value: &[u8], parent: Option<Oid>) -> Result<Oid, GitError> {
    let mut writer = Writer::new(Keep::Durably);
    let blob = writer.write(objects, Kind::Blob, value)?;
    let entry = TreeEntry { mode: Mode::FILE, name: name.into(), id: blob };
    let tree = writer.write(objects, Kind::Tree, &write_tree(vec![entry]))?;
    let who = "Bowline <bowline@users.noreply.invalid> 0 +0000";
    let parent = parent.map_or_else(String::new, |parent| format!("parent {parent}\n"));
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nstate of Bowline\n");
    let id = writer.write(objects, Kind::Commit, text.as_bytes())?;
    writer.sync().map_err(super::local("write state to"))?;
    Ok(to_oid(id))
}

/// Files by folder: new ones, and none for those that go.
#[derive(Default)]
struct Folder {
    files: BTreeMap<String, Option<ObjectId>>,
    folders: BTreeMap<String, Folder>,
}

impl Folder {
    fn add(&mut self, path: &str, parts: &[&str], blob: Option<ObjectId>) -> Result<(), super::Unusable> {
        let clash = || super::Unusable(format!("`{}` is given twice, or as file and folder", one_line(path, 200)));
        let Some((name, folders)) = parts.split_last() else { return Err(clash()) };
        let mut here = self;
        for folder in folders {
            if here.files.contains_key(*folder) {
                return Err(clash());
            }
            here = here.folders.entry((*folder).to_owned()).or_default();
        }
        if here.folders.contains_key(*name) || here.files.insert((*name).to_owned(), blob).is_some() {
            return Err(clash());
        }
        Ok(())
    }
}

/// Writes objects, and remembers what must be synced.
struct Writer {
    keep: Keep,
    files: BTreeSet<PathBuf>,
}

impl Writer {
    fn new(keep: Keep) -> Self {
        Self { keep, files: BTreeSet::new() }
    }

    fn write(&mut self, objects: &Objects<'_>, kind: Kind, data: &[u8]) -> Result<ObjectId, GitError> {
        const ACTION: &str = "write an object to";
        if self.keep == Keep::Nothing {
            return gix::objs::compute_hash(objects.repo.object_hash(), kind, data).map_err(super::local(ACTION));
        }
        let id = objects.repo.objects.write_buf(kind, data).map_err(super::local(ACTION))?;
        let hex = id.to_string();
        let (folder, name) = hex.split_at(2);
        self.files.insert(objects.repo.common_dir().join("objects").join(folder).join(name));
        Ok(id)
    }

    /// The entries of the tree `base` with `edits` carried out; the trees below it are written.
    fn folder(
        &mut self,
        objects: &mut Objects<'_>,
        base: Option<ObjectId>,
        edits: &Folder,
    ) -> Result<Vec<TreeEntry>, GitError> {
        let mut entries = base.map_or(Ok(Vec::new()), |base| objects.entries(base))?;
        for (name, blob) in &edits.files {
            let existing = entries.iter_mut().find(|entry| entry.name == name.as_bytes());
            let existing = existing.map(|entry| entry.mode);
            match blob {
                Some(blob) => {
                    let mode = mode_for_writing(existing).map_err(|word| occupied(name, word))?;
                    put(&mut entries, name, mode, *blob);
                }
                None if existing.is_some_and(Mode::is_file) => entries.retain(|entry| entry.name != name.as_bytes()),
                None => return Err(occupied(name, existing.map_or("file that is not there", Mode::word))),
            }
        }
        for (name, below) in &edits.folders {
            let existing = entries.iter().find(|entry| entry.name == name.as_bytes());
            let base = match existing {
                Some(entry) if entry.mode.is_tree() => Some(entry.id),
                Some(entry) => return Err(occupied(name, entry.mode.word())),
                None => None,
            };
            let below = self.folder(objects, base, below)?;
            if below.is_empty() {
                // Git has no folders without files.
                entries.retain(|entry| entry.name != name.as_bytes());
                continue;
            }
            let tree = self.write(objects, Kind::Tree, &write_tree(below))?;
            put(&mut entries, name, Mode::TREE, tree);
        }
        Ok(entries)
    }

    /// Makes everything written durable.
    fn sync(self) -> std::io::Result<()> {
        let mut folders = BTreeSet::new();
        for file in &self.files {
            File::open(file)?.sync_all()?;
            folders.extend(file.ancestors().skip(1).take(2).map(PathBuf::from));
        }
        folders.iter().try_for_each(|folder| File::open(folder)?.sync_all())
    }
}

fn put(entries: &mut Vec<TreeEntry>, name: &str, mode: Mode, id: ObjectId) {
    match entries.iter_mut().find(|entry| entry.name == name.as_bytes()) {
        Some(entry) => (entry.mode, entry.id) = (mode, id),
        None => entries.push(TreeEntry { mode, name: name.as_bytes().to_vec(), id }),
    }
}

fn occupied(name: &str, word: &str) -> GitError {
    super::local("write a commit to")(super::Unusable(format!("`{}` is a {word}", one_line(name, 200))))
}

/// The mode that a path must have to be written: an existing file's own, or that of a new file.
fn mode_for_writing(existing: Option<Mode>) -> Result<Mode, &'static str> {
    match existing {
        None => Ok(Mode::FILE),
        Some(mode) if mode.is_file() => Ok(mode),
        Some(mode) => Err(mode.word()),
    }
}

/// The parts of a path that may be written.
fn parts(path: &str) -> Result<Vec<&str>, super::Unusable> {
    let parts: Vec<&str> = path.split('/').collect();
    let bad = |part: &&str| {
        part.is_empty() || *part == "." || *part == ".." || part.eq_ignore_ascii_case(".git") || part.contains('\0')
    };
    if parts.iter().any(bad) {
        return Err(super::Unusable(format!("`{}` is not a path of a repository", one_line(path, 200))));
    }
    Ok(parts)
}

/// `Name <email>`, refused when it could end the line or the address early.
fn identity(identity: &Identity) -> Result<String, super::Unusable> {
    let (name, email) = (identity.name.trim(), identity.email.trim());
    let bad = |c: char| c.is_control() || c == '<' || c == '>';
    if name.is_empty() || name.contains(bad) || email.contains(bad) || email.contains(char::is_whitespace) {
        let shown = one_line(&format!("{} <{}>", identity.name, identity.email), 120).into_owned();
        return Err(super::Unusable(format!("`{shown}` cannot be an author")));
    }
    Ok(format!("{name} <{email}>"))
}

fn no_null(message: &str) -> Result<(), super::Unusable> {
    if message.contains('\0') {
        return Err(super::Unusable("the message contains a null character".to_owned()));
    }
    Ok(())
}
