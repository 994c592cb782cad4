//! `build/command`: runs the configured command, in the checkout with the new version in its files, or in a private
//! clone at the release commit.
//!
//! In the checkout the previous bytes of the declared files are kept first, and putting them back is a duty that the
//! next start discharges if this one dies. The command gets its version, tag, commit and `SOURCE_DATE_EPOCH`
//! (reproducible-builds.org) as variables, and no secrets.

use super::frozen::{self, clone_folder, files_failure, state_failure};
use crate::commit::objects::{Objects, ReleaseObjects};
use crate::files::{self, Held};
use crate::refs::{git_failure, package};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_ledger::JournalError;
use bowline_model::plan::{BuildPlace, BuildRequirement, Plan};
use bowline_model::step::{Effect, SkipReason, Stage, Verdict};
use bowline_model::version::Spelling;
use bowline_model::{Failure, FailureKind};
use bowline_port::process::{self, Output, ProcessError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// See the module.
pub struct Command;

/// What was run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Built {
    /// The command line.
    pub command: Vec<String>,
    /// Whether this run found the frozen set and had nothing to build.
    pub reused: bool,
}

/// Why there is nothing built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The program is not there.
    #[error("the build program `{program}` was not found")]
    NotFound {
        /// Which.
        program: String,
    },
    /// It could not be run to its end.
    #[error("the build command did not finish")]
    Process(#[source] ProcessError),
    /// It said no.
    #[error("the build command `{program}` ended with {ended}")]
    Ended {
        /// Which.
        program: String,
        /// `exit code 2`, `a signal`.
        ended: String,
        /// Its last lines.
        last: Vec<String>,
    },
    /// A duty could not be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Anything around it.
    #[error(transparent)]
    Around(#[from] Failure),
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::NotFound { .. } => Self::from_error(FailureKind::Missing, "build_program_missing", &error)
                .hint("install it, or correct `command` under `[build]` in bowline.toml"),
            BuildError::Process(ProcessError::Stopped { .. }) => {
                Self::from_error(FailureKind::Paused, "stopped", &error).hint("run the same command again: it goes on")
            }
            BuildError::Process(_) => Self::from_error(FailureKind::Failed, "build_failed", &error)
                .hint("run the command by hand; `timeout` under `[build]` in bowline.toml sets how long it may take"),
            BuildError::Ended { ref last, .. } => {
                let mut failure = Self::from_error(FailureKind::Failed, "build_failed", &error);
                failure.causes.clone_from(last);
                failure.hint("mend the build and run the same command again: nothing was released")
            }
            BuildError::Journal(error) => error.into(),
            BuildError::Around(failure) => failure,
        }
    }
}

/// The duty to put declared files back, or to remove the clone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "duty", rename_all = "snake_case")]
enum Duty {
    Restore { files: Vec<KeptFile> },
    RemoveClone,
}

/// A declared file whose previous bytes are kept.
#[derive(Debug, Serialize, Deserialize)]
struct KeptFile {
    path: String,
    /// State key of the bytes; none when the file was not there.
    kept: Option<String>,
}

impl Step for Command {
    type Receipt = Built;
    type Error = BuildError;
    const META: StepMeta = StepMeta {
        id: "build/command",
        stage: Stage::Build,
        effect: Effect::Local,
        needs: &["commit/objects"],
        tools: &[],
        summary: "build the artifacts",
    };

