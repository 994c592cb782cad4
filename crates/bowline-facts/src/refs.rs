//! Which remote releases go to, and what it holds.
//!
//! The remote's own answer is the truth: tags that exist only here do not count, and tags that were never fetched do.
//! Only a repository without remotes speaks for itself. Offline, the remembered references stand in, and whoever
//! concludes something from them has to say that it is unknown.

use bowline_model::Oid;
use bowline_model::git::{BranchName, TagName, staged_plan};
use bowline_port::git::{GitError, GitReader, Reference, Remote};

/// The references that releases are measured against.
pub(crate) struct Refs {
    entries: Vec<Reference>,
    source: Source,
}

/// Who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// This remote, just now.
    Remote(String),
    /// This repository, which has no remote.
    Local,
    /// This repository's memory of a remote that was not asked.
    Memory,
}

/// Why the references are not known.
#[derive(Debug, thiserror::Error)]
pub enum RefsError {
    /// Several remotes, and nothing says which one.
    #[error("several remotes and none is `origin` or tracked by the branch: {}", names.join(", "))]
    Ambiguous {
        /// Their names, safe to show.
        names: Vec<String>,
    },
    /// The remote did not answer.
    #[error("remote `{remote}` cannot be read")]
    Unreachable {
        /// Its name, safe to show.
        remote: String,
        /// Why.
        #[source]
        source: GitError,
    },
    /// A reference changed between two looks.
    #[error("{reference} moved on the remote while it was being read")]
    Moved {
        /// Full name, safe to show.
        reference: String,
    },
    /// The local repository did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// The remote that releases go to: the one `upstream` names, else the only one, else `origin`.
pub(crate) fn choose(mut remotes: Vec<Remote>, upstream: Option<&str>) -> Result<Option<Remote>, RefsError> {
    let position = |name: &str| remotes.iter().position(|remote| remote.name == name);
    let chosen = upstream.and_then(position).or_else(|| match remotes.len() {
        1 => Some(0),
        _ => position("origin"),
    });
    match chosen {
        Some(index) => Ok(Some(remotes.swap_remove(index))),
        None if remotes.is_empty() => Ok(None),
        None => Err(RefsError::Ambiguous { names: remotes.iter().map(|remote| shown(&remote.name)).collect() }),
    }
}

impl Refs {
    /// Asks `remote`, or this repository when there is none or `offline` forbids it.
    pub(crate) fn read(git: &dyn GitReader, remote: Option<&Remote>, offline: bool) -> Result<Self, RefsError> {
        match remote {
            Some(remote) if offline => Self::remembered(git, &remote.name),
            Some(remote) => {
                let entries = git
                    .ls_remote(&remote.name)
                    .map_err(|source| RefsError::Unreachable { remote: shown(&remote.name), source })?;
                Ok(Self { entries, source: Source::Remote(remote.name.clone()) })
            }
            None => {
                let mut entries = git.references("refs/heads/")?;
                entries.extend(git.references("refs/tags/")?);
                Ok(Self { entries, source: Source::Local })
            }
        }
    }

    fn remembered(git: &dyn GitReader, remote: &str) -> Result<Self, RefsError> {
        let tracking = format!("refs/remotes/{remote}/");
        let mut entries = git.references("refs/tags/")?;
        entries.extend(git.references(&tracking)?.into_iter().filter_map(|reference| {
            let name = format!("refs/heads/{}", reference.name.strip_prefix(&tracking)?);
            Some(Reference { name, ..reference })
        }));
        Ok(Self { entries, source: Source::Memory })
    }

    /// Who said so.
    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    /// Where `branch` points.
    pub(crate) fn tip(&self, branch: &BranchName) -> Option<Oid> {
        let name = branch.full();
        self.entries.iter().find(|reference| reference.name == name).map(|reference| reference.peeled)
    }

    /// Branches at `commit` whose names are safe to use. Those on which a release commit was made are nobody's.
    pub(crate) fn branches_at(&self, commit: Oid) -> Vec<BranchName> {
        self.entries
            .iter()
            .filter(|reference| reference.object == commit && staged_plan(&reference.name).is_none())
            .filter_map(|reference| BranchName::new(reference.name.strip_prefix("refs/heads/")?).ok())
            .collect()
    }

    /// Tags whose names are safe to use. Others are legal for git and never ours.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (TagName, &Reference)> {
        self.entries.iter().filter_map(|reference| {
            let name = TagName::new(reference.name.strip_prefix("refs/tags/")?).ok()?;
            Some((name, reference))
        })
    }

    /// Branches on which a forge made a release commit, or is about to.
    pub(crate) fn staging(&self) -> impl Iterator<Item = &Reference> {
        self.entries.iter().filter(|reference| staged_plan(&reference.name).is_some())
    }

    /// Whether a branch that is not one of those stands at `commit`.
    pub(crate) fn is_tip(&self, commit: Oid) -> bool {
        let is_branch = |name: &str| name.starts_with("refs/heads/") && staged_plan(name).is_none();
        self.entries.iter().any(|reference| reference.object == commit && is_branch(&reference.name))
    }

    /// Whether there is a tag of that name.
    pub(crate) fn has_tag(&self, tag: &TagName) -> bool {
        let name = tag.full();
        self.entries.iter().any(|reference| reference.name == name)
    }

    /// Makes the objects behind `wanted` (full name and object) available here, fetching those that are not.
    pub(crate) fn bring(&self, git: &dyn GitReader, wanted: &[(String, Oid)]) -> Result<(), RefsError> {
        let Source::Remote(remote) = &self.source else { return Ok(()) };
        let missing = absent(git, wanted)?;
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = missing.into_iter().map(|(name, _)| name.clone()).collect();
        git.fetch(remote, &names).map_err(|source| RefsError::Unreachable { remote: shown(remote), source })?;
        match absent(git, wanted)?.first() {
            Some((name, _)) => Err(RefsError::Moved { reference: shown(name) }),
            None => Ok(()),
        }
    }
}

fn absent<'a>(git: &dyn GitReader, wanted: &'a [(String, Oid)]) -> Result<Vec<&'a (String, Oid)>, GitError> {
    let mut missing = Vec::new();
    for entry in wanted {
        if !git.has_object(entry.1)? {
            missing.push(entry);
        }
    }
    Ok(missing)
}

fn shown(name: &str) -> String {
    bowline_model::text::one_line(name, 80).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(remotes: &[&str], upstream: Option<&str>, expected: Result<Option<&str>, &str>) {
        let list =
            remotes.iter().map(|name| Remote { name: (*name).to_owned(), url: format!("/srv/{name}") }).collect();
        let chosen = choose(list, upstream).map(|remote| remote.map(|remote| remote.name)).map_err(|e| e.to_string());
        assert_eq!(chosen.as_ref().map(Option::as_deref).map_err(String::as_str), expected, "{remotes:?} {upstream:?}");
    }

    #[test]
    fn the_release_remote() {
        check(&[], None, Ok(None));
        check(&["fork"], None, Ok(Some("fork")));
        check(&["fork", "origin"], None, Ok(Some("origin")));
        check(&["fork", "origin"], Some("fork"), Ok(Some("fork")));
        check(&["fork", "origin"], Some("."), Ok(Some("origin")));
        let message = "several remotes and none is `origin` or tracked by the branch: a, b";
        check(&["a", "b"], None, Err(message));
        check(&["a", "b"], Some("gone"), Err(message));
    }
}
