//! A repository with its doors, configuration and state: what every command but the simplest begins with.

mod config;
mod forge;
mod lenient;
mod login;
mod owner;
mod permissions;
mod tools;
mod versionrc;

use crate::crash::CrashSwitch;
use crate::session::Session;
use bowline_config::Config;
use bowline_config::section::retry::Retry;
use bowline_config::section::state::StateBackend;
use bowline_config::{Flags, Loaded, Origin};
use bowline_facts::{At, Request};
use bowline_host::clock::SystemClock;
use bowline_host::files::HostFiles;
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_host::state::git::{STATE_BRANCHES, STATE_REFERENCES};
use bowline_host::state::{FileState, repository_key, state_dir};
use bowline_ledger::Runs;
use bowline_ledger::lock::{Locks, Me, Seen};
use bowline_model::event::{Event, EventSink};
use bowline_model::facts::Facts;
use bowline_model::git::{BranchName, NameError};
use bowline_model::plan::{RepositoryId, remote_host};
use bowline_model::release::RunState;
use bowline_model::tool::NODE;
use bowline_model::{Failure, FailureKind, Oid};
use bowline_port::clock::Clock;
use bowline_port::environment::Environment;
use bowline_port::forge::Forge;
use bowline_port::git::{Git, GitReader, Head, Remote};
use bowline_port::local::LocalStore;
use bowline_port::local::memory::MemoryLocal;
use bowline_port::observed::{ObservedForge, ObservedGit, ObservedState};
use bowline_port::process::Process;
use bowline_port::process::tools::{Toolbox, Wanted};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::{is_about_secrets, of_names};
use bowline_port::state::StateStore;
use bowline_port::state::memory::MemoryState;
use bowline_port::state::recent::Recent;
use bowline_port::state::settled::Settled;
use bowline_port::stop::Stop;
use bowline_port::{Doors, Readers};
use config::{committed, load_config};
use lenient::Lenient;
use login::May;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// An open repository.
pub struct Workspace {
    /// The doors that only look.
    pub readers: Readers,
    /// The configuration.
    pub config: Loaded,
    /// The remote that releases go to.
    pub remote: Option<Remote>,
    /// Who listens to the run.
    pub events: Arc<dyn EventSink>,
    /// Who this repository is.
    pub repository: RepositoryId,
    /// The checkout's root.
    pub checkout: Option<PathBuf>,
    git: Arc<dyn Git>,
    forge: Arc<dyn Forge>,
    process: Arc<dyn Process>,
    tools: Arc<Toolbox>,
    clock: Arc<dyn Clock>,
    stop: Stop,
    state_root: Result<PathBuf, Failure>,
    shared: Option<Arc<dyn StateStore>>,
    /// Whether nothing is to be changed.
    looking: bool,
    /// Whether it was told that shared state cannot be read.
    warned: Arc<AtomicBool>,
    /// Who we are to others who want the same lock.
    me: Me,
    /// What was seen of others' locks.
    seen: Seen,
}

/// What this machine remembers, and what is shared.
struct Stores {
    local: Arc<dyn LocalStore>,
    shared: Arc<dyn StateStore>,
}

/// Everybody who listens, in order: the crash switch comes last, so that what leads to a crash is on record.
struct Listeners(Vec<Box<dyn EventSink>>);

impl EventSink for Listeners {
    fn event(&self, event: &Event) {
        for listener in &self.0 {
            listener.event(event);
        }
    }
}

impl Workspace {
    /// Opens the repository that the session works in, to change something: every question is asked anew.
    pub fn open(session: &Session, flags: Flags) -> Result<Self, Failure> {
        Self::open_git(session, flags, false)
    }

    /// Opens it to look: each remote is asked once.
    pub fn look(session: &Session, flags: Flags) -> Result<Self, Failure> {
        Self::open_git(session, flags, true)
    }

