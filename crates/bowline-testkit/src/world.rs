//! A temporary folder that is a whole world: home, state, data, a checkout and its bare remote.

use bowline_model::seeded::VARIABLE;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

/// A hermetic world.
pub struct World {
    folder: tempfile::TempDir,
    root: PathBuf,
    program: PathBuf,
    env: BTreeMap<String, String>,
    clock: AtomicI64,
}

/// What a run of the program came to.
#[must_use]
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    root: String,
}

impl World {
    /// An empty world. `program` is the built `bowline`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        // In memory where that is possible: what a test kills is a process, and its flushes would only cost time.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("bowline-world-").tempdir_in(base).unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "state", "data", "tmp"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        let path = |name: &str| root.join(name).to_string_lossy().into_owned();
        let mut env = BTreeMap::from([
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), path("home")),
            ("XDG_STATE_HOME".to_owned(), path("state")),
            ("XDG_DATA_HOME".to_owned(), path("data")),
            ("TMPDIR".to_owned(), path("tmp")),
            ("GIT_CONFIG_GLOBAL".to_owned(), "/dev/null".to_owned()),
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
            ("LC_ALL".to_owned(), "C".to_owned()),
        ]);
        // The program under test makes the mistake that the test is to notice.
        env.extend(std::env::var(VARIABLE).ok().map(|bug| (VARIABLE.to_owned(), bug)));
        Self { folder, root, program: program.into(), env, clock: AtomicI64::new(1_790_000_000) }
    }

    /// A world with a checkout `work` on branch main, its bare remote `remote/app.git`, one pushed `feat` commit and
    /// the tag `v1.0.0` on it.
    pub fn with_repository(program: impl Into<PathBuf>) -> Self {
        let world = Self::new(program);
        world.init();
        world.write("src/app.txt", "one\n");
        world.commit("feat: begin");
        world.git(&["tag", "v1.0.0"]);
        world.git(&["push", "--quiet", "--tags", "--set-upstream", "origin", "main"]);
        world
    }

    /// A copy of this world as it is now, in a folder of its own. Clones of the remote follow it.
    pub fn copy(&self) -> Self {
        let mut copy = Self::new(self.program.clone());
        let (old, new) = (self.root.to_string_lossy().into_owned(), copy.root.to_string_lossy().into_owned());
        let copied = Command::new("cp").arg("-a").arg(self.root.join(".")).arg(&copy.root).status().unwrap();
        assert!(copied.success(), "{old} cannot be copied");
        for entry in std::fs::read_dir(&copy.root).unwrap() {
            let config = entry.unwrap().path().join(".git/config");
            if let Ok(text) = std::fs::read_to_string(&config) {
                std::fs::write(&config, text.replace(&old, &new)).unwrap();
            }
        }
        copy.env = self.env.iter().map(|(name, value)| (name.clone(), value.replace(&old, &new))).collect();
        copy.clock = AtomicI64::new(self.clock.load(Ordering::SeqCst));
        copy
    }

    /// Makes an empty checkout `work` with its bare remote.
    pub fn init(&self) {
        self.git_in(&self.root, &["init", "--quiet", "--bare", "--initial-branch=main", "remote/app.git"]);
        self.git_in(&self.root, &["clone", "--quiet", "remote/app.git", "work"]);
        self.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    }

    /// The world's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The checkout.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The bare remote.
    pub fn remote(&self) -> PathBuf {
        self.root.join("remote/app.git")
    }

    /// The local forge's folder.
    pub fn releases(&self) -> PathBuf {
        self.root.join("data/bowline/releases/app")
    }

    /// Sets a variable for everything that is run from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// The variables of everything that is run here.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Writes a file of the checkout.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Reads a file of the checkout; empty when it is not there.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.work().join(path)).unwrap_or_default()
    }

    /// Commits everything in the checkout with this message and a time of its own.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits and pushes.
    pub fn commit_and_push(&self, message: &str) -> String {
        let oid = self.commit(message);
        self.git(&["push", "--quiet", "origin", "HEAD"]);
        oid
    }

    /// Runs git in the checkout.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.work(), args)
    }

    /// Runs git in `dir`; it must succeed.
    pub fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let (ok, out) = self.try_git_in(dir, args);
        assert!(ok, "git {args:?} in {}: {out}", dir.display());
        out
    }

    /// Runs git in `dir`; whether it succeeded, and its output.
    pub fn try_git_in(&self, dir: &Path, args: &[&str]) -> (bool, String) {
        let time = self.clock.fetch_add(60, Ordering::SeqCst);
        let date = format!("@{time} +0000");
        let out = Command::new("git")
            .args(args)
            .current_dir(dir)
            .env_clear()
            .envs(&self.env)
            .env("GIT_AUTHOR_NAME", "Dev")
            .env("GIT_AUTHOR_EMAIL", "dev@example.org")
            .env("GIT_COMMITTER_NAME", "Dev")
            .env("GIT_COMMITTER_EMAIL", "dev@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = if out.status.success() { out.stdout } else { out.stderr };
        (out.status.success(), String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    /// Runs a script in the checkout; it must succeed.
    pub fn shell(&self, script: &str) -> String {
        let out = Command::new("sh")
            .args(["-euc", script])
            .current_dir(self.work())
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(out.status.success(), "{script}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    /// Gives the remote a hook with this script, run by `sh`.
    pub fn hook(&self, name: &str, script: &str) {
        let folder = self.remote().join("hooks");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        self.shell(&format!("chmod 755 '{}'", folder.join(name).display()));
    }

    /// Runs the program in the checkout.
    pub fn bowline(&self, args: &[&str]) -> Ran {
        self.bowline_in(&self.work(), args, &[])
    }

    /// Runs the program in the checkout with extra variables.
    pub fn bowline_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        self.bowline_in(&self.work(), args, env)
    }

    /// Runs the program in `dir` with extra variables.
    pub fn bowline_in(&self, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let out = self.command(dir, args, env).output().unwrap();
        Ran {
            code: out.status.code(),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
            root: self.root.to_string_lossy().into_owned(),
        }
    }

    /// The command that would run the program, for tests that start it themselves.
    pub fn command(&self, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(dir).env_clear().envs(&self.env).envs(env.iter().copied()).stdin(Stdio::null());
        command
    }

    /// Everything the outside world can see: references of the remote, releases with their assets, drafts. Times and
    /// ids are left out, so two worlds that went the same way are equal.
    pub fn visible(&self) -> String {
        let refs = self.git_in(&self.remote(), &["for-each-ref", "--format=%(refname) %(objectname)"]);
        let mut lines: Vec<String> = refs.lines().map(str::to_owned).collect();
        let releases = self.releases();
        walk(&releases, &mut |path| {
            let name = path.strip_prefix(&releases).unwrap().to_string_lossy().into_owned();
            // These two carry times of day; what they list is covered by the files themselves.
            if name.ends_with("release.json") || name == "index.html" {
                lines.push(format!("release {name}"));
            } else {
                let bytes = std::fs::read(path).unwrap();
                lines.push(format!("release {name} {}", bowline_model::Digest::of(&bytes)));
            }
        });
        lines.sort();
        lines.join("\n")
    }

    /// The checkout as the user sees it: head, index and working tree against head, local tags, stash.
    pub fn checkout(&self) -> String {
        let mut out = String::new();
        for args in [
            &["rev-parse", "HEAD"][..],
            &["symbolic-ref", "--quiet", "HEAD"],
            &["status", "--porcelain=v1", "--ignored"],
            &["for-each-ref", "--format=%(refname) %(objectname)", "refs/tags", "refs/heads", "refs/stash"],
        ] {
            out.push_str(&self.try_git_in(&self.work(), args).1);
            out.push('\n');
        }
        out
    }

    /// Keeps the folder after the test, for looking at it; prints where it is.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

impl Ran {
    /// Fails the test unless the exit code is `code`.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}", self.snapshot());
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.snapshot()))
    }

    /// Exit code, standard output and standard error together, with what differs between worlds replaced.
    pub fn snapshot(&self) -> String {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let text =
            format!("exit: {code}\n--- stdout ---\n{}--- stderr ---\n{}", ended(&self.stdout), ended(&self.stderr));
        tidy(&text.replace(&self.root, "[ROOT]"))
    }
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// Replaces object ids and digests by placeholders.
fn tidy(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        let hex = word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let digits = word.bytes().any(|b| b.is_ascii_digit());
        match (hex && digits, word.len()) {
            (true, 64) => out.push_str("[DIGEST]"),
            (true, 40) => out.push_str("[OID]"),
            (true, 16) => out.push_str("[RUN]"),
            (true, 10 | 12) => out.push_str("[SHORT]"),
            _ => out.push_str(word),
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}
