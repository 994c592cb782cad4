//! The doors to the world as small traits.
//!
//! Nothing outside `bowline-host` touches git, a forge, a file, a process or the clock except through one of these.
//! Reading and writing are separate types: whoever holds a [`Readers`] cannot change anything, which is how a dry run
//! keeps its promise. Doors that have several implementations carry a fake for tests and a `conformance` module, a
//! public exam that every implementation (the fake included) must pass. Git has no fake: the real one, in a temporary
//! folder, is fast enough and cannot drift from itself.

pub mod clock;
pub mod environment;
pub mod files;
pub mod forge;
pub mod git;
pub mod http;
pub mod local;
pub mod observed;
pub mod process;
pub mod retry;
pub mod secret;
pub mod state;
pub mod stop;

use std::sync::Arc;

/// The doors that only look.
#[derive(Clone)]
pub struct Readers {
    /// Git, for looking.
    pub git: Arc<dyn git::GitReader>,
    /// The forge, for looking.
    pub forge: Arc<dyn forge::ForgeReader>,
    /// The clock.
    pub clock: Arc<dyn clock::Clock>,
}

/// All doors; what a run holds.
#[derive(Clone)]
pub struct Doors {
    /// Git.
    pub git: Arc<dyn git::Git>,
    /// The forge.
    pub forge: Arc<dyn forge::Forge>,
    /// Files of checkout and artifacts.
    pub files: Arc<dyn files::Files>,
    /// Other programs.
    pub process: Arc<dyn process::Process>,
    /// The external tools among them.
    pub tools: Arc<process::tools::Toolbox>,
    /// What this machine remembers.
    pub local: Arc<dyn local::LocalStore>,
    /// What outlives this machine.
    pub state: Arc<dyn state::StateStore>,
    /// The clock.
    pub clock: Arc<dyn clock::Clock>,
    /// Whether somebody wants the run to pause.
    pub stop: stop::Stop,
}

impl Doors {
    /// The same doors without the right to write.
    pub fn readers(&self) -> Readers {
        Readers { git: self.git.clone(), forge: self.forge.clone(), clock: self.clock.clone() }
    }
}
