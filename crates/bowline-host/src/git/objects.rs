//! Reading objects.
//!
//! One buffer is used again for every object, and each object is inflated once. In a partial clone an object may be
//! missing on purpose: then git is asked to fetch it, once, and the database is read again. Objects of the other hash
//! are simply not there.

use super::program::Program;
use super::raw::{Malformed, RawCommit, RawTag, TreeEntry, parse_tree};
use bowline_model::Oid;
use bowline_model::facts::FileContent;
use bowline_port::git::{Commit, GitError, Tag};
use gix::ObjectId;
use gix::objs::{Find, FindHeader, Kind};

/// The object database, for one thread.
pub(super) struct Objects<'a> {
    pub(super) repo: gix::Repository,
    program: &'a Program,
    promisor: bool,
    buffer: Vec<u8>,
}

/// Why an object is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// It is not in the database.
    #[error("it is not in the object database")]
    Missing,
    /// It is something else.
    #[error("it is a {found} and not a {wanted}")]
    Kind { found: Kind, wanted: Kind },
    /// It cannot be read.
    #[error("the object database cannot be read")]
    Database(#[source] gix::Error),
    /// Its bytes make no sense.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is too big to be held in memory.
    #[error("it has {0} bytes, more than {LARGEST}")]
    TooBig(u64),
}

impl<'a> Objects<'a> {
    pub(super) fn new(repo: gix::Repository, program: &'a Program, promisor: bool) -> Self {
        Self { repo, program, promisor, buffer: Vec::new() }
    }

    /// The id in the database's own type; none when the hash is another one.
    pub(super) fn id(&self, oid: Oid) -> Option<ObjectId> {
        let id = gix::oid::try_from_bytes(oid.as_bytes()).ok()?.to_owned();
        (id.kind() == self.repo.object_hash()).then_some(id)
    }

    /// The id in the database's own type, which must fit.
    pub(super) fn known_id(&self, oid: Oid) -> Result<ObjectId, GitError> {
        self.id(oid).ok_or_else(|| missing(oid))
    }

    /// What the object is; none when it is not in the local database.
    pub(super) fn kind(&self, id: ObjectId) -> Result<Option<Kind>, GitError> {
        let header = self.repo.objects.try_header(&id);
        header.map(|header| header.map(|header| header.kind)).map_err(|e| error(id, ObjectError::Database(e)))
    }

    /// From now on, a missing object is not looked for in packs that appeared later. The first miss must have happened.
    pub(super) fn stop_refreshing(&mut self) {
        self.repo.objects.refresh_never();
    }

    /// Hands the object's bytes to `read`. It must be there and of kind `wanted`.
    pub(super) fn read<R>(
        &mut self,
        id: ObjectId,
        wanted: Kind,
        read: impl FnOnce(&[u8]) -> Result<R, ObjectError>,
    ) -> Result<R, GitError> {
        let wrong = |found| ObjectError::Kind { found, wanted };
        let mut asked = false;
        loop {
            let found = self.repo.objects.try_find(&id, &mut self.buffer);
            match found.map_err(|e| error(id, ObjectError::Database(e)))? {
                Some(data) if data.kind == wanted => return read(data.data).map_err(|e| error(id, e)),
                Some(data) => return Err(error(id, wrong(data.kind))),
                None if self.promisor && !asked => {
                    asked = true;
                    self.program.fetch_missing(&id.to_string())?;
                }
                None => return Err(error(id, ObjectError::Missing)),
            }
        }
    }

    /// A commit, whole.
    pub(super) fn commit(&mut self, oid: Oid) -> Result<Commit, GitError> {
        let (id, hash) = (self.known_id(oid)?, self.repo.object_hash());
        self.read(id, Kind::Commit, |data| {
            let raw = RawCommit::parse(data, hash)?;
            Ok(Commit {
                oid,
                tree: to_oid(raw.tree),
                parents: raw.parents().map(to_oid).collect(),
                time: raw.time(),
                message: raw.message.to_vec(),
            })
        })
    }

    /// A tag, whole; none when the object is something else.
    pub(super) fn tag(&mut self, oid: Oid) -> Result<Option<Tag>, GitError> {
        let (id, hash) = (self.known_id(oid)?, self.repo.object_hash());
        if self.kind(id)?.is_some_and(|kind| kind != Kind::Tag) {
            return Ok(None);
        }
        let tag = self.read(id, Kind::Tag, |data| {
            let raw = RawTag::parse(data, hash)?;
            let name = String::from_utf8_lossy(raw.name).into_owned();
            Ok(Tag { target: to_oid(raw.target), name, message: raw.message.to_vec() })
        })?;
        Ok(Some(tag))
    }