    fn open_git(session: &Session, flags: Flags, looking: bool) -> Result<Self, Failure> {
        let dir = session.dir()?;
        let environment = &session.environment;
        let events: Arc<dyn EventSink> =
            Arc::new(Listeners(vec![session.screen.sink(), Box::new(CrashSwitch::new(environment)?)]));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::interruptible(session.stop.clone()));
        let process = SystemProcess::new(environment.clone(), session.screen.child_line());
        let process = process.hiding(Arc::new(crate::output::hidden::clean)).stopping(session.stop.clone());
        let process: Arc<dyn Process> = Arc::new(process);
        // What configuration says about git is only known once git has found it.
        let node = Toolbox::new(process.clone(), [Wanted::usual(&NODE)]);
        let unconfigured: Arc<dyn Process> = Arc::new(Toolbox::usual(process.clone()));
        let options = GitOptions { environment: environment.clone(), process: unconfigured, timeout: GIT_TIMEOUT };
        let host = HostGit::open(&dir, options).map_err(open_failure)?;
        let checkout = host.layout().work_dir;
        let head = head(&host)?;
        // Of a partial clone not every file can be read before the login is known.
        let missed = Cell::new(false);
        let load = |git: &dyn GitReader, missed: Option<&Cell<bool>>| {
            load_config(session, git, &node, checkout.as_deref(), head, flags.clone(), missed)
        };
        let mut config = load(&host, Some(&missed))?;
        let retries = Retries::new(policy(&config.config.retry), clock.clone(), session.stop.clone(), events.clone());
        let tools = Arc::new(Toolbox::new(process.clone(), tools::wanted(&config.config.tools, checkout.as_deref())?));
        let host = host.started_by(tools.clone());
        // Logins in git's settings and files are git's to use and nobody's to read.
        crate::output::hidden::hide(host.secrets().map_err(open_failure)?);
        let remote = bowline_facts::release_remote(&host, environment).map_err(Failure::from)?;
        let kind = login::kind(config.config.forge.kind, forge::kind_of(remote.as_ref(), environment));
        let repository = repository_id(remote.as_ref(), checkout.as_deref());
        let opening = forge::Opening {
            kind: config.config.forge.kind.unwrap_or_else(|| forge::kind_of(remote.as_ref(), environment)),
            session,
            config: &config.config,
            remote: remote.as_ref(),
            repository: &repository,
            checkout: checkout.as_deref(),
            clock: &clock,
            retries: &retries,
        };
        opening.tell_unknown_host(events.as_ref());
        // Releases can be kept on another kind of forge than the one that is pushed to; neither gets the other's token.
        let to_forge = login::is_for_releases(opening.kind, kind);
        let may = |is_meant: bool, app| if is_meant { May::UseAll(app) } else { May::UseItsOwn };
        let of_forge = may(to_forge, opening.app_tokens()?);
        let of_forge = login::login(session, opening.kind, of_forge, &process, &events)?;
        let forge: Arc<dyn Forge> = Arc::new(ObservedForge::new(opening.open(&of_forge)?, events.clone()));
        let login = match opening.kind == kind {
            true => of_forge,
            false => login::login(session, kind, may(!to_forge, None), &process, &events)?,
        };
        let host = host.retrying(retries).logging_in(login).map_err(open_failure)?;
        let host = Arc::new(if looking { host.remembering() } else { host });
        if missed.get() {
            config = load(host.as_ref(), None)?;
        }
        let git: Arc<dyn Git> = Arc::new(ObservedGit::new(host.clone(), events.clone()));
        let state_root = state_dir(environment, None)
            .map(|root| root.join(state_key(&repository, remote.as_ref(), checkout.as_deref())))
            .map_err(|error| {
                Failure::from_error(FailureKind::Failed, "no_state_folder", &error)
                    .hint("name a folder with BOWLINE_STATE_DIR")
            });
        let shared = shared_store(session, &config, &host, remote.as_ref(), &clock)?;
        let shared = shared.map(|store| settled(store, &clock, &session.stop, &events));
        let me = owner::me(environment, &repository);
        let readers = Readers { git: git.clone(), forge: forge.clone(), clock: clock.clone() };
        let stop = session.stop.clone();
        Ok(Self {
            readers,
            config,
            remote,
            events,
            repository,
            checkout,
            git,
            forge,
            process,
            tools,
            clock,
            stop,
            state_root,
            shared,
            looking,
            warned: Arc::default(),
            me,
            seen: Seen::default(),
        })
    }

    /// All doors, for commands that change something. Creates the state folder.
    pub fn doors(&self) -> Result<Doors, Failure> {
        let root = self.state_root.clone()?;
        let files = FileState::observed(&root, self.events.clone()).map_err(|error| {
            Failure::from_error(FailureKind::Failed, "state_unavailable", &error)
                .hint("make it writable, or name another folder with BOWLINE_STATE_DIR")
        })?;
        let files = Arc::new(files);
        let shared =
            self.shared.clone().unwrap_or_else(|| settled(files.clone(), &self.clock, &self.stop, &self.events));
        Ok(self.doors_with(files, shared))
    }

    /// The locks of this repository.
    pub fn locks(&self, store: Arc<dyn StateStore>) -> Locks {
        let ttl = Duration::from_millis(self.config.config.state.lock_ttl_ms);
        Locks { store, clock: self.clock.clone(), me: self.me.clone(), ttl, seen: self.seen.clone() }
    }

    /// All doors, with these stores.
    pub fn doors_with(&self, local: Arc<dyn LocalStore>, state: Arc<dyn StateStore>) -> Doors {
        Doors {
            git: self.git.clone(),
            forge: self.forge.clone(),
            files: Arc::new(HostFiles::observed(self.events.clone())),
            process: self.process.clone(),
            tools: self.tools.clone(),
            local,
            state,
            clock: self.clock.clone(),
            stop: self.stop.clone(),
        }
    }

    /// The external tools.
    pub fn tools(&self) -> &Toolbox {
        &self.tools
    }

    /// The stores for looking. Creates nothing: what is not there yet is empty.
    fn stores(&self) -> Result<Stores, Failure> {
        let files = match &self.state_root {
            Ok(root) if root.is_dir() => Some(self.doors()?),
            _ => None,
        };
        let local: Arc<dyn LocalStore> = match &files {
            Some(doors) => doors.local.clone(),
            None => Arc::new(MemoryLocal::default()),
        };
        let shared: Arc<dyn StateStore> = match (&self.shared, files) {
            (Some(shared), _) if self.looking => {
                Arc::new(Lenient::new(shared.clone(), self.events.clone(), self.warned.clone()))
            }
            (Some(shared), _) => shared.clone(),
            (None, Some(doors)) => doors.state,
            (None, None) => Arc::new(MemoryState::default()),
        };
        Ok(Stores { local, shared })
    }

    /// What state knows about runs.
    pub fn runs(&self) -> Result<Runs, Failure> {
        let Stores { local, shared } = self.stores()?;
        Ok(Runs::new(local, shared))
    }

    /// The locks, for looking.
    pub fn locks_seen(&self) -> Result<Locks, Failure> {
        Ok(self.locks(self.stores()?.shared))
    }

    /// Observes the repository.
    pub fn observe(&self, session: &Session, branch: Option<&str>, at: Option<At>) -> Result<Facts, Failure> {
        self.observe_as(session, &self.config.config, branch, at)
    }

    /// Observes it for a build, which needs no branch.
    pub fn observe_build(&self, session: &Session, branch: Option<&str>) -> Result<Facts, Failure> {
        self.observe_with(session, &self.config.config, branch, None, true)
    }

    /// Observes it for other flags than those of this start.
    pub fn observe_as(
        &self,
        session: &Session,
        config: &Config,
        branch: Option<&str>,
        at: Option<At>,
    ) -> Result<Facts, Failure> {
        self.observe_with(session, config, branch, at, false)
    }

    fn observe_with(
        &self,
        session: &Session,
        config: &Config,
        branch: Option<&str>,
        at: Option<At>,
        branchless: bool,
    ) -> Result<Facts, Failure> {
        let branch = branch.map(BranchName::new).transpose().map_err(|error| {
            Failure::from_error(FailureKind::Usage, "branch_name", &error)
                .hint("name the branch as `git branch` shows it: --branch NAME")
        })?;
        let (mut closed, mut begun) = (Vec::new(), Vec::new());
        let runs = self.runs()?;
        for run in runs.all()? {
            match run.state {
                RunState::Complete => closed.push(run.marker),
                RunState::Open => begun.extend(runs.own_plan(&run.marker.plan, &self.repository)?),
                RunState::Aborted | RunState::Superseded => {}
            }
        }
        let request = Request {
            config,
            environment: &session.environment,
            branch,
            branchless,
            offline: session.global.offline,
            at,
            closed: &closed,
            begun: &begun,
        };
        self.readers.forge.look_anew();
        Ok(bowline_facts::observe(&self.readers, &request)?)
    }

    /// Files of standard-version that are not read, because this configuration is from elsewhere.
    pub fn passed_over(&self) -> Result<Vec<&'static str>, Failure> {
        let is_file = |origin: &Origin| matches!(origin, Origin::File { .. });
        if !self.config.origins.iter().any(|(_, origin)| is_file(origin)) {
            return Ok(Vec::new());
        }
        let git = self.readers.git.as_ref();
        let head = head(git)?;
        versionrc::passed_over(&|name| committed(git, head, name))
    }

    /// The day, for changelogs that carry the day of the plan.
    pub fn today(&self) -> String {
        self.clock.now().date()
    }
}

