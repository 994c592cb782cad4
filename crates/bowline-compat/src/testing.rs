//! A folder for a test, with the doors of this machine.

use crate::world::World;
use bowline_host::files::plain::HostPlainFiles;
use bowline_host::process::SystemProcess;
use bowline_port::environment::Environment;
use bowline_port::process::{Command, Output, Process as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder of its own, in which a program is called.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    inside: PathBuf,
    process: SystemProcess,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().canonicalize().unwrap();
        let environment = Environment::from_pairs(path().map(|path| ("PATH".to_owned(), path)));
        Self { folder, inside, process: SystemProcess::new(environment, Arc::new(|_| {})) }
    }

    /// The world as it is seen from a folder below.
    pub(crate) fn enter(&mut self, below: &str) {
        self.inside = self.folder.path().canonicalize().unwrap().join(below);
        std::fs::create_dir_all(&self.inside).unwrap();
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn world(&self) -> World<'_> {
        World { folder: &self.inside, files: &HostPlainFiles, process: &self.process, pass_env: &[] }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test looks for tools where the person has them")]
fn path() -> Option<String> {
    std::env::var("PATH").ok()
}

/// Whether there is a node to run. Where everything has to be there, none is a failure.
pub(crate) fn node_is_here() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test asks where it runs")]
    let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    let place = Place::new();
    let command = Command {
        argv: ["node", "--version"].map(str::to_owned).to_vec(),
        dir: place.path(),
        env: Vec::new(),
        pass_env: Vec::new(),
        timeout: Duration::from_secs(20),
        output: Output::Capture,
        input: Vec::new(),
    };
    let is_here = place.process.run(&command).is_ok_and(|finished| finished.success());
    assert!(is_here || !is_ci, "node is needed for this test");
    if !is_here {
        eprintln!("skipped: there is no node");
    }
    is_here
}
