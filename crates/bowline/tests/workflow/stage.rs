//! A stage for workflows: everything that a run of `release.yml` meets, on the loopback.
//!
//! Two syntaxes are unknown to `act` and are rewritten in the temporary copy only: `$/…` (self-repository references) and
//! `queue: max`. A called workflow that can also be started by hand gets the wrong inputs from it when its caller was, so
//! `workflow_dispatch` is left out there. It enforces neither permissions nor environments, and `job.workflow_sha` is empty, so the program comes by
//! `BOWLINE_BIN`. What nobody stands in for is not there: an action that is not pinned to the known commit cannot be loaded.

use bowline_testkit::git_http::GitServer;
use bowline_testkit::github::{Github, serve};
use bowline_testkit::http_double::HttpDouble;
use bowline_testkit::{World, parts};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What may push and publish.
pub(crate) const WRITER: &str = "ghs_writer-of-the-workflow-test";
/// What may only read.
pub(crate) const READER: &str = "ghs_reader-of-the-workflow-test";

/// The stage. Dropped, its servers stop.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) github: Arc<Github>,
    pub(crate) server: HttpDouble,
    pub(crate) git: GitServer,
    act: PathBuf,
    engine: String,
    stand_ins: Vec<(String, PathBuf)>,
}

/// What a run of the workflow came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) ok: bool,
    pub(crate) log: String,
    /// What the caller's last job heard: `result`, and the outputs of the workflow.
    pub(crate) heard: BTreeMap<String, String>,
}

impl Outcome {
    /// An output of the workflow, or `result`, its job's.
    pub(crate) fn of(&self, name: &str) -> &str {
        self.heard.get(name).unwrap_or_else(|| panic!("nothing was heard of {name}:\n{}", self.log))
    }

    /// Names of jobs that ended, each with whether it ended well.
    pub(crate) fn jobs(&self) -> Vec<(String, bool)> {
        let ended = self.log.lines().filter_map(|line| Some((line.split_once("] ")?, line.contains("Job succeeded"))));
        let ended = ended.filter(|((_, rest), _)| rest.contains("🏁"));
        ended.map(|((job, _), ok)| (job.rsplit('/').next().unwrap_or_default().trim().to_owned(), ok)).collect()
    }

    /// The same, those that ended well.
    pub(crate) fn passed(&self) -> Vec<String> {
        self.jobs().into_iter().filter(|(name, ok)| *ok && name != "After").map(|(name, _)| name).collect()
    }

    /// Fails with the whole log where the run did not end as `ok` says.
    pub(crate) fn expect(self, ok: bool) -> Self {
        assert_eq!(self.ok, ok, "the workflow ended otherwise:\n{}", self.log);
        self
    }
}

impl Stage {
    /// A repository with something to release, behind the doubles; none where this machine lacks a part.
    pub(crate) fn new() -> Option<Self> {
        let act = program("act")?;
        if !parts::require("a git that serves and speaks HTTP", GitServer::is_possible()) {
            return None;
        }
        let world = World::with_repository(env!("CARGO_BIN_EXE_bowline"));
        let github = Arc::new(Github::default());
        world.hook("update", PROTECTED);
        github.state().repository = Some(world.remote());
        github.state().readers.insert(READER.to_owned());
        let server = serve(&github);
        let login = |token: &str| format!("x-access-token:{token}");
        let git = GitServer::with_reader(&world.root().join("remote"), &login(WRITER), &login(READER));
        let mut stage = Self { world, github, server, git, act, engine: String::new(), stand_ins: Vec::new() };
        stage.write_engine();
        for name in ["checkout", "upload-artifact", "download-artifact", "setup-node", "setup-python"] {
            stage.stand_in(name);
        }
        std::fs::create_dir(stage.world.root().join("artifacts")).unwrap();
        // Its address has the owner in it, as at GitHub.
        std::os::unix::fs::symlink(".", stage.world.root().join("remote/acme")).unwrap();
        Some(stage)
    }