/// How patient the run is with remotes.
fn policy(retry: &Retry) -> Policy {
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Policy {
        attempts: count(retry.attempts),
        budget: count(retry.budget),
        deadline: Duration::from_millis(retry.deadline_ms),
    }
}

/// The store that other machines share with us; none when it is the state folder of this one.
fn shared_store(
    session: &Session,
    config: &Loaded,
    host: &Arc<HostGit>,
    remote: Option<&Remote>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn StateStore>>, Failure> {
    let in_ci = session.environment.is_ci();
    let backend = match &config.config.state.backend {
        StateBackend::Auto if in_ci && remote.is_some() && !session.global.offline => &StateBackend::Git,
        StateBackend::Auto => &StateBackend::File,
        chosen => chosen,
    };
    if session.global.offline && *backend != StateBackend::File {
        return Ok(None);
    }
    let in_git = |prefix: &str| -> Result<Arc<dyn StateStore>, Failure> {
        let Some(remote) = remote else {
            return Err(Failure::new(
                FailureKind::Config,
                "state_no_remote",
                "state in git needs a remote, and there is none",
            )
            .hint("set `backend = \"file\"` under `[state]` in bowline.toml"));
        };
        let store = host.state(&remote.name, prefix);
        let store = store.map_err(|error| Failure::from_error(FailureKind::Internal, "state_prefix", &error))?;
        Ok(Arc::new(Recent::new(Arc::new(store), clock.clone())))
    };
    Ok(match backend {
        StateBackend::File | StateBackend::Auto => None,
        StateBackend::Git => Some(in_git(STATE_REFERENCES)?),
        StateBackend::GitBranch => Some(in_git(STATE_BRANCHES)?),
        StateBackend::Object(address) => Some(in_bucket(address, &session.environment)?),
    })
}

#[cfg(feature = "object-store")]
fn in_bucket(address: &str, environment: &Environment) -> Result<Arc<dyn StateStore>, Failure> {
    use bowline_host::state::ObjectState;
    use bowline_host::state::object::OpenError;
    let store = ObjectState::open(address, environment).map_err(|error| {
        let kind = match &error {
            OpenError::Address(_) => FailureKind::Config,
            _ => FailureKind::Missing,
        };
        Failure::from_error(kind, "state_bucket", &error)
            .hint("see docs/state.md for the variables that each kind of bucket needs")
    })?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "object-store"))]
