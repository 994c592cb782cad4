//! The forge: where releases live.
//!
//! A release is first a *draft* that only we can see, found again by its [`Marker`]; it becomes public in one act.
//! Creating is create-once: equal is done, different is a conflict, and nothing without our marker is ever changed.
//! Every implementation passes [`conformance`].

pub mod adopt;
pub mod checks;
pub mod commits;
pub mod conformance;
pub mod conversations;
pub mod discuss;
pub mod environments;
pub mod guards;
pub mod immutable;
pub mod memory;
pub mod rules;

pub use commits::{Commits, MoveError, Signatures, StagedCommit};

pub use checks::{Checks, Statuses};
pub use conversations::{Conversations, FollowUp};

use crate::http::{CallError, Reason, Source};
use crate::secret::token::TokenError;
use adopt::Adoption;
use bowline_model::Failure;
pub use bowline_model::facts::ForgeLimits as Limits;
use bowline_model::git::{Marker, Oid, TagName};
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::text::name::check_asset;
use discuss::Discussions;
use environments::Environments;
use guards::Guards;
use immutable::Immutability;
use rules::Rules;
use std::io::Write;
use std::sync::Arc;

/// Looks at releases.
pub trait ForgeReader: Send + Sync {
    /// What kind it is.
    fn kind(&self) -> ForgeKind;
    /// Where it is, in words for people (never with credentials).
    fn location(&self) -> String;
    /// What it accepts.
    fn limits(&self) -> Limits;
    /// The published release of `tag`.
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError>;
    /// Every unpublished release that can be seen.
    fn drafts(&self) -> Result<Drafts, ForgeError>;
    /// The tag that readers are shown as the latest final release.
    fn latest(&self) -> Result<Option<TagName>, ForgeError>;
    /// From now on nothing is answered from memory that was asked before: the world may have changed. Whoever begins to
    /// observe says so, and whoever looks again under the lock.
    fn look_anew(&self) {}
    /// The published release of `tag` as far as the releases that were looked through show it. That is enough where nothing
    /// is made public on the strength of it.
    fn listed(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.published(tag)
    }
    /// A release as it is at this moment, whatever it has become; none when it is gone.
    fn reread(&self, release: &Release) -> Result<Option<Release>, ForgeError> {
        let drafts = match self.drafts()? {
            Drafts::Visible(drafts) => drafts,
            Drafts::Invisible => Vec::new(),
        };
        let is_it = |found: &Release| found.id == release.id;
        match drafts.into_iter().find(is_it) {
            Some(draft) => Ok(Some(draft)),
            None => Ok(self.published(&release.tag)?.filter(is_it)),
        }
    }
    /// Writes an asset's bytes into `to` and returns how many there were.
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError>;
    /// What it does for immutable releases; none where there are none.
    fn immutability(&self) -> Option<&dyn Immutability> {
        None
    }
    /// What it thinks of signatures of commits; none when it has no opinion.
    fn signatures(&self) -> Option<&dyn Signatures> {
        None
    }
    /// The ability to look at rules in advance; none when this forge has no such rules, or does not tell.
    fn rules(&self) -> Option<&dyn Rules> {
        None
    }
    /// What others say about commits; none where the forge has no such thing.
    fn checks(&self) -> Option<&dyn Checks> {
        None
    }
    /// What guards branch, tags and jobs; the same.
    fn guards(&self) -> Option<&dyn Guards> {
        None
    }
    /// Environments that jobs release from; the same.
    fn environments(&self) -> Option<&dyn Environments> {
        None
    }
    /// Where people talk about changes; the same.
    fn conversations(&self) -> Option<&dyn Conversations> {
        None
    }
}

/// Changes releases.
pub trait Forge: ForgeReader {
    /// Whether releases could be created here now, found out without leaving anything behind.
    fn check_writable(&self) -> Result<(), ForgeError>;
    /// Creates a draft. The caller has looked for one with the same marker before.
    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError>;
    /// Adds one asset to a draft, with the bytes of a source that is opened as often as needed. An equal asset that is
    /// there already is fine; a different complete one is
    /// [`ForgeError::Taken`]; a partial one is replaced. Bytes that are not the artifact's are [`ForgeError::Corrupt`] and
    /// never become a whole asset.
    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError>;
    /// How many uploads it takes at the same time, at least one.
    fn uploads_at_once(&self) -> usize {
        1
    }
    /// Removes a draft of ours with its assets, by id. A published release is never removed, and a draft that was adopted
    /// is given back.
    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError>;
    /// Makes a draft public, at once and whole, as a pre-release where `draft` says so. `latest` tells whether readers shall
    /// be shown it as the latest; for a release that is public already, that is all that changes.
    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError>;
    /// How a release that was made by hand becomes ours; none where that cannot be done.
    fn adoption(&self) -> Option<&dyn Adoption> {
        None
    }
    /// How releases are discussed; none where they are not.
    fn discussions(&self) -> Option<&dyn Discussions> {
        None
    }
    /// How it makes commits itself; none when it cannot.
    fn commits(&self) -> Option<&dyn Commits> {
        None
    }
    /// Says something about commits; none where the forge has no such thing.
    fn statuses(&self) -> Option<&dyn Statuses> {
        None
    }
    /// Adds to what people talked about; the same.
    fn follow_up(&self) -> Option<&dyn FollowUp> {
        None
    }
}