    fn decide(&self, plan: &Plan) -> Verdict {
        if plan.promotes.is_some() {
            Verdict::Skip { reason: SkipReason::NotApplicable { because: "a promotion builds nothing".to_owned() } }
        } else if plan.requirements.build.is_some() {
            Verdict::Run
        } else {
            Verdict::Skip { reason: SkipReason::NotConfigured }
        }
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Built>, BuildError> {
        let command = requirement(cx)?.command.clone();
        let found = frozen::find(cx)?.is_some();
        Ok(if found { Probe::Present(Built { command, reused: true }) } else { Probe::Absent })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Built, BuildError> {
        let build = requirement(cx)?;
        let objects = cx.receipt::<Objects>().map_err(Failure::from)?;
        match (build.place, &cx.settings.checkout) {
            (BuildPlace::Checkout, Some(root)) => in_checkout(cx, build, root, objects)?,
            _ => in_clone(cx, build, objects)?,
        }
        Ok(Built { command: build.command.clone(), reused: false })
    }

    fn discharge(&self, cx: &Cx<'_>, data: &Value) -> Result<(), BuildError> {
        let duty: Duty = serde_json::from_value(data.clone())
            .map_err(|error| Failure::from_error(FailureKind::Internal, "duty", &error))?;
        match duty {
            Duty::Restore { files } => restore(cx, &files)?,
            Duty::RemoveClone => cx.doors.files.remove_dir(&clone_folder(cx)).map_err(files_failure)?,
        }
        Ok(())
    }
}

fn requirement<'a>(cx: &Cx<'a>) -> Result<&'a BuildRequirement, Failure> {
    let plan: &'a Plan = cx.plan;
    plan.requirements
        .build
        .as_ref()
        .ok_or_else(|| Failure::new(FailureKind::Internal, "no_build", "the plan has no build command"))
}

fn in_checkout(cx: &Cx<'_>, build: &BuildRequirement, root: &Path, objects: ReleaseObjects) -> Result<(), BuildError> {
    frozen::at_release(cx)?;
    let kept = keep_files(cx, root)?;
    cx.oblige("restore", &Duty::Restore { files: kept })?;
    let result = put_version(cx, root).map_err(BuildError::from).and_then(|()| execute(cx, build, root, objects));
    // The duty is done here on success and on failure; `discharge` is for when we do not get this far.
    put_back(cx, root)?;
    cx.discharged("restore")?;
    result
}

fn in_clone(cx: &Cx<'_>, build: &BuildRequirement, objects: ReleaseObjects) -> Result<(), BuildError> {
    let folder = clone_folder(cx);
    cx.oblige("clone", &Duty::RemoveClone)?;
    cx.doors.files.remove_dir(&folder).map_err(files_failure)?;
    cx.doors.git.clone_at(&folder, objects.commit, &package(cx.plan)?.tag, objects.tag).map_err(git_failure)?;
    execute(cx, build, &folder, objects)
}

/// Keeps the bytes of the declared files as they are now.
fn keep_files(cx: &Cx<'_>, root: &Path) -> Result<Vec<KeptFile>, Failure> {
    let mut kept = Vec::new();
    for (number, path) in cx.plan.declared_files().into_iter().enumerate() {
        let key = match cx.doors.files.read(root, path).map_err(files_failure)? {
            Some(bytes) => {
                let key = kept_key(cx, number);
                cx.doors.local.put(&key, &bytes).map_err(state_failure)?;
                Some(key)
            }
            None => None,
        };
        kept.push(KeptFile { path: path.to_owned(), kept: key });
    }
    Ok(kept)
}

/// Writes the release commit's bytes into the checkout, so that the build sees the new version.
fn put_version(cx: &Cx<'_>, root: &Path) -> Result<(), Failure> {
    for file in files::declared(cx.readers.git.as_ref(), cx.plan)? {
        let bytes = cx.doors.files.read(root, &file.path).map_err(files_failure)?;
        if let Held::Before { crlf } = file.held(bytes.as_deref()) {
            file.put(cx.doors.files.as_ref(), root, crlf).map_err(files_failure)?;
        }
    }
    Ok(())
}

/// Right after the build: whatever it made of the declared files, they become what they were. One that cannot be put
/// back keeps no other one from it.
fn put_back(cx: &Cx<'_>, root: &Path) -> Result<(), Failure> {
    let mut first_failure = None;
    for (number, path) in cx.plan.declared_files().into_iter().enumerate() {
        if let Err(failure) = put_back_one(cx, root, path, &kept_key(cx, number)) {
            first_failure.get_or_insert(failure);
        }
    }
    first_failure.map_or(Ok(()), Err)
}

