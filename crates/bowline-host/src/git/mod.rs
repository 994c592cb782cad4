//! The real git.
//!
//! Refs, history, objects and the index are read in process (`objects`, `history`, `references`, `checkout`),
//! because a plan has milliseconds; objects are written in process (`write`), because they must come out the same
//! everywhere. Whatever talks to another repository or takes git's own locks goes through the `git` program
//! (`program`), in an environment of named variables. Opening runs nothing, whatever the repository's settings say.

mod addresses;
mod bundle;
mod checkout;
mod clone;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod known;
mod login;
mod objects;
mod past;
mod program;
mod push;
mod questions;
mod raw;
mod references;
mod remote;
mod settings;
#[cfg(test)]
mod tests;
mod texts;
mod values;
mod variables;
mod walk;
mod write;

pub use login::{Answer, Login, Told, answer};
pub(crate) use program::without_logins;
pub(crate) use push::Move;
pub use push::{STATE_BRANCHES, STATE_REFERENCES};
pub(crate) use values::{ValueError, Values};

use bowline_model::facts::{CommitFact, FileContent, VersionTag};
use bowline_model::git::{BranchName, TagName};
use bowline_model::{Oid, text};
use bowline_port::environment::Environment;
use bowline_port::git::{
    Commit, Git, GitError, GitReader, Head, Layout, NewBundle, NewCommit, NewTag, Past, PathStatus, PushError,
    RefUpdate, Reference, Remote, Tag,
};
use bowline_port::process::Process;
use bowline_port::retry::Retries;
use bowline_port::secret::Secret;
use gix::bstr::ByteSlice;
use history::History;
use objects::{Objects, to_oid};
use past::HostPast;
use program::{Call, Program, failed};
use settings::{Place, Settings};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use walk::Walk;
use write::Keep;

/// What a [`HostGit`] works with.
#[derive(Clone)]
pub struct GitOptions {
    /// Where git's configuration files and logins are found.
    pub environment: Environment,
    /// Starts the `git` program.
    pub process: Arc<dyn Process>,
    /// How long one call of the program may take, network included.
    pub timeout: Duration,
}

/// A repository of this machine.
pub struct HostGit {
    repo: gix::ThreadSafeRepository,
    layout: Layout,
    program: Program,
    environment: Environment,
    promisor: bool,
    /// What remotes have answered, when one answer each is enough.
    remembered: Option<Mutex<BTreeMap<String, Vec<Reference>>>>,
}

/// Something that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

impl HostGit {
    /// Opens the repository that `dir` belongs to, at `dir` or above.
    pub fn open(dir: &Path, options: GitOptions) -> Result<Self, GitError> {
        let shown = |path: &Path| text::one_line(&path.to_string_lossy(), 400).into_owned();
        let nowhere = || GitError::NoRepository { path: shown(dir) };
        let start = std::fs::canonicalize(dir).map_err(|_| nowhere())?;
        let repo =
            gix::ThreadSafeRepository::discover_opts(&start, gix::discover::upwards::Options::default(), rules())
                .map_err(|error| match gix::discover::upwards(&start) {
                    Ok(_) => local("open")(error),
                    Err(_) => nowhere(),
                })?;
        let here = repo.to_thread_local();
        let root = here.workdir().unwrap_or_else(|| here.git_dir());
        if here.git_dir_trust() != gix::sec::Trust::Full
            && !Settings::load(&options.environment, None)?.trusts(root, options.environment.get("HOME"))
        {
            return Err(GitError::Untrusted { path: shown(root) });
        }
        let config = here.config_snapshot();
        if let Some(format) = config.string("extensions.refStorage").filter(|format| format.as_bstr() != "files") {
            let what =
                format!("its references are stored as `{}`, which cannot be read yet", shown(&format.to_path_lossy()));
            return Err(local("open")(Unusable(what)));
        }
        let promisor = settings::promisor(config.plumbing());
        let has_promisor = promisor.is_some();
        let layout = Layout { work_dir: here.workdir().map(Path::to_owned), git_dir: here.git_dir().to_owned() };
        let program = Program::new(options.process, &options.environment, options.timeout)
            .at(&layout.git_dir, layout.work_dir.as_deref())
            .lazy(promisor);
        Ok(Self { repo, layout, program, environment: options.environment, promisor: has_promisor, remembered: None })
    }

