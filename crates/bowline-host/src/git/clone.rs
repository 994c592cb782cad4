//! A private clone to build in.
//!
//! It borrows the objects of the repository, which must outlive it, and sees all its tags. No hook, template or filter
//! runs while it is made; its settings are its own.

use super::checkout::{Scope, without_filters};
use super::program::{Call, Program};
use bowline_model::Oid;
use bowline_model::git::TagName;
use bowline_port::git::GitError;
use std::path::Path;

/// A clone to be made.
pub(super) struct NewClone<'a> {
    pub(super) source: &'a Path,
    pub(super) path: &'a Path,
    pub(super) commit: Oid,
    pub(super) tag: &'a TagName,
    pub(super) tag_object: Oid,
}

/// Makes the clone. `outside` is git without a repository.
pub(super) fn make(outside: &Program, new: &NewClone<'_>) -> Result<(), GitError> {
    let (source, path) = (text(new.source)?, text(new.path)?);
    let call = Call::new(["clone", "--quiet", "--shared", "--no-checkout", "--template=", "--"]);
    outside.succeed(call.with([source, path]))?;
    let inside = outside.at(&new.path.join(".git"), Some(new.path));
    let tag = Call::new(["update-ref", "--no-deref"]).with([new.tag.full(), new.tag_object.to_string()]);
    inside.succeed(tag)?;
    let filters = without_filters(&inside, Scope::Everyone)?;
    let checkout = Call::new(["checkout", "--quiet", "--detach", "--no-recurse-submodules"]);
    // The bare id could be the name of a branch.
    inside.succeed(checkout.with([format!("{}^0", new.commit), "--".to_owned()]).setting(filters)).map(drop)
}

fn text(path: &Path) -> Result<&str, GitError> {
    path.to_str().ok_or_else(|| {
        super::local("clone")(super::Unusable(format!("the path {} is not valid UTF-8", path.display())))
    })
}
