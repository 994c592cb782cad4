//! A release that another tool has begun here: a version tag on the head that the remote does not have.
//!
//! That is how standard-version leaves a checkout: its commit has the new version in the files, its tag stands on it, and
//! pushing is for people. Planning anew would raise the version a second time. So such a release is taken over when that is
//! asked for (`--adopt`), and otherwise nothing is done.

use crate::documents;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_config::section::version::Request;
use bowline_model::facts::{Facts, RemoteRelation};
use bowline_model::git::{Marker, TagName};
use bowline_model::plan::Plan;
use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind, Oid, Version};
use bowline_plan::Planned;
use bowline_steps::files::git_failure;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The tag.
    pub tag: TagName,
    /// The tag as an object, or the commit for one without a message.
    pub object: Oid,
    version: Version,
    commit: Oid,
    /// The first line of its commit's message.
    subject: String,
    /// Whether its commit is the head.
    is_head: bool,
    /// Whether its commit is on the remote branch.
    is_pushed: bool,
    remote: String,
}

/// Looks for one. Of several the highest version counts.
pub fn find(workspace: &Workspace, facts: &Facts) -> Result<Option<ByHand>, Failure> {
    let Some(remote) = facts.remote.as_ref() else { return Ok(None) };
    let unpushed: &[(Oid, String)] = match &remote.relation {
        RemoteRelation::Behind(commits) => commits,
        RemoteRelation::Equal => &[],
        _ => return Ok(None),
    };
    let head = facts.head.oid;
    let git = workspace.readers.git.as_ref();
    let mut found: Option<ByHand> = None;
    for reference in git.references("refs/tags/").map_err(git_failure)? {
        let is_head = reference.peeled == head;
        let Some(tag) = reference.name.strip_prefix("refs/tags/").and_then(|name| TagName::new(name).ok()) else {
            continue;
        };
        let Some(version) = facts.tag_form.version(tag.as_str()) else { continue };
        let is_known = facts.version_tags.iter().any(|known| known.version == version);
        let is_higher = facts.current.as_ref().is_none_or(|current| current.version < version);
        if is_known || !is_higher || is_ours(workspace, reference.object)? {
            continue;
        }
        // A tag on a commit that is pushed is as good as one on a commit that is not: who forgets `--follow-tags` has the first.
        if !is_head && !git.is_ancestor(reference.peeled, head).map_err(git_failure)? {
            continue;
        }
        let message = git.commit(reference.peeled).map_err(git_failure)?.message;
        let by_hand = ByHand {
            tag,
            object: reference.object,
            commit: reference.peeled,
            subject: bowline_steps::refs::subject(&message),
            is_head,
            is_pushed: unpushed.iter().all(|(commit, _)| *commit != reference.peeled),
            remote: one_line(&remote.name, 80).into_owned(),
            version,
        };
        if found.as_ref().is_none_or(|found| found.version < by_hand.version) {
            found = Some(by_hand);
        }
    }
    Ok(found)
}

/// The tag of another tool on the very commit that `plan` releases without an edit. Only a run with `--adopt` begins such a plan beside
/// such a tag, so whoever completes it may put the released tag in its place.
pub fn left(workspace: &Workspace, plan: &Plan) -> Result<Option<Oid>, Failure> {
    let [package] = plan.packages.as_slice() else { return Ok(None) };
    if !plan.declared_files().is_empty() {
        return Ok(None);
    }
    let (git, name) = (workspace.readers.git.as_ref(), package.tag.full());
    let tags = git.references("refs/tags/").map_err(git_failure)?;
    let head = plan.repository.head;
    let Some(tag) = tags.into_iter().find(|tag| tag.name == name && tag.peeled == head) else { return Ok(None) };
    let message = git.commit(head).map_err(git_failure)?.message;
    let is_for_it = bowline_steps::refs::subject(&message).contains(&package.next.to_string());
    Ok((is_for_it && !is_ours(workspace, tag.object)?).then_some(tag.object))
}

fn is_ours(workspace: &Workspace, object: Oid) -> Result<bool, Failure> {
    let tag = workspace.readers.git.tag(object).map_err(git_failure)?;
    Ok(tag.is_some_and(|tag| Marker::parse(&tag.message).is_some()))
}

impl ByHand {
    /// Whether its commit was made to be this release, by what it says.
    pub fn is_release_commit(&self) -> bool {
        self.subject.contains(&self.version.to_string())
    }

    /// Whether it can be taken over: everything that it releases is the head.
    pub const fn can_be_adopted(&self) -> bool {
        self.is_head
    }

    /// The plan that releases the head as what its tag says. Files that say so already stay as they are.
    pub fn plan(&self, workspace: &Workspace, facts: &Facts) -> Result<Planned, Failure> {
        let request = Request { version: Some(self.version.clone()), ..Request::default() };
        let config = Config { request, ..workspace.config.config.clone() };
        let planned = documents::compute_as(workspace, &config, facts)?;
        let edited: Vec<&str> = planned.plan.declared_files();
        if edited.is_empty() {
            return Ok(planned);
        }
        let message = format!("{} is no whole release: {} would be edited", self.tag, listed(&edited));
        Err(Failure::new(FailureKind::Refused, "adopt_incomplete", message)
            .hint(format!("take it back and let Bowline make it: git tag --delete {}{}", self.tag, self.undo()))
            .hint(self.push()))
    }

    /// In one line, for people who only look.
    pub fn note(&self) -> String {
        format!(
            "{} stands on {} ({}) and is not on the remote: another tool has begun that release",
            self.tag,
            self.commit.short(),
            self.subject
        )
    }

    /// Why nothing is planned.
    pub fn refused(&self) -> Failure {
        let failure = Failure::new(FailureKind::Refused, "release_begun_elsewhere", self.note());
        let failure = match self.is_head {
            true => failure.hint("complete it as it is: bowline release --adopt"),
            false => failure.hint("there are newer commits above it, so it cannot be adopted"),
        };
        failure.hint(self.push()).hint(format!("or take it back: git tag --delete {}{}", self.tag, self.undo()))
    }

    fn push(&self) -> String {
        format!("or push it by hand: git push {} HEAD {}", self.remote, self.tag)
    }

    fn undo(&self) -> &'static str {
        if self.is_head && !self.is_pushed { " && git reset --keep HEAD~1" } else { "" }
    }
}

fn listed(files: &[&str]) -> String {
    let shown: Vec<_> = files.iter().take(LISTED).map(|file| one_line(file, 80)).collect();
    format!("{}{}", shown.join(", "), if files.len() > LISTED { " and more" } else { "" })
}

const LISTED: usize = 3;
