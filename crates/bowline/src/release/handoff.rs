//! Handing a release from one CI job to another: `--until STAGE --handoff DIR` writes it, `--handoff DIR
//! --handoff-digest D` takes it over.
//!
//! The folder holds the plan, the manifest with every frozen artifact, and a git bundle of release commit and tag, so
//! that a job that builds or signs needs no right to write anywhere. `handoff.json` lists every file with its digest,
//! and the digest of that list is printed: whoever takes over names it, so nothing that passes through an artifact store
//! or a cache on the way is believed for being there.

use super::choose::is_complete;
use crate::args::ReleaseArgs;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_ledger::runs::{run_id, trusted_plan};
use bowline_model::facts::Facts;
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::{Plan, RepositoryId};
use bowline_model::release::{Artifact, Manifest, ReleaseResult};
use bowline_model::step::Stage;
use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind, Oid};
use bowline_port::Doors;
use bowline_port::git::NewBundle;
use bowline_steps::build::frozen::{self, files_failure, state_failure};
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_steps::files::git_failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What `handoff.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HandoffFile {
    /// Always `bowline/handoff/v1`.
    pub schema: String,
    /// The repository.
    pub repository: RepositoryId,
    /// The plan's digest.
    pub plan: Digest,
    /// The run.
    pub run: String,
    /// The last stage that was carried out.
    pub stage: Stage,
    /// The frozen artifacts; none when none were made yet.
    pub manifest: Option<Manifest>,
    /// The released commit, when it was made.
    pub commit: Option<Oid>,
    /// The tag object.
    pub tag_object: Option<Oid>,
    /// Every other file of the folder.
    pub files: Vec<HandedFile>,
}

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandedFile {
    /// Path from the folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
}

/// `--handoff`, and what it is wanted for.
pub struct Handoff {
    dir: PathBuf,
    digest: Option<Digest>,
    until: Option<Stage>,
}

impl Handoff {
    /// What the flags ask for.
    pub fn of(session: &Session, args: &ReleaseArgs, until: Option<Stage>) -> Result<Option<Self>, Failure> {
        let Some(dir) = &args.handoff else { return Ok(None) };
        let usage = |code: &str, message: String| Failure::new(FailureKind::Usage, code, message);
        let digest = args.handoff_digest.as_deref().map(|text| {
            text.parse::<Digest>().map_err(|_| {
                usage("handoff_digest", format!("`{}` is no digest", one_line(text, 80)))
                    .hint("it is what the other job printed as handoff_digest: sha256:…")
            })
        });
        let digest = digest.transpose()?;
        match (until, &digest) {
            (None, None) => Err(usage("handoff", "--handoff alone says neither give nor take".to_owned())
                .hint("hand over: --until sign --handoff DIR")
                .hint("take over: --handoff DIR --handoff-digest DIGEST")),
            (Some(until), None) if until.is_remote() || until == Stage::Gate => {
                let message = format!("there is nothing to hand over after {until}");
                Err(usage("handoff", message).hint("hand over after one of: commit, build, validate, sign"))
            }
            _ => Ok(Some(Self { dir: session.dir()?.join(dir), digest, until })),
        }
    }

    /// Verifies the folder and puts what is in it where this run finds it. None when nothing is to be taken over.
    pub fn take_over(&self, workspace: &Workspace, doors: &Doors, facts: &Facts) -> Result<Option<Plan>, Failure> {
        let Some(digest) = self.digest else { return Ok(None) };
        let bytes = read(&self.dir, LIST, MAX_LIST)?;
        if Digest::of(&bytes) != digest {
            return Err(differs(format!("{LIST} in {} is not the one with digest {digest}", shown(&self.dir))));
        }
        let list: HandoffFile = serde_json::from_slice(&bytes)
            .map_err(|error| differs(format!("{LIST} cannot be read")).because(&error))?;
        if list.schema != SCHEMA {
            let schema = one_line(&list.schema, 60);
            return Err(Failure::new(FailureKind::Stuck, "handoff_newer", format!("{LIST} is a {schema}"))
                .hint("use the same version of Bowline in all jobs"));
        }
        // Handed over, and released since: there is nothing left to take.
        if is_complete(facts, &list.plan) {
            return Ok(None);
        }
        let plan = self.verified(&list, PLAN)?;
        let plan = trusted_plan(&plan, &list.plan, &facts.repository).ok_or_else(|| {
            Failure::new(
                FailureKind::Conflict,
                "plan_altered",
                "the plan that was handed over is for another repository",
            )
            .hint(format!("this one is {}", facts.repository))
        })?;
        let run = run_id(&list.plan);
        if let Some(manifest) = &list.manifest {
            self.take_artifacts(doors, &list, manifest, &run)?;
        }
        if list.commit.is_some() {
            self.verified(&list, BUNDLE)?;
            doors.git.read_bundle(&self.dir.join(BUNDLE)).map_err(git_failure)?;
        }
        workspace.runs()?.keep_plan(&list.plan, &plan)?;
        Ok(Some(plan))
    }

    fn take_artifacts(&self, doors: &Doors, list: &HandoffFile, manifest: &Manifest, run: &str) -> Result<(), Failure> {
        let store = frozen::folder_in(&doors.local.scratch().join(run));
        for artifact in &manifest.artifacts {
            let path = artifact_path(artifact);
            if !list.files.iter().any(|file| file.path == path && file.sha256 == artifact.sha256) {
                return Err(differs(format!("{LIST} does not list the artifact {}", artifact.name)));
            }
            let found = doors.files.freeze(&self.dir, &path, &artifact.name, &store).map_err(files_failure)?;
            if found != *artifact {
                return Err(differs(format!("{path} in {} is not what was handed over", shown(&self.dir))));
            }
        }
        let bytes = serde_json::to_vec_pretty(manifest)
            .map_err(|error| Failure::from_error(FailureKind::Internal, "manifest", &error))?;
        doors.local.put(&frozen::manifest_key(run), &bytes).map_err(state_failure)?;
        doors.local.put(&frozen::handed_key(run), b"").map_err(state_failure)
    }

    /// The bytes of a file that the list names, when they are what it says.
    fn verified(&self, list: &HandoffFile, path: &str) -> Result<Vec<u8>, Failure> {
        let Some(file) = list.files.iter().find(|file| file.path == path) else {
            return Err(differs(format!("{LIST} does not list {path}")));
        };
        let bytes = read(&self.dir, path, file.size)?;
        match bytes.len() as u64 == file.size && Digest::of(&bytes) == file.sha256 {
            true => Ok(bytes),
            false => Err(differs(format!("{path} in {} is not what was handed over", shown(&self.dir)))),
        }
    }

    /// Writes the folder, and its digest into the result.
    pub fn hand_over(
        &self,
        workspace: &Workspace,
        doors: &Doors,
        plan: &Plan,
        mut result: ReleaseResult,
    ) -> Result<ReleaseResult, Failure> {
        let (Some(stage), Some(id), Some(run)) = (self.until, result.plan, result.run.clone()) else {
            return Ok(result);
        };
        self.prepare()?;
        let mut files = Vec::new();
        let bytes = serde_json::to_vec_pretty(plan)
            .map_err(|error| Failure::from_error(FailureKind::Internal, "plan", &error))?;
        files.push(self.write(PLAN, &mut bytes.as_slice())?);
        let manifest: Option<Manifest> = receipt(&result, "build/manifest");
        let store = frozen::folder_in(&doors.local.scratch().join(&run));
        for artifact in manifest.iter().flat_map(|manifest| &manifest.artifacts) {
            let Some(mut bytes) = doors.files.open_frozen(artifact, &store).map_err(files_failure)? else {
                return Err(Failure::new(
                    FailureKind::Failed,
                    "artifacts_missing",
                    format!("the frozen bytes of {} are gone", artifact.name),
                )
                .hint("run the same command again"));
            };
            files.push(self.write(&artifact_path(artifact), &mut bytes)?);
        }
        let objects: Option<ReleaseObjects> = receipt(&result, "commit/objects");
        if let Some(objects) = objects {
            let package = bowline_steps::refs::package(plan)?;
            let bundle = bundle(plan, objects, &package.tag, &plan.repository.branch);
            doors.git.write_bundle(&self.dir.join(BUNDLE), &bundle).map_err(git_failure)?;
            files.push(self.describe(BUNDLE)?);
        }
        let list = HandoffFile {
            schema: SCHEMA.to_owned(),
            repository: workspace.repository.clone(),
            plan: id,
            run,
            stage,
            manifest,
            commit: objects.map(|objects| objects.commit),
            tag_object: objects.map(|objects| objects.tag),
            files,
        };
        let mut bytes = serde_json::to_vec_pretty(&list)
            .map_err(|error| Failure::from_error(FailureKind::Internal, "handoff", &error))?;
        bytes.push(b'\n');
        // Last: a folder without its list is none.
        self.write(LIST, &mut bytes.as_slice())?;
        result.handoff_digest = Some(Digest::of(&bytes));
        let dir = shown(&self.dir);
        result.next = Some(format!("bowline release --handoff {dir} --handoff-digest {}", Digest::of(&bytes)));
        Ok(result)
    }

    /// An empty folder. One that an earlier job handed over is replaced; anything else is not ours to remove.
    fn prepare(&self) -> Result<(), Failure> {
        let failed = |error: &std::io::Error| file_failure(&self.dir, error);
        std::fs::create_dir_all(&self.dir).map_err(|error| failed(&error))?;
        let names: Vec<_> = std::fs::read_dir(&self.dir)
            .map_err(|error| failed(&error))?
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))?;
        let ours = [LIST, PLAN, BUNDLE, ARTIFACTS];
        if let Some(foreign) = names.iter().find(|name| !ours.contains(&name.as_str())) {
            let message = format!("{} holds {}, which was not handed over", shown(&self.dir), one_line(foreign, 80));
            return Err(Failure::new(FailureKind::Refused, "handoff_folder", message).hint("name a folder of its own"));
        }
        // The list goes first: what is half replaced must not look whole.
        for name in ours.into_iter().filter(|name| names.iter().any(|found| found == name)) {
            let path = self.dir.join(name);
            let removed = if name == ARTIFACTS { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(|error| file_failure(&path, &error))?;
        }
        Ok(())
    }

    fn write(&self, path: &str, bytes: &mut dyn Read) -> Result<HandedFile, Failure> {
        let place = self.dir.join(path);
        let mut write = || -> std::io::Result<(u64, Digest)> {
            if let Some(folder) = place.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::File::create_new(&place)?;
            let mut hasher = bowline_model::hash::Hasher::default();
            let mut buffer = vec![0; 1 << 16];
            let mut size = 0;
            loop {
                let read = bytes.read(&mut buffer)?;
                let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
                file.write_all(part)?;
                hasher.write_all(part)?;
                size += part.len() as u64;
            }
            file.sync_all()?;
            Ok((size, hasher.finish()))
        };
        let (size, sha256) = write().map_err(|error| file_failure(&place, &error))?;
        Ok(HandedFile { path: path.to_owned(), size, sha256 })
    }

    fn describe(&self, path: &str) -> Result<HandedFile, Failure> {
        let bytes = read(&self.dir, path, u64::MAX - 1)?;
        Ok(HandedFile { path: path.to_owned(), size: bytes.len() as u64, sha256: Digest::of(&bytes) })
    }
}

fn bundle(plan: &Plan, objects: ReleaseObjects, tag: &TagName, branch: &BranchName) -> NewBundle {
    NewBundle {
        tag: tag.clone(),
        tag_object: objects.tag,
        branch: branch.clone(),
        commit: objects.commit,
        base: Some(plan.repository.head),
    }
}

fn receipt<R: serde::de::DeserializeOwned>(result: &ReleaseResult, step: &str) -> Option<R> {
    let record = result.steps.iter().find(|record| record.id == step)?;
    serde_json::from_value(record.receipt.clone()?).ok()
}

/// Reads an ordinary file of the folder, of at most `limit` bytes.
fn read(dir: &Path, path: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let place = dir.join(path);
    let read = || -> std::io::Result<Vec<u8>> {
        if !std::fs::symlink_metadata(&place)?.is_file() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no ordinary file"));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(&place)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| file_failure(&place, &error))
}

fn artifact_path(artifact: &Artifact) -> String {
    format!("{ARTIFACTS}/{}", artifact.name)
}

fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot use {} for handing over", shown(path));
    Failure::new(FailureKind::Failed, "handoff_file", message)
        .because(error)
        .hint("remove the cause and run the same command again")
}

fn differs(message: String) -> Failure {
    Failure::new(FailureKind::Mismatch, "handoff_differs", message)
        .hint("something changed it on its way here: find out what, and hand over again")
}

fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy(), 200)
}

const SCHEMA: &str = "bowline/handoff/v1";
const LIST: &str = "handoff.json";
const PLAN: &str = "plan.json";
const BUNDLE: &str = "release.bundle";
const ARTIFACTS: &str = "artifacts";
/// A thousand artifacts are about a megabyte.
const MAX_LIST: u64 = 64 << 20;
