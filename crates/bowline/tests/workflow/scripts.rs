//! Running the scripts of the actions alone, with stand-ins for the programs that they start.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder with a repository `work`, programs in `bin`, and nothing else in PATH but what every script needs.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    script: PathBuf,
    variables: BTreeMap<String, String>,
}

/// What a script came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) said: String,
    pub(crate) outputs: String,
    pub(crate) summary: String,
}

impl Bench {
    /// For a script below `.github/actions`.
    #[expect(clippy::disallowed_methods, reason = "programs are looked for where this machine has them")]
    pub(crate) fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "bin", "temp"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/actions").join(script);
        let bench = Self { folder, script: script.canonicalize().unwrap(), variables: BTreeMap::new() };
        let paths = std::env::var_os("PATH").unwrap();
        for tool in NEEDED {
            let found = std::env::split_paths(&paths).map(|dir| dir.join(tool)).find(|path| path.is_file());
            let found = found.unwrap_or_else(|| panic!("{tool} is not in PATH"));
            std::os::unix::fs::symlink(found, bench.folder.path().join("bin").join(tool)).unwrap();
        }
        bench.git(&["init", "--quiet", "--initial-branch=main"]);
        bench.git(&["commit", "--quiet", "--allow-empty", "--message", "begin"]);
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path("work").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Puts a program into PATH that writes its name and arguments into `called`, and does `more`.
    pub(crate) fn tool(&self, name: &str, more: &str) {
        let called = self.path("called");
        let text = format!("#!/usr/bin/env bash\necho \"$(basename \"$0\") $*\" >>'{}'\n{more}\n", called.display());
        let path = self.path("bin").join(name);
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Every call of a stand-in, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("called")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut command = self.command(Path::new("git"));
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.com"]).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn run(&self) -> Ran {
        for name in ["outputs", "summary"] {
            let _ = std::fs::remove_file(self.path(name));
        }
        let output = self.command(Path::new("bash")).arg(&self.script).envs(&self.variables).output().unwrap();
        let read = |name: &str| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        Ran {
            code: output.status.code().unwrap_or(-1),
            said: format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
            outputs: read("outputs"),
            summary: read("summary"),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test starts the scripts of the actions")]
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("work")).env_clear().stdin(Stdio::null());
        command.env("PATH", self.path("bin")).env("HOME", self.path("temp")).env("RUNNER_TEMP", self.path("temp"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
        command.env("GITHUB_OUTPUT", self.path("outputs")).env("GITHUB_STEP_SUMMARY", self.path("summary"));
        command
    }
}

impl Ran {
    /// The value of an output of one line.
    pub(crate) fn output(&self, name: &str) -> &str {
        let wanted = format!("{name}=");
        self.outputs.lines().find_map(|line| line.strip_prefix(&wanted)).unwrap_or_default()
    }
}

const NEEDED: [&str; 24] = [
    "bash",
    "env",
    "git",
    "cat",
    "tr",
    "od",
    "tee",
    "grep",
    "sed",
    "awk",
    "cut",
    "head",
    "mktemp",
    "rm",
    "basename",
    "dirname",
    "uname",
    "tar",
    "gzip",
    "curl",
    "sha256sum",
    "mkdir",
    "chmod",
    "cp",
];
