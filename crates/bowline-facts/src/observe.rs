//! From doors to facts, in the order in which one answer needs the other.

use crate::authors::authors;
use crate::branch::{self, BranchError};
use crate::changes;
use crate::ours;
use crate::pulls::pulls;
use crate::refs::{self, Refs, RefsError};
use crate::relation;
use crate::releases::{self, Releases, ReleasesError, Scene};
use crate::tags::{self, Query, TagsError};
use bowline_config::Config;
use bowline_config::candidates;
use bowline_config::section::channel::Channel;
use bowline_model::facts::{Facts, FileContent, FileFact, ForgeFact, HeadFact, RemoteFact, RemoteRelation};
use bowline_model::git::{BranchName, Marker, TagName};
use bowline_model::plan::{Plan, RepositoryId, remote_host};
use bowline_model::text::one_line;
use bowline_model::time::TimeError;
use bowline_model::{Oid, Timestamp, Version};
use bowline_port::Readers;
use bowline_port::environment::Environment;
use bowline_port::git::{GitError, GitReader, Head, Remote};

/// What to observe.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The resolved configuration.
    pub config: &'a Config,
    /// Where a CI system tells the branch.
    pub environment: &'a Environment,
    /// `--branch`: wins over what is checked out.
    pub branch: Option<BranchName>,
    /// Whether a commit that no branch is known for will do: of builds, nothing goes to a branch.
    pub branchless: bool,
    /// Whether the network is off limits.
    pub offline: bool,
    /// Observe as it was at this commit, for computing a lost plan again.
    pub at: Option<At>,
    /// Plans that state calls over: never taken up again.
    pub closed: &'a [Marker],
    /// Plans that this machine began: what they say about a draft need not be read from it.
    pub begun: &'a [Plan],
}

