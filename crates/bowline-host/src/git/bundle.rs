//! A release commit and its tag in a file, for another machine that has the commit they were made from.
//!
//! `git bundle create` only takes references, and a release has none before it is pushed, so the few lines before the
//! pack are written here. A bundle is read by git itself, after its checksum was compared: git would leave half a pack
//! behind. Afterwards everything that the bundle's references lead to must be there.

use super::objects::{ObjectError, Objects, error, to_oid};
use super::program::{Call, Program};
use super::{Unusable, local};
use crate::folder::Folder;
use bowline_model::text::one_line;
use bowline_port::git::{GitError, NewBundle};
use gix::ObjectId;
use gix::hash::Kind as Hash;
use gix::objs::Kind;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Writes `new` to `path`. What is not in the base passes through memory; a release commit is small.
pub(super) fn write(
    objects: &mut Objects<'_>,
    program: &Program,
    path: &Path,
    new: &NewBundle,
) -> Result<(), GitError> {
    let (commit, tag) = (objects.known_id(new.commit)?, objects.known_id(new.tag_object)?);
    for id in [Some(commit), new.base.map(|base| objects.known_id(base)).transpose()?].into_iter().flatten() {
        match objects.kind(id)? {
            Some(Kind::Commit) => {}
            Some(found) => return Err(error(id, ObjectError::Kind { found, wanted: Kind::Commit })),
            None => return Err(error(id, ObjectError::Missing)),
        }
    }
    if objects.peel(tag)? != commit {
        return Err(local(WRITE)(Unusable(format!("{} does not lead to the commit {commit}", new.tag.full()))));
    }
    if new.base.is_none() && objects.repo.is_shallow().map_err(local(WRITE))? {
        return Err(local(WRITE)(Unusable("its history is cut off, so it cannot be bundled whole".to_owned())));
    }
    let mut bytes = header(objects.repo.object_hash(), new).into_bytes();
    let mut revisions = format!("{tag}\n{commit}\n");
    if let Some(base) = new.base {
        revisions.push_str(&format!("^{base}\n"));
    }
    // One thread, so that the same objects are found to be alike each time.
    let call = Call::new(["pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "--threads=1", "-q"]);
    bytes.extend(program.succeed(call.reading(revisions.into_bytes()))?);
    let nowhere = || local(WRITE)(Unusable(format!("{} is no path of a file", one_line(&path.to_string_lossy(), 400))));
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(nowhere());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = Folder::open(folder).map_err(local(WRITE))?.ok_or_else(nowhere)?;
    folder.replace(name, &bytes, 0o644).map_err(local(WRITE))
}

/// Adds the objects of the bundle at `path`.
pub(super) fn read(objects: &Objects<'_>, program: &Program, path: &Path) -> Result<(), GitError> {
    let path = std::path::absolute(path).map_err(local(READ))?;
    let shown = one_line(&path.to_string_lossy(), 400).into_owned();
    let refused = |what: &str| local(READ)(Unusable(format!("the bundle {shown} {what}")));
    let text = path.to_str().ok_or_else(|| refused("has a name that is not valid UTF-8"))?;
    let mut file = BufReader::new(File::open(&path).map_err(local(READ))?);
    let hash = objects.repo.object_hash();
    let header = Header::read(&mut file, hash).map_err(local(READ))?.map_err(|what| refused(&what))?;
    for needed in &header.needs {
        if objects.kind(*needed)?.is_none() {
            return Err(refused(&format!("builds on the commit {needed}, which this repository does not have")));
        }
    }
    if !is_whole(&mut file, hash).map_err(local(READ))? {
        return Err(refused("is damaged: its checksum is wrong"));
    }
    program.succeed(Call::new(["bundle", "unbundle", text]))?;
    let missing = |id: &&ObjectId| objects.kind(**id).map_or(true, |kind| kind.is_none());
    if let Some(id) = header.holds.iter().find(missing) {
        return Err(refused(&format!("does not hold {}, which it announces", to_oid(*id))));
    }
    let held = header.holds.iter().map(|id| format!("{id}\n"));
    let needed = header.needs.iter().map(|id| format!("^{id}\n"));
    let revisions: String = held.chain(needed).collect();
    let call = Call::new(["rev-list", "--objects", "--quiet", "--stdin"]).reading(revisions.into_bytes());
    program.succeed(call).map(drop).map_err(|error| {
        local(READ)(Unusable(format!(
            "the bundle {shown} does not hold everything that its references lead to: {error}"
        )))
    })
}

/// The lines before the pack, with the empty one that ends them.
fn header(hash: Hash, new: &NewBundle) -> String {
    let mut text = match hash {
        Hash::Sha1 => "# v2 git bundle\n".to_owned(),
        other => format!("# v3 git bundle\n@object-format={other}\n"),
    };
    if let Some(base) = new.base {
        text.push_str(&format!("-{base} where {} began\n", new.tag));
    }
    text.push_str(&format!("{} {}\n", new.tag_object, new.tag.full()));
    text.push_str(&format!("{} {}\n\n", new.commit, new.branch.full()));
    text
}

/// What a bundle says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Commits that the reader must have.
    pub(super) needs: Vec<ObjectId>,
    /// What its references point to.
    pub(super) holds: Vec<ObjectId>,
}

impl Header {
    /// Reads the lines up to the pack; in words what is wrong with them.
    pub(super) fn read(file: &mut impl BufRead, hash: Hash) -> io::Result<Result<Self, String>> {
        let mut file = file.take(LONGEST_HEADER);
        let mut header = Self::default();
        let mut format = Hash::Sha1;
        for number in 0.. {
            let mut line = Vec::new();
            file.read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                return Ok(Err("ends before its pack".to_owned()));
            }
            let text = String::from_utf8_lossy(&line);
            match (number, text.as_ref()) {
                (0, "# v2 git bundle" | "# v3 git bundle") => {}
                (0, _) => return Ok(Err("is no bundle of git".to_owned())),
                (_, "") => break,
                (_, "@object-format=sha1") => format = Hash::Sha1,
                (_, "@object-format=sha256") => format = Hash::Sha256,
                (_, text) if text.starts_with('@') => {
                    return Ok(Err(format!("asks for `{}`, which is not known", one_line(text, 80))));
                }
                (_, text) => {
                    let (list, text) = match text.strip_prefix('-') {
                        Some(text) => (&mut header.needs, text),
                        None => (&mut header.holds, text),
                    };
                    let id = text.split(' ').next().and_then(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
                    match id {
                        Some(id) => list.push(id),
                        None => return Ok(Err("has a line that makes no sense".to_owned())),
                    }
                }
            }
        }
        let all = || header.needs.iter().chain(&header.holds);
        if format != hash || all().any(|id| id.kind() != hash) {
            return Ok(Err("is of a repository with another hash".to_owned()));
        }
        if header.holds.is_empty() {
            return Ok(Err("holds no reference".to_owned()));
        }
        Ok(Ok(header))
    }
}

/// Whether the rest of `file` is a pack that ends in its own checksum.
fn is_whole(file: &mut impl Read, hash: Hash) -> io::Result<bool> {
    let length = hash.len_in_bytes();
    let mut hasher = gix::hash::hasher(hash);
    // What may be the checksum is held back.
    let mut held: Vec<u8> = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        held.extend_from_slice(&buffer[..read]);
        let known = held.len().saturating_sub(length);
        hasher.update(&held[..known]);
        held.drain(..known);
    }
    Ok(hasher.try_finalize().is_ok_and(|id| id.as_bytes() == held))
}

const WRITE: &str = "write a bundle of";
const READ: &str = "read a bundle into";
/// A bundle of ours has five lines; one of somebody else may have some thousand references.
const LONGEST_HEADER: u64 = 1 << 20;
