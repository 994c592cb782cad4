//! Handing a release from one CI job to another: `--until STAGE --handoff DIR` writes it, `--handoff DIR
//! --handoff-digest D` takes it over.
//!
//! The folder holds the plan, the manifest with every frozen artifact, and a git bundle of release commit and tag, so
//! that a job that builds or signs needs no right to write anywhere. `handoff.json` lists every file with its digest,
//! and the digest of that list is printed: whoever takes over names it, so nothing that passes through an artifact store
//! or a cache on the way is believed for being there.

mod folder;

use super::choose::{digest_prefix, is_complete};
use crate::args::ReleaseArgs;
use crate::documents;
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
use bowline_port::forge::ForgeError;
use bowline_port::git::NewBundle;
use bowline_steps::assets::forge_failure;
use bowline_steps::build::frozen::{self, files_failure, handed_commit_gone, state_failure};
use bowline_steps::commit::objects::ReleaseObjects;
use bowline_steps::files::git_failure;
use bowline_steps::objects::made_by_forge;
use folder::{ARTIFACTS, BUNDLE, Folder, LIST, PLAN, SCHEMA, differs, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

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
    folder: Folder,
    digest: Option<Digest>,
    /// The plan that must have been handed over, as the beginning of its digest. A job that ran somebody's build can hand over
    /// anything, with the right digest; who goes on knows from elsewhere which plan it was.
    plan: Option<String>,
    until: Option<Stage>,
    /// The last stage that what was taken over had behind it.
    taken: Cell<Option<Stage>>,
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
            (None, None) => {
                return Err(usage("handoff", "--handoff alone says neither give nor take".to_owned())
                    .hint("hand over: --until sign --handoff DIR")
                    .hint("take over: --handoff DIR --handoff-digest DIGEST"));
            }
            (Some(until), None) if !can_be_handed_over(until) => {
                let message = format!("there is nothing to hand over after {until}");
                return Err(usage("handoff", message).hint("hand over after one of: commit, build, validate, sign"));
            }
            _ => {}
        }
        let plan = args.plan.as_deref().filter(|_| digest.is_some()).map(|named| {
            digest_prefix(named).ok_or_else(|| {
                usage("handoff_plan", format!("`{}` is no digest of a plan", one_line(named, 80)))
                    .hint("beside --handoff-digest, --plan is the digest that the handed plan must have")
            })
        });
        let plan = plan.transpose()?;
        let folder = Folder { dir: session.dir()?.join(dir) };
        // Before anything is built for it.
        if digest.is_none() {
            folder.check_ours()?;
        }
        Ok(Some(Self { folder, digest, plan, until, taken: Cell::new(None) }))
    }

    /// Verifies the folder and puts what is in it where this run finds it. None when nothing is to be taken over.
    pub fn take_over(&self, workspace: &Workspace, doors: &Doors, facts: &Facts) -> Result<Option<Plan>, Failure> {
        let Some(digest) = self.digest else { return Ok(None) };
        let bytes = self.folder.list()?;
        if Digest::of(&bytes) != digest {
            let dir = shown(&self.folder.dir);
            return Err(differs(format!("{LIST} in {dir} is not the one with digest {digest}")));
        }
        let list: HandoffFile = serde_json::from_slice(&bytes)
            .map_err(|error| differs(format!("{LIST} cannot be read")).because(&error))?;
        if list.schema != SCHEMA {
            let schema = one_line(&list.schema, 60);
            return Err(Failure::new(FailureKind::Stuck, "handoff_newer", format!("{LIST} is a {schema}"))
                .hint("use the same version of Bowline in all jobs"));
        }
        if let Some(expected) = self.plan.as_ref().filter(|expected| !list.plan.hex().starts_with(expected.as_str())) {
            let message =
                format!("plan {} was handed over, and {} is to be released", list.plan, one_line(expected, 70));
            return Err(Failure::new(FailureKind::Mismatch, "handoff_other_plan", message)
                .hint("find out which job changed it: nothing was done")
                .hint("run the job that plans again, and all after it"));
        }
        self.folder.compare(&list.files)?;
        // Handed over, and released since: there is nothing left to take.
        if is_complete(facts, &list.plan) {
            return Ok(None);
        }
        if list.is_complete() {
            return Err(Failure::new(
                FailureKind::Conflict,
                "plan_of_another_head",
                format!("what was handed over is a complete release, and not that of {}", facts.head.oid.short()),
            )
            .hint("check out the commit that the other job worked at, or hand over again"));
        }
        let plan = self.folder.verified(&list.files, PLAN)?;
        let plan = trusted_plan(&plan, &list.plan, &facts.repository).ok_or_else(|| {
            Failure::new(
                FailureKind::Conflict,
                "plan_altered",
                "the plan that was handed over is for another repository",
            )
            .hint(format!("this one is {}", facts.repository))
        })?;
        if let Some(commit) = list.commit.filter(|_| made_by_forge(&plan)) {
            let marker = plan.marker().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
            let there = documents::objects(workspace, &plan, marker)?;
            if there.map(|(there, _)| there) != Some(commit) {
                return Err(handed_commit_gone());
            }
        }
        // Nothing counts before all of it is what was handed over.
        if list.commit.is_some() {
            self.folder.verified(&list.files, BUNDLE)?;
        }
        let run = run_id(&list.plan);
        if let Some(manifest) = &list.manifest {
            self.copy_artifacts(doors, &list, manifest, &run)?;
        }
        if list.commit.is_some() {
            doors.git.read_bundle(&self.folder.dir.join(BUNDLE)).map_err(git_failure)?;
        }
        if let Some(manifest) = &list.manifest {
            frozen::keep_in(doors.local.as_ref(), &run, manifest, list.commit)?;
            doors.local.put(&frozen::handed_key(&run), b"").map_err(state_failure)?;
        }
        workspace.runs()?.keep_plan(&list.plan, &plan)?;
        self.taken.set(Some(list.stage));
        Ok(Some(plan))
    }

    fn copy_artifacts(&self, doors: &Doors, list: &HandoffFile, manifest: &Manifest, run: &str) -> Result<(), Failure> {
        let store = frozen::folder_in(&doors.local.scratch().join(run));
        for artifact in &manifest.artifacts {
            let path = artifact_path(artifact);
            if !list.files.iter().any(|file| file.path == path && file.sha256 == artifact.sha256) {
                return Err(differs(format!("{LIST} does not list the artifact {}", artifact.name)));
            }
            let found = doors.files.freeze(&self.folder.dir, &path, &artifact.name, &store);
            if found.map_err(|error| self.folder.refused(&path, error))? != *artifact {
                return Err(self.folder.differs(&path, "is not what was handed over"));
            }
        }
        Ok(())
    }

    /// Writes the folder, and its digest into the result.
    pub fn hand_over(
        &self,
        workspace: &Workspace,
        doors: &Doors,
        plan: &Plan,
        result: ReleaseResult,
    ) -> Result<ReleaseResult, Failure> {
        let (Some(stage), Some(id), Some(run)) = (self.until, result.plan, result.run.clone()) else {
            return Ok(result);
        };
        if let Some(digest) = self.digest {
            // Somebody else may still need what was taken over, so only something later takes its place.
            if !can_be_handed_over(stage) || self.taken.get().is_none_or(|taken| stage <= taken) {
                return Ok(if stage.is_remote() { result } else { self.handed_over(result, digest) });
            }
        }
        self.folder.begin()?;
        let mut files = Vec::new();
        let bytes = serde_json::to_vec_pretty(plan)
            .map_err(|error| Failure::from_error(FailureKind::Internal, "plan", &error))?;
        files.push(self.folder.copy(PLAN, bytes.as_slice())?);
        let manifest: Option<Manifest> = receipt(&result, "build/manifest");
        let store = frozen::folder_in(&doors.local.scratch().join(&run));
        let marker = plan.marker().map_err(|error| Failure::from_error(FailureKind::Internal, "digest", &error))?;
        let tag = &bowline_steps::refs::package(plan)?.tag;
        for artifact in manifest.iter().flat_map(|manifest| &manifest.artifacts) {
            let path = artifact_path(artifact);
            let written = match doors.files.open_frozen(artifact, &store).map_err(files_failure)? {
                Some(bytes) => self.folder.copy(&path, bytes)?,
                // A release of this plan was begun elsewhere, and holds them.
                None => self.folder.write(&path, |to| {
                    match frozen::fetch(doors.forge.as_ref(), (&marker, tag), artifact, to)? {
                        true => Ok(()),
                        false => Err(gone(&artifact.name)),
                    }
                })?,
            };
            if written.sha256 != artifact.sha256 {
                return Err(forge_failure(ForgeError::Corrupt { name: artifact.name.clone() }));
            }
            files.push(written);
        }
        let objects: Option<ReleaseObjects> = receipt(&result, "commit/objects");
        if let Some(objects) = objects {
            let bundle = bundle(plan, objects, tag, &plan.repository.branch);
            doors.git.write_bundle(&self.folder.dir.join(BUNDLE), &bundle).map_err(git_failure)?;
            files.push(self.folder.describe(BUNDLE)?);
        }
        let digest = self.write_list(&HandoffFile {
            schema: SCHEMA.to_owned(),
            repository: workspace.repository.clone(),
            plan: id,
            run,
            stage,
            manifest,
            commit: objects.map(|objects| objects.commit),
            tag_object: objects.map(|objects| objects.tag),
            files,
        })?;
        Ok(self.handed_over(result, digest))
    }

    /// Hands over that the release of this head is complete, so that the next job finds out the same.
    pub fn hand_over_complete(
        &self,
        workspace: &Workspace,
        facts: &Facts,
        result: ReleaseResult,
    ) -> Result<ReleaseResult, Failure> {
        let (Some(released), None) = (&facts.released, self.digest) else { return Ok(result) };
        self.folder.begin()?;
        let digest = self.write_list(&HandoffFile {
            schema: SCHEMA.to_owned(),
            repository: workspace.repository.clone(),
            plan: released.marker.plan,
            run: run_id(&released.marker.plan),
            stage: Stage::Notify,
            manifest: None,
            commit: Some(released.commit),
            tag_object: Some(released.tag_object),
            files: Vec::new(),
        })?;
        Ok(self.handed_over(result, digest))
    }

    /// Last: a folder without its list is none.
    fn write_list(&self, list: &HandoffFile) -> Result<Digest, Failure> {
        let mut bytes = serde_json::to_vec_pretty(list)
            .map_err(|error| Failure::from_error(FailureKind::Internal, "handoff", &error))?;
        bytes.push(b'\n');
        self.folder.write_list(&bytes)?;
        Ok(Digest::of(&bytes))
    }

    fn handed_over(&self, mut result: ReleaseResult, digest: Digest) -> ReleaseResult {
        let dir = shown(&self.folder.dir);
        result.handoff_digest = Some(digest);
        result.next = Some(format!("bowline release --handoff {dir} --handoff-digest {digest}"));
        result
    }
}

impl HandoffFile {
    /// Whether there is nothing left to do.
    fn is_complete(&self) -> bool {
        self.stage == Stage::Notify
    }
}

/// Whether there is something to hand over after `stage`, and still everything to do.
fn can_be_handed_over(stage: Stage) -> bool {
    stage != Stage::Gate && !stage.is_remote()
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

fn artifact_path(artifact: &Artifact) -> String {
    format!("{ARTIFACTS}/{}", artifact.name)
}

fn gone(name: &str) -> Failure {
    let message = format!("the frozen bytes of {name} are gone, and no release holds them");
    Failure::new(FailureKind::Failed, "artifacts_missing", message).hint("run the same command again")
}