/// A release as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The forge's own id.
    pub id: String,
    /// The tag it belongs to.
    pub tag: TagName,
    /// Its title.
    pub name: String,
    /// Its notes.
    pub notes: String,
    /// Whether readers cannot see it.
    pub draft: bool,
    /// Whether it is marked as a pre-release.
    pub prerelease: bool,
    /// Our marker, when it is ours.
    pub marker: Option<Marker>,
    /// Its assets, sorted by name.
    pub assets: Vec<Asset>,
    /// Where people find it.
    pub url: String,
}

impl Release {
    /// The asset called `name`.
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.name == name)
    }
}

/// An asset as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, when the forge tells.
    pub sha256: Option<bowline_model::Digest>,
    /// Whether all bytes have arrived.
    pub complete: bool,
    /// Where it can be downloaded once published.
    pub url: String,
}

/// A release to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRelease {
    /// The tag it will belong to.
    pub tag: TagName,
    /// The commit that tag stands on.
    pub commit: Oid,
    /// Its title.
    pub name: String,
    /// Its notes.
    pub notes: String,
    /// Whether to mark it as a pre-release.
    pub prerelease: bool,
    /// Whose it is.
    pub marker: Marker,
}

/// The drafts that can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// These.
    Visible(Vec<Release>),
    /// The rights at hand do not show drafts: absence cannot be concluded.
    Invisible,
}

/// Why the forge did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// This version of Bowline has no way to talk to that kind of forge.
    #[error("this version of Bowline cannot release to {0} yet")]
    Unsupported(ForgeKind),
    /// There is no token, and without one a forge shows only what readers see.
    #[error("there is no token for {location}")]
    NoToken {
        /// Which forge, in words for people.
        location: String,
    },
    /// Something else has the name.
    #[error("{what} exists already and is different: {difference}")]
    Taken {
        /// `release v1.2.3`, `asset app.tar.gz`.
        what: String,
        /// In words.
        difference: String,
    },
    /// The tag belonged to an immutable release that was deleted: nothing can have its name again.
    #[error("the tag was used up by an immutable release that is gone: {difference}")]
    TagBurned {
        /// The forge's own words, made safe.
        difference: String,
    },
    /// It is not there (any more).
    #[error("{what} does not exist")]
    Missing {
        /// What.
        what: String,
    },
    /// It is not ours to change.
    #[error("{what} was not made by this release")]
    NotOurs {
        /// What.
        what: String,
    },
    /// The token lacks a right.
    #[error("{action} failed, as the token lacks {needs}: {why}")]
    Forbidden {
        /// In words.
        action: String,
        /// The right, as the forge calls it.
        needs: &'static str,
        /// What the forge says.
        why: String,
    },
    /// Bytes are not the announced ones.
    #[error("asset {name} arrived with other bytes than announced")]
    Corrupt {
        /// Which asset.
        name: String,
    },
    /// There is a token, and it cannot be had.
    #[error("there is no login to the forge")]
    Token(#[source] TokenError),
    /// A request to it brought no answer.
    #[error("{action} failed")]
    Call {
        /// In words.
        action: String,
        /// Why, and what is known about the effect.
        #[source]
        source: CallError,
    },
    /// It was refused or failed before it had an effect.
    #[error("{action} failed")]
    NotDone {
        /// In words.
        action: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It was sent and not answered.
    #[error("{action} was not answered")]
    Unknown {
        /// In words.
        action: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ForgeError {
    /// The failure that this is wherever it happens: the login, or a wait that does not fit. None when that depends on
    /// what was asked for.
    pub fn own_failure(&self) -> Option<Failure> {
        match self {
            Self::Token(error) => Some(Failure::from(error)),
            Self::Call { action, source } if !matches!(source.reason, Reason::Failed { .. }) => {
                let failure = source.clone().into_failure();
                Some(Failure { message: format!("{action}: {}", failure.message), ..failure })
            }
            _ => None,
        }
    }
}

/// Looks through `drafts` for those that carry `marker`, the lowest id first.
pub fn ours<'a>(drafts: &'a [Release], marker: &Marker) -> Vec<&'a Release> {
    let mut found: Vec<&Release> = drafts.iter().filter(|draft| draft.marker.as_ref() == Some(marker)).collect();
    found.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
    found
}

/// Accepts an asset's name as [`check_asset`] does.
pub fn check_asset_name(name: &str) -> Result<(), ForgeError> {
    check_asset(name).map_err(|error| ForgeError::NotDone { action: "upload".to_owned(), source: error.into() })
}
