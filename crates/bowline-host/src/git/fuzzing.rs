//! Parsers of this module as functions from bytes, for fuzzing; not part of what ships.

use super::bundle::Header;
use super::objects::to_oid;
use super::raw::{RawCommit, RawTag, parse_tree, write_tree};
use super::settings::Settings;
use bowline_model::Oid;
use bowline_port::git::{PushError, Reference, Remote};
use bowline_port::process::Finished;
use gix::hash::Kind;

/// What is read of a commit.
#[derive(Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Name and mail address of its author.
    pub author: (&'a [u8], &'a [u8]),
    /// Its committer's time.
    pub time: i64,
    /// Its message.
    pub message: &'a [u8],
}

/// A commit object of a repository with SHA-1.
pub fn commit(data: &[u8]) -> Option<Commit<'_>> {
    let raw = RawCommit::parse(data, Kind::Sha1).ok()?;
    let parents = raw.parents().map(to_oid).collect();
    Some(Commit { parents, author: raw.author(), time: raw.time(), message: raw.message })
}

/// Target, name and message of a tag object.
pub fn tag(data: &[u8]) -> Option<(Oid, &[u8], &[u8])> {
    let raw = RawTag::parse(data, Kind::Sha1).ok()?;
    Some((to_oid(raw.target), raw.name, raw.message))
}

/// Mode, name and id of each entry of a tree object, and the object as it is written again.
#[expect(clippy::type_complexity, reason = "a type of its own would say less")]
pub fn tree(data: &[u8]) -> Option<(Vec<(u32, Vec<u8>, Oid)>, Vec<u8>)> {
    let entries = parse_tree(data, Kind::Sha1).ok()?;
    let shown = entries.iter().map(|entry| (entry.mode.0, entry.name.clone(), to_oid(entry.id))).collect();
    Some((shown, write_tree(entries)))
}

/// What a push that exited with `code` means.
pub fn push_report(code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> PushError {
    super::push::understand(&Finished { code, stdout: stdout.to_vec(), stderr: stderr.to_vec() })
}

/// Branches and tags of a remote's listing.
pub fn listing(data: &[u8]) -> Vec<Reference> {
    super::remote::listed(data)
}

/// `text` without the logins of its addresses.
pub fn without_logins(text: &str) -> String {
    super::program::without_logins(text)
}

/// Whether git takes `name` for the full name of a reference.
pub fn is_reference_name(name: &str) -> bool {
    super::remote::check_name(name).is_ok()
}

/// The commits that a bundle needs and those that it holds, by the lines before its pack; in words what is wrong with them.
pub fn bundle_header(mut data: &[u8]) -> Result<(Vec<Oid>, Vec<Oid>), String> {
    let header = Header::read(&mut data, Kind::Sha1).map_err(|error| error.to_string())??;
    let ids = |list: Vec<gix::ObjectId>| list.into_iter().map(to_oid).collect();
    Ok((ids(header.needs), ids(header.holds)))
}

/// The remotes of a settings file, and the one that the branch `main` tracks.
pub fn settings(data: &[u8]) -> Option<(Vec<Remote>, Option<String>)> {
    let options = gix::config::file::init::Options { lossy: true, ..Default::default() };
    let file = gix::config::File::from_bytes_no_includes(data, gix::config::file::Metadata::api(), options).ok()?;
    let settings = Settings(file);
    Some((settings.remotes(), settings.upstream("main")))
}

/// Whether git may be told to talk to `remote`.
pub fn is_usable_remote(remote: &str) -> bool {
    super::settings::check_remote(remote).is_ok()
}