    /// Asks each remote for its references once and keeps the answer: for those who only look, and would otherwise
    /// pay for the network once for each question.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.remembered = Some(Mutex::default());
        self
    }

    /// Starts the `git` program with `process`, once it is known what configuration says about it.
    #[must_use]
    pub fn started_by(self, process: Arc<dyn Process>) -> Self {
        Self { program: self.program.started_by(process), ..self }
    }

    /// Asks remotes again, as `retries` allows, when trouble may have passed.
    #[must_use]
    pub fn retrying(self, retries: Retries) -> Self {
        Self { program: self.program.retrying(retries), ..self }
    }

    /// Logs in at remotes by `login`, where it has a token or an address has a password. Else nothing can come of it, and
    /// no call pays for asking.
    pub fn logging_in(self, login: Login) -> Result<Self, GitError> {
        if login.tokens.variable().is_none() && self.settings()?.secrets().is_empty() {
            return Ok(self);
        }
        Ok(Self { program: self.program.logging_in(login), ..self })
    }

    /// Every secret that git could use here and then say: in its settings, and in the files that it finds passwords in.
    pub fn secrets(&self) -> Result<Vec<Secret>, GitError> {
        let mut found = self.settings()?.secrets();
        found.extend(known::secrets(&self.environment));
        Ok(found)
    }

    /// Values behind references, of the same repository.
    pub(crate) fn values(&self) -> Values {
        Values::new(self.repo.clone(), self.program.clone())
    }

    fn objects(&self) -> Objects<'_> {
        Objects::new(self.repo.to_thread_local(), &self.program, self.promisor)
    }

    fn history(&self) -> Result<History<'_>, GitError> {
        History::new(self.objects())
    }

    fn settings(&self) -> Result<Settings, GitError> {
        let repo = self.repo.to_thread_local();
        let branch = repo.head_name().ok().flatten();
        let place = Place {
            git_dir: repo.git_dir(),
            common_dir: repo.common_dir(),
            branch: branch.as_ref().map(AsRef::as_ref),
        };
        Settings::load(&self.environment, Some(&place))
    }
}

impl GitReader for HostGit {
    fn layout(&self) -> Layout {
        self.layout.clone()
    }

    fn head(&self) -> Result<Head, GitError> {
        const ACTION: &str = "read HEAD of";
        let objects = self.objects();
        let name = match objects.repo.head().map_err(local(ACTION))?.kind {
            gix::head::Kind::Unborn(name) => return Ok(Head::Unborn(name.shorten().to_str_lossy().into_owned())),
            gix::head::Kind::Detached { target, .. } => return Ok(Head::Detached(to_oid(target))),
            gix::head::Kind::Symbolic(reference) => reference.name,
        };
        let full = name.as_bstr().to_str().map_err(local(ACTION))?;
        let oid = references::find(&objects, full)?
            .ok_or_else(|| local(ACTION)(Unusable(format!("{} leads nowhere", text::one_line(full, 200)))))?;
        match full.strip_prefix("refs/heads/") {
            Some(branch) => Ok(Head::Branch(BranchName::new(branch).map_err(local("use the branch of"))?, oid)),
            None => Ok(Head::Detached(oid)),
        }
    }

    fn resolve(&self, name: &str) -> Result<Option<Oid>, GitError> {
        let name = format!("{name}^{{commit}}");
        let call = Call::new(["rev-parse", "--verify", "--quiet", "--end-of-options", &name]);
        let finished =
            self.program.run(call).map_err(|source| GitError::Start { command: "rev-parse".to_owned(), source })?;
        let id = std::str::from_utf8(&finished.stdout).unwrap_or_default().trim();
        Ok(id.parse().ok().filter(|_| finished.success()))
    }

    fn commit(&self, oid: Oid) -> Result<Commit, GitError> {
        self.objects().commit(oid)
    }

