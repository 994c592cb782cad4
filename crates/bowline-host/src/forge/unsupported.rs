//! A forge that cannot be talked to: this version does not know its kind, or there is no token.
//!
//! Its limits are known, so a plan can be checked against them; everything else is answered with the same plain "no".

use bowline_model::Oid;
use bowline_model::facts::PullFact;
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_port::forge::checks::{Check, Demand};
use bowline_port::forge::conversations::{Conversation, Milestone};
use bowline_port::forge::environments::{EnvironmentRules, Environments};
use bowline_port::forge::{
    Asset, Checks, Conversations, Drafts, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release,
};
use bowline_port::http::Source;
use std::io::Write;
use std::sync::Arc;

/// Stands in for a forge.
#[derive(Clone, Debug)]
pub struct UnsupportedForge {
    kind: ForgeKind,
    location: String,
    lacks_token: bool,
}

impl UnsupportedForge {
    /// A forge of `kind` at `location` (an address without credentials).
    pub fn new(kind: ForgeKind, location: impl Into<String>) -> Self {
        Self { kind, location: location.into(), lacks_token: false }
    }

    /// A forge that this version could talk to if there were a token.
    pub fn without_token(kind: ForgeKind, location: impl Into<String>) -> Self {
        Self { lacks_token: true, ..Self::new(kind, location) }
    }

    fn no<T>(&self) -> Result<T, ForgeError> {
        Err(match self.lacks_token {
            true => ForgeError::NoToken { location: self.location.clone() },
            false => ForgeError::Unsupported(self.kind),
        })
    }
}

impl ForgeReader for UnsupportedForge {
    fn kind(&self) -> ForgeKind {
        self.kind
    }
    fn location(&self) -> String {
        self.location.clone()
    }
    fn limits(&self) -> Limits {
        match self.kind {
            ForgeKind::Github => super::github::LIMITS,
            // What gitlab.com sets: a description of a mebibyte, generic packages of 5 GiB.
            ForgeKind::Gitlab => Limits { notes_chars: 1 << 20, assets: 1000, asset_size: 5 * GIB },
            // The attachment size that Gitea and Forgejo come with; each instance may set another.
            ForgeKind::Gitea => Limits { notes_chars: 1 << 20, assets: 1000, asset_size: 2 * GIB },
            ForgeKind::Local => super::local::LIMITS,
        }
    }
    fn published(&self, _tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.no()
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        self.no()
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.no()
    }
    fn download(&self, _release: &Release, _asset: &str, _to: &mut dyn Write) -> Result<u64, ForgeError> {
        self.no()
    }
    fn checks(&self) -> Option<&dyn Checks> {
        Some(self)
    }
    fn environments(&self) -> Option<&dyn Environments> {
        Some(self)
    }
    fn conversations(&self) -> Option<&dyn Conversations> {
        Some(self)
    }
}

/// The same with conversations.
impl Conversations for UnsupportedForge {
    fn about(&self, _commits: &[Oid]) -> Result<Vec<u64>, ForgeError> {
        self.no()
    }
    fn merged(&self, _commits: &[Oid], _descriptions: bool) -> Result<Vec<PullFact>, ForgeError> {
        self.no()
    }
    fn look(&self, _numbers: &[u64], _marker: &str) -> Result<Vec<Conversation>, ForgeError> {
        self.no()
    }
    fn milestones(&self, _titles: &[&str]) -> Result<Vec<Milestone>, ForgeError> {
        self.no()
    }
}

/// The same with environments.
impl Environments for UnsupportedForge {
    fn rules_of(&self, _name: &str) -> Result<Option<EnvironmentRules>, ForgeError> {
        self.no()
    }
}

/// Whether there are checks is not known without asking.
impl Checks for UnsupportedForge {
    fn of_commit(&self, _commit: Oid) -> Result<Option<Vec<Check>>, ForgeError> {
        self.no()
    }
    fn demanded(&self, _branch: &BranchName) -> Result<Vec<Demand>, ForgeError> {
        self.no()
    }
}

impl Forge for UnsupportedForge {
    fn check_writable(&self) -> Result<(), ForgeError> {
        self.no()
    }
    fn create_draft(&self, _new: &NewRelease) -> Result<Release, ForgeError> {
        self.no()
    }
    fn upload(&self, _draft: &Release, _artifact: &Artifact, _bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        self.no()
    }
    fn delete_draft(&self, _draft: &Release) -> Result<(), ForgeError> {
        self.no()
    }
    fn publish(&self, _draft: &Release, _latest: bool) -> Result<Release, ForgeError> {
        self.no()
    }
}

const GIB: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_no_and_knows_its_limits() {
        let forge = UnsupportedForge::new(ForgeKind::Gitlab, "https://gitlab.com/acme/app");
        assert_eq!(forge.kind(), ForgeKind::Gitlab);
        assert!(matches!(forge.drafts(), Err(ForgeError::Unsupported(ForgeKind::Gitlab))));
        assert!(matches!(forge.check_writable(), Err(ForgeError::Unsupported(ForgeKind::Gitlab))));
        let forge = UnsupportedForge::without_token(ForgeKind::Github, "https://github.com/acme/app");
        assert_eq!(forge.limits(), Limits { notes_chars: 124_800, assets: 1000, asset_size: 2_147_483_648 });
        assert!(matches!(forge.drafts(), Err(ForgeError::NoToken { location }) if location.contains("acme")));
        for kind in [ForgeKind::Gitlab, ForgeKind::Gitea, ForgeKind::Local] {
            assert!(UnsupportedForge::new(kind, "").limits().asset_size >= GIB);
        }
    }
}