/// A point in history to observe from. Only version tags that it contains count, and nothing is searched for: the
/// same point gives the same facts later, whatever was released since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The planned head.
    pub head: Oid,
    /// The tag that the plan itself made on that head, when there was no release commit.
    pub without_tag: Option<TagName>,
    /// The version that the head is promoted to: only lower ones count, and of pre-releases only those of its kind.
    pub promotes: Option<Version>,
}

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// Nothing is checked out.
    #[error("the repository at {path} is bare")]
    Bare {
        /// Its folder, safe to show.
        path: String,
    },
    /// The branch has no commit.
    #[error("branch {branch} has no commits yet")]
    NoCommits {
        /// Its name, safe to show.
        branch: String,
    },
    /// History is cut off and there is no remote to ask for the rest.
    #[error("the repository is a shallow clone, and the history that is missing cannot be fetched")]
    Shallow,
    /// The head claims an impossible date.
    #[error("commit {commit} has no usable committer date")]
    HeadDate {
        /// The head.
        commit: Oid,
        /// What it claims.
        #[source]
        source: TimeError,
    },
    /// The branch is not known.
    #[error(transparent)]
    Branch(#[from] BranchError),
    /// The remote or its references are not known.
    #[error(transparent)]
    Refs(#[from] RefsError),
    /// The version tags are not known.
    #[error(transparent)]
    Tags(#[from] TagsError),
    /// The state of our releases is not known.
    #[error(transparent)]
    Releases(#[from] ReleasesError),
    /// The repository did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Observes repository, forge and files.
pub fn observe(readers: &Readers, request: &Request<'_>) -> Result<Facts, FactsError> {
    let git = readers.git.as_ref();
    let folder = folder_name(git)?;
    let place = Place::find(git, request)?;
    deepen(git, &place, request.offline)?;
    let head = head(git, request.at.as_ref().map_or(place.checked_out, |at| at.head))?;
    let repository = match &place.remote {
        Some(remote) => RepositoryId::from_remote(&remote.url),
        None => RepositoryId::local(&folder),
    };
    let files = files(git, request.config, head.oid)?;
    let package = package(request.config, &files, &repository);
    // What is wrong with the channel is said by planning; whoever only looks is not stopped by it.
    let channel = Channel::of(request.config, &place.branch).unwrap_or_default();
    let is_promotion = request.at.as_ref().is_some_and(|at| at.promotes.is_some());
    let channel = if is_promotion { channel.promoting() } else { channel };
    let scan = tags::scan(git, &place.refs, &query(request, head.oid, &package, &channel))?;
    let exclude: Vec<Oid> = scan.current.iter().map(|tag| tag.commit).collect();
    let commits = git.commits(head.oid, &exclude)?;
    let current = scan.current.as_ref();
    let change_files = changes::unreleased(git, &place.refs, request.config, head.oid, current, &scan.tags, &commits)?;
    let before = scan.current.as_ref().filter(|_| request.config.notes.contributors);
    let earlier_authors = before.map(|tag| authors(git, tag.commit)).transpose()?;
    let pulls = pulls(readers.forge.as_ref(), request.config, &commits, request.offline);
    let (tip, relation) = match &request.at {
        Some(at) => (Some(at.head), RemoteRelation::Equal),
        None => (place.refs.tip(&place.branch), relation::relate(git, &place.refs, &place.branch, head.oid)?),
    };
    let scene = Scene {
        git,
        forge: readers.forge.as_ref(),
        repository: &repository,
        branch: &place.branch,
        refs: &place.refs,
        head: &head,
        tip,
        relation: &relation,
        scan: &scan,
        channel: &channel,
        commits: &commits,
        closed: request.closed,
        begun: request.begun,
        stays_draft: request.config.forge.draft == Some(true),
        offline: request.offline,
    };
    let releases = if request.at.is_some() { Releases::default() } else { releases::search(&scene)? };
    let to_fact = |remote: Remote| RemoteFact { host: remote_host(&remote.url), name: remote.name, tip, relation };
    Ok(Facts {
        repository,
        head,
        branch: place.branch,
        remote: place.remote.map(to_fact),
        package,
        tag_form: scan.form,
        version_tags: scan.tags,
        current: scan.current,
        contained: scan.contained,
        commits,
        earlier_authors,
        pulls,
        files,
        change_files,
        forge: ForgeFact { kind: readers.forge.kind(), limits: readers.forge.limits() },
        unfinished: releases.unfinished,
        released: releases.released,
        superseded: releases.superseded,
        left_staging: releases.left_staging,
    })
}

fn query<'a>(request: &'a Request<'_>, head: Oid, package: &'a str, channel: &'a Channel) -> Query<'a> {
    Query {
        head,
        channel,
        package: candidates::tag_part(package),
        template: request.config.release.tag.as_deref(),
        only_reachable: request.at.is_some(),
        without: request.at.as_ref().and_then(|at| at.without_tag.as_ref()),
        below: request.at.as_ref().and_then(|at| at.promotes.as_ref()),
    }
}

/// Branch, remote and what the remote holds: each may need another to be found.
struct Place {
    checked_out: Oid,
    branch: BranchName,
    remote: Option<Remote>,
    refs: Refs,
}

impl Place {
    fn find(git: &dyn GitReader, request: &Request<'_>) -> Result<Self, FactsError> {
        let (checked_out, branch) = match git.head()? {
            Head::Branch(branch, oid) => (oid, Some(request.branch.clone().unwrap_or(branch))),
            Head::Detached(oid) => (oid, named_branch(request)?),
            Head::Unborn(branch) => {
                return Err(FactsError::NoCommits { branch: one_line(&branch, 80).into_owned() });
            }
        };
        let upstream = match &branch {
            Some(branch) => git.upstream_remote(branch)?,
            None => None,
        };
        let remote = refs::choose(git.remotes()?, upstream.as_deref())?;
        let refs = Refs::read(git, remote.as_ref(), request.offline)?;
        let branch = match branch {
            Some(branch) => branch,
            None => match branch::standing_on(&refs, checked_out) {
                Err(_) if request.branchless => BranchName::detached(),
                found => found?,
            },
        };
        Ok(Self { checked_out, branch, remote, refs })
    }
}

/// The remote that releases go to, found without asking it anything.
pub fn release_remote(git: &dyn GitReader, environment: &Environment) -> Result<Option<Remote>, FactsError> {
    let branch = match git.head()? {
        Head::Branch(branch, _) => Some(branch),
        Head::Detached(_) => branch::from_environment(environment)?,
        Head::Unborn(_) => None,
    };
    let upstream = match &branch {
        Some(branch) => git.upstream_remote(branch)?,
        None => None,
    };
    Ok(refs::choose(git.remotes()?, upstream.as_deref())?)
}

fn named_branch(request: &Request<'_>) -> Result<Option<BranchName>, BranchError> {
    match &request.branch {
        Some(branch) => Ok(Some(branch.clone())),
        None => branch::from_environment(request.environment),
    }
}

fn folder_name(git: &dyn GitReader) -> Result<String, FactsError> {
    let layout = git.layout();
    let Some(folder) = layout.work_dir else {
        return Err(FactsError::Bare { path: one_line(&layout.git_dir.to_string_lossy(), 200).into_owned() });
    };
    Ok(folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// A cut-off history hides tags and commits: everything after this reads the whole of it.
fn deepen(git: &dyn GitReader, place: &Place, offline: bool) -> Result<(), FactsError> {
    if !git.is_shallow()? {
        return Ok(());
    }
    let Some(remote) = place.remote.as_ref().filter(|_| !offline) else { return Err(FactsError::Shallow) };
    git.unshallow(&remote.name)
        .map_err(|source| RefsError::Unreachable { remote: one_line(&remote.name, 80).into_owned(), source })?;
    if git.is_shallow()? { Err(FactsError::Shallow) } else { Ok(()) }
}

fn head(git: &dyn GitReader, oid: Oid) -> Result<HeadFact, FactsError> {
    let commit = git.commit(oid)?;
    let committed = Timestamp::from_unix(commit.time).map_err(|source| FactsError::HeadDate { commit: oid, source })?;
    let parent = match commit.parents.as_slice() {
        [parent] => Some(*parent),
        _ => None,
    };
    Ok(HeadFact { oid, parent, committed, release: ours::release_commit(&commit) })
}

fn files(git: &dyn GitReader, config: &Config, commit: Oid) -> Result<Vec<FileFact>, GitError> {
    let mut files = Vec::new();
    for path in candidates::candidate_files(config) {
        if let Some(content) = git.file(commit, &path)? {
            files.push(FileFact { path, content });
        }
    }
    let overrides = config.commits.overrides.trim_end_matches('/');
    let is_override = |path: &str| candidates::override_id(config, path).is_some();
    read_folder(git, commit, overrides, &is_override, &mut files)?;
    if let Some((folder, before, after)) = candidates::upgrade_files(config) {
        let is_advice = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        };
        read_folder(git, commit, folder, &is_advice, &mut files)?;
    }
    Ok(files)
}

/// Adds the files directly in `folder` that are `wanted` by their path.
fn read_folder(
    git: &dyn GitReader,
    commit: Oid,
    folder: &str,
    wanted: &dyn Fn(&str) -> bool,
    files: &mut Vec<FileFact>,
) -> Result<(), GitError> {
    let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
    let names = git.folder(commit, folder)?;
    for path in names.iter().map(|name| format!("{prefix}{name}")).filter(|path| wanted(path)) {
        if !files.iter().any(|file| file.path == path)
            && let Some(content) = git.file(commit, &path)?
        {
            files.push(FileFact { path, content });
        }
    }
    Ok(())
}

fn package(config: &Config, files: &[FileFact], repository: &RepositoryId) -> String {
    let readable: Vec<(&str, &[u8])> = files
        .iter()
        .filter_map(|file| match &file.content {
            FileContent::Bytes(bytes) => Some((file.path.as_str(), bytes.as_slice())),
            FileContent::NotAFile(_) => None,
        })
        .collect();
    candidates::package_name(config, &readable, repository.name())
}