    fn tag(&self, oid: Oid) -> Result<Option<Tag>, GitError> {
        self.objects().tag(oid)
    }

    fn has_object(&self, oid: Oid) -> Result<bool, GitError> {
        let objects = self.objects();
        objects.id(oid).map_or(Ok(false), |id| Ok(objects.kind(id)?.is_some()))
    }

    fn file(&self, commit: Oid, path: &str) -> Result<Option<FileContent>, GitError> {
        self.objects().file(commit, path)
    }

    fn folder(&self, commit: Oid, path: &str) -> Result<Vec<String>, GitError> {
        self.objects().folder(commit, path)
    }

    fn references(&self, prefix: &str) -> Result<Vec<Reference>, GitError> {
        references::references(&mut self.objects(), prefix)
    }

    fn remotes(&self) -> Result<Vec<Remote>, GitError> {
        Ok(self.settings()?.remotes())
    }

    fn upstream_remote(&self, branch: &BranchName) -> Result<Option<String>, GitError> {
        Ok(self.settings()?.upstream(branch.as_str()))
    }

    fn comment_mark(&self) -> Result<Option<String>, GitError> {
        Ok(self.settings()?.comment_mark())
    }

    fn ls_remote(&self, remote: &str) -> Result<Vec<Reference>, GitError> {
        let Some(remembered) = &self.remembered else { return remote::list(&self.program, remote) };
        let mut answers = remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answers.get(remote) {
            return Ok(known.clone());
        }
        let answer = remote::list(&self.program, remote)?;
        answers.insert(remote.to_owned(), answer.clone());
        Ok(answer)
    }

    fn fetch(&self, remote: &str, references: &[String]) -> Result<(), GitError> {
        remote::fetch(&self.program, remote, references)
    }

    fn is_shallow(&self) -> Result<bool, GitError> {
        self.repo.to_thread_local().is_shallow().map_err(local("read the shallow boundary of"))
    }

    fn unshallow(&self, remote: &str) -> Result<(), GitError> {
        let head = match self.head()? {
            Head::Branch(_, oid) | Head::Detached(oid) => Some(oid),
            Head::Unborn(_) => None,
        };
        remote::unshallow(&self.program, remote, head, || self.is_shallow())
    }

    fn newest_reachable(&self, head: Oid, tags: &[VersionTag]) -> Result<Option<VersionTag>, GitError> {
        let mut history = self.history()?;
        let head = history.objects.known_id(head)?;
        // An id of the other hash stands for nothing here; the null id keeps its place.
        let null = gix::ObjectId::null(head.kind());
        let ids: Vec<_> = tags.iter().map(|tag| history.objects.id(tag.commit).unwrap_or(null)).collect();
        let place = questions::first_reachable(&mut history, &mut Walk::default(), head, &ids, questions::PATIENCE)?;
        Ok(place.and_then(|place| tags.get(place)).cloned())
    }

    fn commits(&self, head: Oid, exclude: &[Oid]) -> Result<Vec<CommitFact>, GitError> {
        let mut history = self.history()?;
        let head = history.objects.known_id(head)?;
        let exclude: Result<Vec<_>, _> = exclude.iter().map(|oid| history.objects.known_id(*oid)).collect();
        questions::commits(&mut history, head, &exclude?)
    }

    fn past(&self, head: Oid) -> Result<Box<dyn Past + '_>, GitError> {
        let history = self.history()?;
        let head = history.objects.known_id(head)?;
        Ok(Box::new(HostPast::new(history, head)?))
    }

    fn commit_id(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        write::commit(&mut self.objects(), commit, Keep::Nothing)
    }

    fn tree_id(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        write::tree_id(&mut self.objects(), commit)
    }

    fn tag_id(&self, tag: &NewTag) -> Result<Oid, GitError> {
        write::tag(&mut self.objects(), tag, Keep::Nothing)
    }

    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, GitError> {
        let mut history = self.history()?;
        let Some(ancestor) = history.objects.id(ancestor) else { return Ok(false) };
        if !history.is_local_commit(ancestor)? {
            return Ok(false);
        }
        let descendant = history.objects.known_id(descendant)?;
        let settled = questions::is_ancestor(&mut history, ancestor, descendant, &mut usize::MAX.clone())?;
        Ok(settled.unwrap_or(false))
    }

    fn status(&self, commit: Oid, paths: &[String]) -> Result<Vec<PathStatus>, GitError> {
        checkout::status(&mut self.objects(), self.layout.work_dir.as_deref(), commit, paths)
    }

    fn other_changes(&self, except: &[String]) -> Result<Vec<String>, GitError> {
        if self.layout.work_dir.is_none() {
            return Ok(Vec::new());
        }
        checkout::other_changes(&self.program, except)
    }

    fn operations_in_progress(&self) -> Result<Vec<&'static str>, GitError> {
        Ok(checkout::operations_in_progress(&self.layout.git_dir))
    }
}

