//! A disk for tests that is small enough to fill.

use crate::process::SystemProcess;
use bowline_port::environment::Environment;
use bowline_port::process::{Command, Output, Process};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A mounted disk of one mebibyte.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one. None, with the reason printed, where that is not allowed; a continuous integration system that
    /// could and does not is a failure.
    pub(crate) fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_str().unwrap();
        match run(&["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path]) {
            Ok(()) => Some(Self(dir)),
            Err(reason) => {
                assert!(!(is_ci() && may_mount()), "cannot mount a small disk: {reason}");
                eprintln!("skipped: cannot mount a small disk: {reason}");
                None
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves no room.
    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("filling")).unwrap();
        while std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {}
    }

    /// Lets nobody write.
    pub(crate) fn make_read_only(&self) {
        run(&["mount", "-o", "remount,ro", self.path().to_str().unwrap()]).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(reason) = run(&["umount", "-l", self.path().to_str().unwrap()]) {
            eprintln!("{} stays mounted: {reason}", self.path().display());
        }
    }
}

fn run(argv: &[&str]) -> Result<(), String> {
    let path = ("PATH".to_owned(), "/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
    let command = Command {
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
        dir: "/".into(),
        env: Vec::new(),
        pass_env: Vec::new(),
        timeout: Duration::from_secs(20),
        output: Output::Capture,
        input: Vec::new(),
    };
    let process = SystemProcess::new(Environment::from_pairs([path]), Arc::new(|_| {}));
    match process.run(&command) {
        Ok(finished) if finished.success() => Ok(()),
        Ok(finished) => Err(String::from_utf8_lossy(&finished.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[expect(clippy::disallowed_methods, reason = "whether tests may be skipped is a fact about the machine")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether this process has the right that mounting takes.
fn may_mount() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    rights.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).is_some_and(|rights| rights & SYS_ADMIN != 0)
}
