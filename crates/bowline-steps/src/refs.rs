//! The two references of a release, as the remote has them.
//!
//! A repository without a remote is its own remote: then the local references play that part.

pub use crate::files::{git_failure, unreachable_remote};
pub use crate::objects::package;
use crate::objects::{self, bring};
use bowline_engine::Look;
use bowline_model::plan::PackagePlan;
use bowline_model::tag::TagForm;
use bowline_model::{Failure, Oid, Version};
use bowline_port::git::Reference;

/// Branch and tag of the release, right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refs {
    /// Where the release branch points.
    pub branch: Option<Oid>,
    /// The tag of the planned version.
    pub tag: Option<Reference>,
}

/// How the branch stands to the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchState {
    /// It does not exist.
    Absent,
    /// It is at the planned head.
    AtHead,
    /// It lacks this many commits of the head, newest first.
    Behind(Vec<(Oid, String)>),
    /// It contains our release commit.
    Released,
    /// It contains the head and commits of others.
    Ahead(Oid),
    /// Each side has commits that the other lacks.
    Diverged(Oid),
}

/// All branches and tags.
pub fn all(look: &Look<'_>) -> Result<Vec<Reference>, Failure> {
    let git = &look.readers.git;
    if let Some(remote) = &look.settings.remote {
        return git.ls_remote(remote).map_err(unreachable_remote);
    }
    let mut all = git.references("refs/heads/").map_err(git_failure)?;
    all.extend(git.references("refs/tags/").map_err(git_failure)?);
    Ok(all)
}

/// Reads branch and tag.
pub fn read(look: &Look<'_>) -> Result<Refs, Failure> {
    let all = all(look)?;
    let tag = package(look.plan)?.tag.full();
    let branch = look.plan.repository.branch.full();
    Ok(Refs {
        branch: all.iter().find(|reference| reference.name == branch).map(|reference| reference.object),
        tag: all.into_iter().find(|reference| reference.name == tag),
    })
}

/// Finds out how the branch at `tip` stands to the plan.
pub fn branch_state(look: &Look<'_>, tip: Option<Oid>) -> Result<BranchState, Failure> {
    let git = look.readers.git.as_ref();
    let head = look.plan.repository.head;
    let Some(tip) = tip else { return Ok(BranchState::Absent) };
    if tip == head {
        return Ok(BranchState::AtHead);
    }
    bring(look, tip, &look.plan.repository.branch.full())?;
    if git.is_ancestor(tip, head).map_err(git_failure)? {
        let own = git.commits(head, &[tip]).map_err(git_failure)?;
        return Ok(BranchState::Behind(own.iter().map(|commit| (commit.oid, subject(&commit.message))).collect()));
    }
    if !git.is_ancestor(head, tip).map_err(git_failure)? {
        return Ok(BranchState::Diverged(tip));
    }
    if let Some((commit, _)) = objects::expected(look)?
        && commit != head
        && git.is_ancestor(commit, tip).map_err(git_failure)?
    {
        return Ok(BranchState::Released);
    }
    Ok(BranchState::Ahead(tip))
}

/// Whether the branch at `tip` contains the planned head, and whatever else.
pub fn is_on_branch(look: &Look<'_>, tip: Option<Oid>) -> Result<bool, Failure> {
    let state = branch_state(look, tip)?;
    Ok(matches!(state, BranchState::AtHead | BranchState::Released | BranchState::Ahead(_)))
}

/// Whether `tag` is the very tag that this plan makes.
pub fn is_our_tag(look: &Look<'_>, tag: &Reference) -> Result<bool, Failure> {
    Ok(objects::expected(look)?.is_some_and(|(_, ours)| ours == tag.object))
}

/// The version that a tag names, in the form of the planned tag or any known one.
pub fn version_of(package: &PackagePlan, tag: &str) -> Option<Version> {
    let template = package.tag.as_str().replacen(&package.next.to_string(), "{version}", 1);
    let planned = TagForm::new(&template, &package.name).ok();
    planned.into_iter().chain(TagForm::known(&package.name)).find_map(|form| form.version(tag))
}

/// The first line of a message, for people.
pub fn subject(message: &[u8]) -> String {
    let line = message.split(|&b| b == b'\n').next().unwrap_or_default();
    bowline_model::text::one_line(&String::from_utf8_lossy(line), 72).into_owned()
}

/// Names for people, the first ones when there are many.
pub fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let first: Vec<_> = names.iter().take(LISTED).map(|name| bowline_model::text::one_line(name, 80)).collect();
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", first.join(", "))
}

const LISTED: usize = 5;