impl Git for HostGit {
    fn write_commit(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        write::commit(&mut self.objects(), commit, Keep::Durably)
    }

    fn write_tag(&self, tag: &NewTag) -> Result<Oid, GitError> {
        write::tag(&mut self.objects(), tag, Keep::Durably)
    }

    fn push(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError> {
        let moves: Vec<Move> = updates.iter().map(Move::from).collect();
        push::push(&self.program, remote, &moves, push::Mode::Real).map(drop)
    }

    fn update_reference(&self, update: &RefUpdate) -> Result<(), GitError> {
        remote::check_name(&update.name)?;
        let null = gix::ObjectId::null(self.repo.to_thread_local().object_hash());
        let old = update.old.map_or_else(|| null.to_string(), |oid| oid.to_string());
        let call = Call::new(["update-ref", "-m", "bowline"])
            .with((update.name == "HEAD").then_some("--no-deref"))
            .with([update.name.clone(), update.new.to_string(), old]);
        let command = "update-ref".to_owned();
        let finished = self.program.run(call).map_err(|source| GitError::Start { command: command.clone(), source })?;
        if finished.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&finished.stderr);
        if MOVED.iter().any(|words| said.contains(words)) {
            let found = remote::where_is(&self.objects(), &update.name);
            return Err(GitError::Moved { name: update.name.clone(), found });
        }
        Err(failed(command, &finished))
    }

    fn update_index(&self, commit: Oid, paths: &[String]) -> Result<(), GitError> {
        checkout::update_index(&mut self.objects(), &self.program, commit, paths)
    }

    fn clone_at(&self, path: &Path, commit: Oid, tag: &TagName, tag_object: Oid) -> Result<(), GitError> {
        let repo = self.repo.to_thread_local();
        let new = clone::NewClone { source: repo.common_dir(), path, commit, tag, tag_object };
        clone::make(&self.program.outside(), &new)
    }

    fn write_bundle(&self, path: &Path, bundle: &NewBundle) -> Result<(), GitError> {
        bundle::write(&mut self.objects(), &self.program, path, bundle)
    }

    fn read_bundle(&self, path: &Path) -> Result<(), GitError> {
        bundle::read(&self.objects(), &self.program, path)
    }

    fn push_dry_run(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError> {
        let moves: Vec<Move> = updates.iter().map(Move::from).collect();
        push::push(&self.program, remote, &moves, push::Mode::DryRun).map(drop)
    }
}

/// How a repository is opened: only its own settings are read, no variable of the process, nothing included. Who owns
/// it is judged afterwards, because `safe.directory` lives in files that are found through our own environment.
fn rules() -> gix::sec::trust::Mapping<gix::open::Options> {
    let options = || {
        gix::open::Options::isolated()
            .filter_config_section(|_| true)
            .lossy_config(true)
            .config_overrides(["core.useReplaceRefs=false", "gitoxide.objects.allocLimitIfReducedTrust=0"])
    };
    gix::sec::trust::Mapping { full: options(), reduced: options() }
}

/// Turns a cause into an error about `action`.
fn local<E>(action: &'static str) -> impl Fn(E) -> GitError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |source| GitError::Local { action, source: source.into() }
}

/// What git says when a reference has another value than expected.
const MOVED: [&str; 4] =
    ["but expected", "reference already exists", "unable to resolve reference", "reference is missing"];