    /// Writes the calling workflow, with one more job that tells what the caller gets.
    pub(crate) fn caller(&self, text: &str) {
        let called = text.replace(&"0".repeat(40), &self.engine);
        assert_ne!(called, text, "the caller does not call the workflow");
        self.world.write(CALLER, called);
        self.tell();
    }

    /// Adds to the calling workflow the job that tells what the caller gets, and takes out what `act` does not know.
    pub(crate) fn tell(&self) {
        let text = self.world.read(CALLER);
        let known: String =
            text.lines().filter(|line| line.trim() != "queue: max").map(|line| format!("{line}\n")).collect();
        self.world.write(CALLER, format!("{known}{AFTER}"));
    }

    /// The commit of the engine's files.
    pub(crate) fn engine(&self) -> &str {
        &self.engine
    }

    /// Brings what a release pushed into the checkout, so that the next run is the one that its push would start.
    pub(crate) fn follow(&self) {
        self.world.git(&["pull", "--quiet", "--ff-only", "--tags", "origin", "main"]);
    }

    /// What was changed at GitHub.
    pub(crate) fn changes(&self) -> Vec<String> {
        let state = self.github.state();
        let changes = state.log.iter().filter(|line| !line.starts_with("GET ") && !line.contains("generate-notes"));
        changes.cloned().collect()
    }

    /// Branches and tags of the remote.
    pub(crate) fn refs(&self) -> String {
        self.world.git_in(&self.world.remote(), &["for-each-ref", "refs/heads", "refs/tags"])
    }

