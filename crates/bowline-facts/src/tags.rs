//! Which tags name versions of the package, and how this repository spells them.
//!
//! Order is by version, never by name or date, so of two tags on one commit the final version wins over its
//! candidate. Lightweight and annotated tags count alike, by the commit they stand on.

use crate::refs::Refs;
use bowline_config::section::channel::Channel;
use bowline_model::facts::VersionTag;
use bowline_model::git::TagName;
use bowline_model::tag::{TagForm, TagFormError};
use bowline_model::{Oid, Version};
use bowline_port::git::{GitError, GitReader};
use std::collections::HashSet;

/// Why the tags cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TagsError {
    /// The configured template is unusable.
    #[error(transparent)]
    Template(#[from] TagFormError),
    /// The repository did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Version tags and their form.
pub(crate) struct Scan {
    pub(crate) form: TagForm,
    /// Highest first, each version once.
    pub(crate) tags: Vec<VersionTag>,
    /// The highest that the head contains and that counts for the channel.
    pub(crate) current: Option<VersionTag>,
    /// The highest that the head contains.
    pub(crate) contained: Option<VersionTag>,
}

/// What is looked for.
pub(crate) struct Query<'a> {
    pub(crate) head: Oid,
    /// Whose versions count as current.
    pub(crate) channel: &'a Channel,
    /// The package's name as far as it may be part of a tag.
    pub(crate) package: &'a str,
    /// The configured template.
    pub(crate) template: Option<&'a str>,
    /// Whether tags that the head does not contain are left out.
    pub(crate) only_reachable: bool,
    /// A tag to overlook.
    pub(crate) without: Option<&'a TagName>,
    /// Only versions below this one.
    pub(crate) below: Option<&'a Version>,
}

/// Reads the version tags among `refs`.
pub(crate) fn scan(git: &dyn GitReader, refs: &Refs, query: &Query<'_>) -> Result<Scan, TagsError> {
    let usual = TagForm::new(query.template.unwrap_or(USUAL), query.package)?;
    let forms = if query.template.is_some() { vec![usual.clone()] } else { TagForm::known(query.package) };
    let mut found: Vec<Spelled<'_>> = refs
        .tags()
        .filter(|(name, _)| Some(name) != query.without)
        .filter_map(|(name, tag)| {
            let (form, version) = forms.iter().find_map(|form| Some((form, form.version(name.as_str())?)))?;
            Some(Spelled { form, tag: VersionTag { name, version, object: tag.object, commit: tag.peeled } })
        })
        .filter(|spelled| query.below.is_none_or(|below| spelled.tag.version.cmp_precedence(below).is_lt()))
        .collect();
    found.sort_by(|a, b| b.tag.version.cmp(&a.tag.version).then((a.form != &usual).cmp(&(b.form != &usual))));
    if query.only_reachable {
        let reachable: HashSet<Oid> = git.commits(query.head, &[])?.iter().map(|commit| commit.oid).collect();
        found.retain(|spelled| reachable.contains(&spelled.tag.commit));
    }
    let tags: Vec<VersionTag> = found.iter().map(|spelled| spelled.tag.clone()).collect();
    let contained = git.newest_reachable(query.head, &tags)?;
    let current = current(git, query, &tags, contained.as_ref())?;
    let found = without_odd_targets(git, found, contained.as_ref())?;
    let form = form_in_use(&found, current.as_ref()).unwrap_or(&usual).clone();
    Ok(Scan { tags: each_version_once(found, &form), form, current, contained })
}

/// The current version of the channel. Mostly it is what the head contains anyway, and then nobody is asked again.
fn current(
    git: &dyn GitReader,
    query: &Query<'_>,
    tags: &[VersionTag],
    contained: Option<&VersionTag>,
) -> Result<Option<VersionTag>, GitError> {
    match contained {
        Some(tag) if !query.channel.counts(&tag.version) => {
            let counting: Vec<VersionTag> =
                tags.iter().filter(|tag| query.channel.counts(&tag.version)).cloned().collect();
            git.newest_reachable(query.head, &counting)
        }
        _ => Ok(contained.cloned()),
    }
}

/// A version tag and its form.
struct Spelled<'a> {
    form: &'a TagForm,
    tag: VersionTag,
}

/// The form of the current version's tag, else of the highest.
fn form_in_use<'a>(found: &[Spelled<'a>], current: Option<&VersionTag>) -> Option<&'a TagForm> {
    let of_current = current.and_then(|current| found.iter().find(|spelled| spelled.tag.name == current.name));
    of_current.or(found.first()).map(|spelled| spelled.form)
}

/// Of two tags for one version the one in `form` stays.
fn each_version_once(mut found: Vec<Spelled<'_>>, form: &TagForm) -> Vec<VersionTag> {
    found.sort_by(|a, b| b.tag.version.cmp(&a.tag.version).then((a.form != form).cmp(&(b.form != form))));
    found.dedup_by(|later, earlier| later.tag.version == earlier.tag.version);
    found.into_iter().map(|spelled| spelled.tag).collect()
}

/// Leaves out tags on trees and files. An ancestor of the head is a commit for certain, so only tags above the
/// highest of those are looked at.
fn without_odd_targets<'a>(
    git: &dyn GitReader,
    found: Vec<Spelled<'a>>,
    contained: Option<&VersionTag>,
) -> Result<Vec<Spelled<'a>>, GitError> {
    let mut kept = Vec::with_capacity(found.len());
    for spelled in found {
        let above = contained.is_none_or(|contained| spelled.tag.version > contained.version);
        if !above || is_commit_or_absent(git, spelled.tag.commit)? {
            kept.push(spelled);
        }
    }
    Ok(kept)
}

/// Objects that are not here get the benefit of the doubt: their names are taken either way.
fn is_commit_or_absent(git: &dyn GitReader, oid: Oid) -> Result<bool, GitError> {
    if !git.has_object(oid)? {
        return Ok(true);
    }
    match git.commit(oid) {
        Ok(_) => Ok(true),
        Err(GitError::Object { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

const USUAL: &str = "v{version}";