fn in_bucket(address: &str, _: &Environment) -> Result<Arc<dyn StateStore>, Failure> {
    Err(Failure::new(
        FailureKind::Missing,
        "state_bucket",
        format!("this program was built without buckets, and state is in {address}"),
    )
    .hint("build it with the feature `object-store`, which is on by default"))
}

/// A store whose answers are yes or no, and whose changes are seen by whoever listens.
fn settled(
    store: Arc<dyn StateStore>,
    clock: &Arc<dyn Clock>,
    stop: &Stop,
    events: &Arc<dyn EventSink>,
) -> Arc<dyn StateStore> {
    let settled = Settled::new(store, clock.clone()).stopping(stop.clone());
    Arc::new(ObservedState::new(Arc::new(settled), events.clone()))
}

/// The environment of the build command: everything but what looks like a secret, and git's own variables. A build may
/// need any other, so there is no list of those that it gets.
pub fn build_environment(session: &Session) -> Vec<(String, String)> {
    let secrets = of_names(&session.environment);
    let holds_one = |value: &str| secrets.iter().any(|secret| value.contains(secret.expose()));
    session
        .environment
        .iter()
        .filter(|(name, value)| !is_about_secrets(name) && !name.starts_with("GIT_") && !holds_one(value))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn head(git: &dyn GitReader) -> Result<Option<Oid>, Failure> {
    match git.head().map_err(open_failure)? {
        Head::Branch(_, oid) | Head::Detached(oid) => Ok(Some(oid)),
        Head::Unborn(_) => Ok(None),
    }
}

fn repository_id(remote: Option<&Remote>, checkout: Option<&Path>) -> RepositoryId {
    match remote {
        Some(remote) => RepositoryId::from_remote(&remote.url),
        None => {
            let folder = checkout.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            RepositoryId::local(&folder.unwrap_or_default())
        }
    }
}

/// The folder of a repository's state. Paths that end alike are different repositories, so theirs is told apart by the
/// whole path; every clone of one remote shares it.
fn state_key(id: &RepositoryId, remote: Option<&Remote>, checkout: Option<&Path>) -> String {
    let key = repository_key(id);
    let path = match remote {
        Some(remote) if remote_host(&remote.url).is_some() => return key,
        Some(remote) => PathBuf::from(remote.url.strip_prefix("file://").unwrap_or(&remote.url)),
        None => PathBuf::new(),
    };
    // Not looked up on disk: a remote that cannot be reached right now keeps its state.
    let path = forge::tidy_path(&checkout.map_or_else(|| path.clone(), |root| root.join(&path)));
    let digest = bowline_model::Digest::of(path.to_string_lossy().as_bytes()).hex();
    format!("{key}-{}", digest.chars().take(8).collect::<String>())
}

fn open_failure(error: bowline_port::git::GitError) -> Failure {
    use bowline_port::git::GitError;
    match &error {
        GitError::NoRepository { .. } => Failure::from_error(FailureKind::Usage, "no_repository", &error)
            .hint("change into a git repository, or name one with -C DIR")
            .hint("`bowline demo` makes one to look at"),
        GitError::Untrusted { path } => Failure::from_error(FailureKind::Refused, "repository_of_another_user", &error)
            .hint(format!("if you trust it: git config --global --add safe.directory {path}")),
        GitError::Local { source, .. } if source.is::<NameError>() => {
            Failure::from_error(FailureKind::Usage, "branch_name", &error)
                .hint("give it a plain name: git branch --move NAME; or check out another branch")
        }
        _ => Failure::from_error(FailureKind::Failed, UNREADABLE, &error).hint("see what is damaged: git fsck"),
    }
}

const UNREADABLE: &str = "git";
/// One call of git before it is known what configuration says about it.
const GIT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(900);