fn put_back_one(cx: &Cx<'_>, root: &Path, path: &str, key: &str) -> Result<(), Failure> {
    match cx.doors.local.get(key).map_err(state_failure)? {
        Some(bytes) => cx.doors.files.write(root, path, &bytes).map_err(files_failure)?,
        None => cx.doors.files.remove(root, path).map_err(files_failure)?,
    }
    cx.doors.local.remove(key).map_err(state_failure)
}

/// After a crash: a declared file that still holds our bytes becomes what it was; one that somebody has edited since
/// is left alone and named.
fn restore(cx: &Cx<'_>, kept: &[KeptFile]) -> Result<(), Failure> {
    let Some(root) = &cx.settings.checkout else { return Ok(()) };
    let declared = files::declared(cx.readers.git.as_ref(), cx.plan)?;
    for file in kept {
        let now = cx.doors.files.read(root, &file.path).map_err(files_failure)?;
        let ours = declared.iter().any(|known| known.path == file.path && known.held(now.as_deref()) != Held::Foreign);
        let previous = match &file.kept {
            Some(key) => cx.doors.local.get(key).map_err(state_failure)?,
            None => None,
        };
        match (ours, previous, &file.kept) {
            (false, _, _) => cx.warn(
                "file_not_restored",
                format!("{} was edited since the build stopped and is left as it is", file.path),
            ),
            (true, Some(bytes), _) => cx.doors.files.write(root, &file.path, &bytes).map_err(files_failure)?,
            (true, None, None) => cx.doors.files.remove(root, &file.path).map_err(files_failure)?,
            // The kept bytes are gone with the state folder; the gate will accept our own bytes.
            (true, None, Some(_)) => {}
        }
        if let Some(key) = &file.kept {
            cx.doors.local.remove(key).map_err(state_failure)?;
        }
    }
    Ok(())
}

/// The version as others write it.
const SPELLINGS: [(&str, Spelling); 3] = [
    ("BOWLINE_VERSION_PEP440", Spelling::Pep440),
    ("BOWLINE_VERSION_MAVEN", Spelling::Maven),
    ("BOWLINE_VERSION_DEBIAN", Spelling::Debian),
];

fn execute(cx: &Cx<'_>, build: &BuildRequirement, dir: &Path, objects: ReleaseObjects) -> Result<(), BuildError> {
    let program = build.command.first().cloned().unwrap_or_default();
    let package = package(cx.plan)?;
    let ours = [
        ("BOWLINE_VERSION", package.next.to_string()),
        ("BOWLINE_TAG", package.tag.to_string()),
        ("BOWLINE_COMMIT", objects.commit.to_string()),
        ("SOURCE_DATE_EPOCH", cx.plan.created.unix().to_string()),
    ];
    let mut env = cx.settings.build_env.clone();
    env.extend(build.env.iter().cloned());
    env.extend(ours.map(|(name, value)| (name.to_owned(), value)));
    // Where an ecosystem has no such version, its variable is not there: a build that needs it fails, and says which.
    let spelled = SPELLINGS.iter().filter_map(|(name, spelling)| Some((*name, spelling.write(&package.next).ok()?)));
    env.extend(spelled.map(|(name, value)| (name.to_owned(), value)));
    let command = process::Command {
        argv: build.command.clone(),
        dir: PathBuf::from(dir),
        env,
        pass_env: Vec::new(),
        timeout: Duration::from_millis(build.timeout_ms),
        output: Output::Show,
        input: Vec::new(),
    };
    let finished = cx.doors.process.run(&command).map_err(|error| match error {
        ProcessError::NotFound { program } => BuildError::NotFound { program },
        other => BuildError::Process(other),
    })?;
    if finished.success() {
        return Ok(());
    }
    let ended = finished.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
    let text = String::from_utf8_lossy(&finished.stderr).into_owned();
    let mut last: Vec<String> =
        text.lines().rev().take(5).map(|line| bowline_model::text::one_line(line, 200).into_owned()).collect();
    last.reverse();
    Err(BuildError::Ended { program, ended, last })
}

fn kept_key(cx: &Cx<'_>, number: usize) -> String {
    format!("keep/{}/{number}", cx.settings.run)
}
