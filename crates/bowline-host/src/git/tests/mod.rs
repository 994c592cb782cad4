//! The exam of the real git, against the `git` program in temporary folders.
//!
//! [`World`] owns a folder, an empty configuration and the identity and dates of everything that is made in it.

mod bundles;
mod changing;
mod hostile;
mod looking;
mod pushing;
mod random;
mod remotes;
mod state;

use super::{GitOptions, HostGit};
use crate::process::SystemProcess;
use bowline_model::facts::VersionTag;
use bowline_model::git::TagName;
use bowline_model::plan::Identity;
use bowline_model::{Oid, Timestamp, Version};
use bowline_port::environment::Environment;
use bowline_port::git::{GitError, NewCommit, NewTag};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// A folder with nothing of the machine in it.
struct World {
    root: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let mut variables: Vec<(String, String)> = [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "A U Thor"),
            ("GIT_AUTHOR_EMAIL", "author@example.com"),
            ("GIT_COMMITTER_NAME", "C O Mitter"),
            ("GIT_COMMITTER_EMAIL", "committer@example.com"),
            ("GIT_COMMITTER_DATE", "1700000000 +0000"),
            ("GIT_AUTHOR_DATE", "1700000000 +0000"),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        variables.push(("HOME".into(), home.to_str().unwrap().into()));
        variables.push(("PATH".into(), path()));
        let world = Self { root, variables };
        world.write("home/.gitconfig", "[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn url(&self, name: &str) -> String {
        format!("file://{}", self.text(name))
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// An executable shell script that leaves `name.ran` behind when it runs.
    fn trap(&self, name: &str) -> String {
        let path = self.text(name);
        self.script(name, &format!("touch '{path}.ran'; exit 1"));
        path
    }

    fn script(&self, name: &str, body: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, &format!("#!/bin/sh\n{body}\n"));
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the program the way a person would, and returns its trimmed output.
    fn git(&self, dir: &str, arguments: &[&str]) -> String {
        self.git_reading(dir, arguments, b"")
    }

    fn git_reading(&self, dir: &str, arguments: &[&str], input: &[u8]) -> String {
        let output = self.try_git(dir, arguments, input);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} in {dir}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    #[expect(clippy::disallowed_methods, reason = "the other side of these tests is a git that we did not start")]
    fn try_git(&self, dir: &str, arguments: &[&str], input: &[u8]) -> std::process::Output {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.path(dir))
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    fn rev(&self, dir: &str, name: &str) -> Oid {
        self.git(dir, &["rev-parse", "--verify", name]).parse().unwrap()
    }

    /// A new repository `name` with one commit on `main`.
    fn repository(&self, name: &str) -> HostGit {
        self.git("", &["init", "-q", name]);
        self.write(&format!("{name}/VERSION"), "1.0.0\n");
        self.commit(name, "first");
        self.open(name)
    }

    /// Commits everything.
    fn commit(&self, dir: &str, message: &str) -> Oid {
        self.git(dir, &["add", "-A"]);
        self.git(dir, &["commit", "-q", "--allow-empty", "-m", message]);
        self.rev(dir, "HEAD")
    }

    /// A bare repository `origin.git` with the content of `dir`, which knows it as `origin`.
    fn origin_of(&self, dir: &str) {
        self.git("", &["clone", "-q", "--bare", dir, "origin.git"]);
        self.git(dir, &["remote", "add", "origin", &self.url("origin.git")]);
    }

    fn open(&self, name: &str) -> HostGit {
        self.try_open(name).unwrap()
    }

    fn try_open(&self, name: &str) -> Result<HostGit, GitError> {
        self.open_with(name, &[])
    }

    /// Opens with more variables than usual.
    fn open_with(&self, name: &str, more: &[(&str, &str)]) -> Result<HostGit, GitError> {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::from_pairs(self.variables.iter().cloned().chain(more));
        let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_| {})));
        HostGit::open(&self.path(name), GitOptions { environment, process, timeout: Duration::from_secs(60) })
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "the only thing taken from the machine: where its programs are")]
fn path() -> String {
    std::env::var("PATH").unwrap()
}

fn tag(name: &str) -> TagName {
    TagName::new(name).unwrap()
}

fn version_tag(version: &str, commit: Oid) -> VersionTag {
    let version: Version = version.parse().unwrap();
    VersionTag { name: tag(&format!("v{version}")), version, object: commit, commit }
}

fn identity() -> Identity {
    Identity { name: "Release Bot".into(), email: "bot@example.com".into() }
}

fn new_commit(parent: Oid, files: &[(&str, &str)]) -> NewCommit {
    NewCommit {
        parent,
        files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
        removed: Vec::new(),
        message: "chore(release): 1.2.3\n".into(),
        identity: identity(),
        time: Timestamp::from_unix(1_700_000_100).unwrap(),
    }
}

fn new_tag(target: Oid, name: &str) -> NewTag {
    NewTag {
        target,
        name: tag(name),
        message: format!("{name}\n"),
        identity: identity(),
        time: Timestamp::from_unix(1_700_000_100).unwrap(),
    }
}

/// The message with every cause.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn is_dir_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