    /// What `id` points to when every tag object is followed; the last one that could be read.
    pub(super) fn peel(&mut self, id: ObjectId) -> Result<ObjectId, GitError> {
        let hash = self.repo.object_hash();
        let mut id = id;
        // A chain of tags cannot be a ring, but it can be made long on purpose.
        for _ in 0..LONGEST_TAG_CHAIN {
            if self.kind(id)? != Some(Kind::Tag) {
                break;
            }
            id = self.read(id, Kind::Tag, |data| Ok(RawTag::parse(data, hash)?.target))?;
        }
        Ok(id)
    }

    /// The tree of a commit.
    pub(super) fn tree_of(&mut self, commit: Oid) -> Result<ObjectId, GitError> {
        let (id, hash) = (self.known_id(commit)?, self.repo.object_hash());
        self.read(id, Kind::Commit, |data| Ok(RawCommit::parse(data, hash)?.tree))
    }

    /// The entries of a tree.
    pub(super) fn entries(&mut self, tree: ObjectId) -> Result<Vec<TreeEntry>, GitError> {
        let hash = self.repo.object_hash();
        if tree.is_empty_tree() {
            return Ok(Vec::new());
        }
        self.read(tree, Kind::Tree, |data| Ok(parse_tree(data, hash)?))
    }

    /// What stands at `path` below `tree`.
    pub(super) fn entry(&mut self, tree: ObjectId, path: &str) -> Result<Option<TreeEntry>, GitError> {
        let mut tree = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let entry = self.entries(tree)?.into_iter().find(|entry| entry.name == part.as_bytes());
            match entry {
                Some(entry) if parts.peek().is_none() => return Ok(Some(entry)),
                Some(entry) if entry.mode.is_tree() => tree = entry.id,
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What stands at `path` in `commit`, as content.
    pub(super) fn file(&mut self, commit: Oid, path: &str) -> Result<Option<FileContent>, GitError> {
        let tree = self.tree_of(commit)?;
        let Some(entry) = self.entry(tree, path)? else { return Ok(None) };
        if !entry.mode.is_file() {
            return Ok(Some(FileContent::NotAFile(entry.mode.word())));
        }
        let header = self.repo.objects.try_header(&entry.id).map_err(|e| error(entry.id, ObjectError::Database(e)))?;
        if let Some(header) = header.filter(|header| header.size > LARGEST) {
            return Err(error(entry.id, ObjectError::TooBig(header.size)));
        }
        self.read(entry.id, Kind::Blob, |data| Ok(FileContent::Bytes(data.to_vec()))).map(Some)
    }

    /// The names of the ordinary files directly in a folder of `commit`.
    pub(super) fn folder(&mut self, commit: Oid, path: &str) -> Result<Vec<String>, GitError> {
        let tree = self.tree_of(commit)?;
        let folder = match path {
            "." => Some(tree),
            _ => self.entry(tree, path)?.filter(|entry| entry.mode.is_tree()).map(|entry| entry.id),
        };
        let Some(folder) = folder else { return Ok(Vec::new()) };
        let files = self.entries(folder)?.into_iter().filter(|entry| entry.mode.is_file());
        Ok(files.filter_map(|entry| String::from_utf8(entry.name).ok()).collect())
    }
}

/// The id in the model's type.
pub(super) fn to_oid(id: ObjectId) -> Oid {
    match id.as_bytes().try_into() {
        Ok(bytes) => Oid::Sha1(bytes),
        Err(_) => {
            let mut bytes = [0; 32];
            for (to, from) in bytes.iter_mut().zip(id.as_bytes()) {
                *to = *from;
            }
            Oid::Sha256(bytes)
        }
    }
}

/// An error about one object.
pub(super) fn error(id: ObjectId, source: ObjectError) -> GitError {
    object_error(to_oid(id), source)
}

/// An object that should be there and is not.
pub(super) fn missing(oid: Oid) -> GitError {
    object_error(oid, ObjectError::Missing)
}

pub(super) fn object_error(oid: Oid, source: ObjectError) -> GitError {
    GitError::Object { oid, source: Box::new(source) }
}

/// The largest file that is read whole: version files and changelogs are far smaller.
pub(super) const LARGEST: u64 = 64 << 20;
const LONGEST_TAG_CHAIN: usize = 100;