    /// The engine's own files, with what `act` does not know rewritten, under a commit of their own.
    fn write_engine(&mut self) {
        let (from, to) = (repository(), self.world.root().join("engine"));
        for path in files(&from.join(".github")).into_iter().chain([from.join("action.yml"), from.join("Cargo.toml")]) {
            let target = to.join(path.strip_prefix(&from).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::write(&target, std::fs::read(&path).unwrap()).unwrap();
        }
        let first = self.commit_all(&to);
        // References name a commit that holds what they refer to; the workflows that refer stand on the next one.
        for path in files(&to.join(".github/workflows")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = without_dispatch(&text);
            let known = text.lines().filter(|line| line.trim() != "queue: max");
            let text: String = known.map(|line| self_reference(line, &first)).collect();
            std::fs::write(&path, text).unwrap();
        }
        self.engine = self.commit_all(&to);
        for commit in [first, self.engine.clone()] {
            self.stand_ins.push((format!("bowline-release/bowline@{commit}"), to.clone()));
        }
    }

    fn commit_all(&self, folder: &Path) -> String {
        if !folder.join(".git").exists() {
            self.world.git_in(folder, &["init", "--quiet", "--initial-branch=main"]);
        }
        self.world.git_in(folder, &["add", "--all"]);
        self.world.git_in(folder, &["commit", "--quiet", "--message", "files"]);
        self.world.git_in(folder, &["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// A stand-in for one of GitHub's own actions, under every commit that the engine pins.
    fn stand_in(&mut self, name: &str) {
        let folder = self.world.root().join("actions").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workflow/actions").join(name).join("action.yml");
        std::fs::write(folder.join("action.yml"), std::fs::read(own).unwrap()).unwrap();
        self.commit_all(&folder);
        let wanted = format!("actions/{name}@");
        let mut pinned: Vec<String> = files(&repository().join(".github"))
            .iter()
            .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
            .filter_map(|line| Some(line.split_once(&wanted)?.1.split(' ').next()?.to_owned()))
            .collect();
        pinned.sort();
        pinned.dedup();
        self.stand_ins.extend(pinned.into_iter().map(|commit| (format!("{wanted}{commit}"), folder.clone())));
    }

    /// Runs the caller's workflow for a push of what is checked out.
    pub(crate) fn push(&self, more: &[(&str, &str)]) -> Outcome {
        self.run("push", more)
    }

    /// Runs it for `event`. `more` are variables; `secret:NAME` is a secret, `input:NAME` an input, and
    /// `eventpath` names the file that describes the event.
    #[expect(clippy::disallowed_methods, reason = "a test starts the program that runs workflows")]
    pub(crate) fn run(&self, event: &str, more: &[(&str, &str)]) -> Outcome {
        let root = self.world.root();
        let heard = root.join("heard.txt");
        let _ = std::fs::remove_file(&heard);
        let folder = |name: &str| root.join(name).to_string_lossy().into_owned();
        let mut command = Command::new(&self.act);
        command.current_dir(self.world.work()).env_clear().envs(self.world.variables());
        command.args([event, "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server", "--no-skip-checkout"]);
        command.args(["--workflows", ".github/workflows/release.yml", "--action-cache-path", &folder("cache")]);
        for (what, place) in &self.stand_ins {
            command.arg("--local-repository").arg(format!("{what}={}", place.display()));
        }
        let ours = [
            ("BOWLINE_BIN", env!("CARGO_BIN_EXE_bowline").to_owned()),
            ("BOWLINE_ALLOW_HOSTS", format!("{},{}", self.server.host(), self.git.host())),
            ("GITHUB_SERVER_URL", format!("http://{}", self.server.host())),
            ("GITHUB_API_URL", format!("http://{}/api/v3", self.server.host())),
            ("STAND_IN_REMOTE", self.git.url("acme/app.git")),
            ("STAND_IN_ARTIFACTS", folder("artifacts")),
            ("HEARD", heard.to_string_lossy().into_owned()),
            ("CI", "true".to_owned()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
        ];
        let mut token = WRITER.to_owned();
        for (name, value) in ours.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()) {
            match name.split_once(':') {
                Some(("secret", "GITHUB_TOKEN")) => token = value.to_owned(),
                None if name == "eventpath" => {
                    command.arg("--eventpath").arg(value);
                }
                Some((kind, name)) => {
                    command.arg(format!("--{kind}")).arg(format!("{name}={value}"));
                }
                None => {
                    command.arg("--env").arg(format!("{name}={value}"));
                }
            }
        }
        command.arg("--secret").arg(format!("GITHUB_TOKEN={token}"));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let log = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let heard = std::fs::read_to_string(heard).unwrap_or_default();
        let heard = heard.lines().filter_map(|line| line.split_once('='));
        Outcome {
            ok: output.status.success(),
            log,
            heard: heard.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// The branch moves forward only, and a version's tag never: in GitHub's words.
const PROTECTED: &str = "\
none=0000000000000000000000000000000000000000
case $1 in
  refs/heads/main)
    if [ \"$3\" = $none ] || { [ \"$2\" != $none ] && ! git merge-base --is-ancestor \"$2\" \"$3\"; }; then
      echo 'error: GH006: Protected branch update failed' >&2
      exit 1
    fi ;;
  refs/tags/v*)
    if [ \"$2\" != $none ]; then
      echo 'error: GH013: Repository rule violations found' >&2
      exit 1
    fi ;;
esac
exit 0";
const CALLER: &str = ".github/workflows/release.yml";
/// The caller's last job.
const AFTER: &str = include_str!("after.yml");

/// A workflow that can only be called. Its last trigger is the one by hand.
fn without_dispatch(workflow: &str) -> String {
    match (workflow.split_once("\n  workflow_dispatch:"), workflow.split_once("\npermissions:")) {
        (Some((before, _)), Some((_, after))) => format!("{before}\n\npermissions:{after}"),
        _ => workflow.to_owned(),
    }
}

/// One line of a workflow of the engine, as another repository would have to write it.
fn self_reference(line: &str, commit: &str) -> String {
    match line.split_once("uses: $/") {
        Some((before, path)) => format!("{before}uses: bowline-release/bowline/{}@{commit}\n", path.trim()),
        None => format!("{line}\n"),
    }
}

/// A program that the project's own script installs, or that is in PATH.
fn program(name: &str) -> Option<PathBuf> {
    let installed = repository().join(".tools/venv/bin").join(name);
    parts::require(&format!(".tools/venv/bin/{name}"), installed.is_file()).then_some(installed)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file below `folder`.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
