//! How a release finds itself again: which release of ours is complete, which is unfinished, which is superseded.
//!
//! Everything is concluded from the remote and the forge, so it holds on any machine and after any crash. Only the
//! newest release is looked at: what concerns the head comes first, then a pushed release commit without its tag,
//! then the current version. What state calls over is never taken up again, whatever is missing of it. Where the
//! rights at hand do not show drafts, nothing is not concluded: it is unknown.

mod candidate;
mod promotion;
mod staging;
mod superseded;

use crate::ours;
use crate::refs::{Refs, RefsError, Source};
use crate::tags::Scan;
use bowline_config::section::channel::Channel;
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, HeadFact, ReleasedFact, RemoteRelation, SupersededDraft, Unfinished};
use bowline_model::git::{BranchName, Marker, TagName};
use bowline_model::plan::{ForgeKind, Plan, RepositoryId};
use bowline_port::forge::{Drafts, ForgeError, ForgeReader, Release, ours as drafts_of};
use bowline_port::git::{GitError, GitReader};
use candidate::Standing;

/// Why releases of ours cannot be told apart.
#[derive(Debug, thiserror::Error)]
pub enum ReleasesError {
    /// The forge did not answer.
    #[error("releases at {forge} cannot be read")]
    Forge {
        /// Where it is.
        forge: String,
        /// Why.
        #[source]
        source: ForgeError,
    },
    /// The references did not answer.
    #[error(transparent)]
    Refs(#[from] RefsError),
    /// The repository did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// What has been observed so far, and is looked through here.
pub(crate) struct Scene<'a> {
    pub(crate) git: &'a dyn GitReader,
    pub(crate) forge: &'a dyn ForgeReader,
    pub(crate) repository: &'a RepositoryId,
    pub(crate) branch: &'a BranchName,
    pub(crate) refs: &'a Refs,
    pub(crate) head: &'a HeadFact,
    pub(crate) tip: Option<Oid>,
    pub(crate) relation: &'a RemoteRelation,
    pub(crate) scan: &'a Scan,
    /// Whose releases are looked for.
    pub(crate) channel: &'a Channel,
    pub(crate) commits: &'a [CommitFact],
    /// Plans that state calls over.
    pub(crate) closed: &'a [Marker],
    /// Plans that this machine began.
    pub(crate) begun: &'a [Plan],
    /// Whether releases stay drafts, for people to publish.
    pub(crate) stays_draft: bool,
    pub(crate) offline: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Releases {
    pub(crate) unfinished: Unfinished,
    pub(crate) released: Option<ReleasedFact>,
    pub(crate) superseded: Vec<SupersededDraft>,
    pub(crate) left_staging: Vec<String>,
}

/// Looks for releases of ours.
pub(crate) fn search(scene: &Scene<'_>) -> Result<Releases, ReleasesError> {
    if *scene.refs.source() == Source::Memory {
        return Ok(Releases { unfinished: Unfinished::Unknown, ..Releases::default() });
    }
    let drafts = scene.drafts()?;
    let mut releases = newest(scene, drafts.as_deref())?;
    if let Some(drafts) = &drafts {
        releases.superseded = superseded::among(scene, drafts)?;
    }
    releases.left_staging = staging::left(scene)?;
    Ok(releases)
}

fn newest(scene: &Scene<'_>, drafts: Option<&[Release]>) -> Result<Releases, ReleasesError> {
    let mut releases = Releases::default();
    let mut certain = drafts.is_some();
    let mut candidates = candidate::of_head(scene)?;
    if candidates.is_empty() && candidate::draft_for_head(scene, drafts, &[]).is_none() {
        candidates.extend(candidate::in_history(scene)?);
    }
    for candidate in &candidates {
        match candidate::judge(scene, candidate, drafts)? {
            Standing::Complete(released) if candidate.concerns_head => releases.released = Some(released),
            Standing::Incomplete(release) if !scene.is_closed(&release.marker) => {
                releases.unfinished = Unfinished::Found(release);
                return Ok(releases);
            }
            Standing::Complete(_) | Standing::Incomplete(_) => {}
            Standing::Unreadable => certain = false,
        }
    }
    // A head that is released already may be released again on request: its draft is newer than what was judged.
    let begun = match candidate::draft_for_head(scene, drafts, &candidates) {
        Some(draft) => Some(draft),
        None => promotion::begun(scene, drafts)?,
    };
    releases.unfinished = match begun {
        Some(draft) => Unfinished::Found(draft),
        None if certain => Unfinished::None,
        None => Unfinished::Unknown,
    };
    Ok(releases)
}

impl Scene<'_> {
    /// Drafts of ours; none when the rights at hand, the forge or `--offline` hide them.
    fn drafts(&self) -> Result<Option<Vec<Release>>, ReleasesError> {
        if !self.may_ask_forge() {
            return Ok(None);
        }
        match self.forge.drafts() {
            Ok(Drafts::Visible(drafts)) => Ok(Some(drafts)),
            Ok(Drafts::Invisible) | Err(ForgeError::Unsupported(_) | ForgeError::NoToken { .. }) => Ok(None),
            Err(source) => Err(self.forge_error(source)),
        }
    }

    fn may_ask_forge(&self) -> bool {
        !self.offline || self.forge.kind() == ForgeKind::Local
    }

    fn forge_error(&self, source: ForgeError) -> ReleasesError {
        ReleasesError::Forge { forge: self.forge.location(), source }
    }

    /// Whether a release called `tag` is the business of another channel, which may have the same head.
    fn is_foreign(&self, tag: &TagName) -> bool {
        let known = self.scan.tags.iter().find(|known| known.name == *tag).map(|known| known.version.clone());
        let version = known.or_else(|| self.scan.form.version(tag.as_str()));
        version.is_some_and(|version| self.channel.is_foreign(&version))
    }

    fn is_closed(&self, marker: &Marker) -> bool {
        self.closed.contains(marker)
    }

    /// Whether `commit`, which the head contains, is on the remote branch too.
    fn is_pushed(&self, commit: Oid) -> Result<bool, GitError> {
        match (self.relation, self.tip) {
            (RemoteRelation::Equal | RemoteRelation::Ahead(_) | RemoteRelation::OurRelease { .. }, _) => Ok(true),
            (_, Some(tip)) => self.git.is_ancestor(commit, tip),
            (_, None) => Ok(false),
        }
    }
}
