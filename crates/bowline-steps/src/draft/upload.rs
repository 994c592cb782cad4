//! `draft/upload`: puts the whole set into the draft, each asset once, the release file first.
//!
//! The release file goes alone: as long as it is not there, nobody can tell what belongs into the draft. The others go several
//! at once.

use super::create::{Create, current, expected};
use super::together;
use crate::assets::{ReleaseSet, assets_differ, forge_failure, release_differs};
use crate::build::frozen::{self, files_failure};
use bowline_engine::{Cx, Probe, Step, StepMeta};
use bowline_model::plan::Plan;
use bowline_model::release::{Artifact, RELEASE_FILE};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::step::{Effect, Stage, Verdict};
use bowline_model::{Failure, FailureKind};
use bowline_port::files::Files;
use bowline_port::forge::{Forge, Release};
use bowline_port::http::Source;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// See the module.
pub struct Upload;

/// What the release holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Uploaded {
    /// Names of all assets.
    pub assets: Vec<String>,
}

impl Step for Upload {
    type Receipt = Uploaded;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "draft/upload",
        stage: Stage::Draft,
        effect: Effect::Reversible,
        needs: &["commit/objects", "build/manifest", "draft/create"],
        tools: &[],
        summary: "upload the assets",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<Uploaded>, Failure> {
        let Some(release) = current(cx)? else { return Ok(Probe::Absent) };
        let set = expected(cx)?;
        let difference = set.compare(cx.readers.forge.as_ref(), &release).map_err(forge_failure)?;
        // Nothing is ever added to what readers have.
        if !release.draft && !difference.is_none() {
            let message = format!("release {} does not hold what was published: {difference}", release.tag);
            return Ok(Probe::Conflict(release_differs(message)));
        }
        if !difference.different.is_empty() || !difference.extra.is_empty() {
            return Ok(Probe::Conflict(assets_differ(&release, &difference)));
        }
        Ok(match difference.missing.len() {
            0 => Probe::Present(uploaded(&set.assets)),
            n if n == set.assets.len() => Probe::Absent,
            _ => Probe::Partial(difference.to_string()),
        })
    }

    fn run(&self, cx: &Cx<'_>) -> Result<Uploaded, Failure> {
        let release = current(cx)?.ok_or_else(|| {
            let id = cx.receipt::<Create>().map_or_else(|_| String::new(), |draft| draft.id);
            Failure::new(FailureKind::Failed, "release_vanished", format!("draft {id} is gone"))
                .hint("run the same command again")
        })?;
        let set = expected(cx)?;
        let missing = set.compare(cx.readers.forge.as_ref(), &release).map_err(forge_failure)?.missing;
        let wanted: Vec<&Artifact> = set.assets.iter().filter(|artifact| missing.contains(&artifact.name)).collect();
        let (first, others): (Vec<&Artifact>, Vec<&Artifact>) =
            wanted.into_iter().partition(|artifact| artifact.name == RELEASE_FILE);
        let sender = Sender {
            forge: cx.doors.forge.clone(),
            files: cx.doors.files.clone(),
            folder: frozen::folder(cx),
            release: &release,
            set: &set,
        };
        for batch in [first, others] {
            // All assets are one step: it would outlive the lease when nobody renewed it in between.
            together::all(&batch, cx.doors.forge.uploads_at_once(), &|artifact| sender.send(artifact), &|| {
                may_go_on(cx)
            })?;
        }
        if seeded(Bug::PublishEarly) {
            cx.doors.forge.publish(&release, true).map_err(forge_failure)?;
        }
        Ok(uploaded(&set.assets))
    }
}

/// The frozen bytes of an artifact, opened anew for each time they are sent.
struct Frozen {
    files: Arc<dyn Files>,
    artifact: Artifact,
    folder: PathBuf,
    /// What was opened to see whether they are there.
    first: Mutex<Option<Box<dyn Read + Send>>>,
}

impl Source for Frozen {
    fn len(&self) -> u64 {
        self.artifact.size
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(first);
        }
        let bytes = self.files.open_frozen(&self.artifact, &self.folder).map_err(io::Error::other)?;
        bytes.ok_or_else(|| io::Error::other(format!("the frozen bytes of {} are gone", self.artifact.name)))
    }
}

/// What sending needs to know, on any thread.
struct Sender<'s> {
    forge: Arc<dyn Forge>,
    files: Arc<dyn Files>,
    folder: PathBuf,
    release: &'s Release,
    set: &'s ReleaseSet,
}

impl Sender<'_> {
    fn send(&self, artifact: &Artifact) -> Result<(), Failure> {
        let text = self.set.texts.iter().find(|(name, _)| *name == artifact.name);
        let bytes: Arc<dyn Source> = match text {
            Some((_, bytes)) => Arc::new(bytes.clone()),
            None => Arc::new(self.frozen_bytes(artifact)?),
        };
        self.forge.upload(self.release, artifact, &bytes).map(drop).map_err(forge_failure)
    }

    fn frozen_bytes(&self, artifact: &Artifact) -> Result<Frozen, Failure> {
        let (files, folder) = (self.files.clone(), self.folder.clone());
        let first = files.open_frozen(artifact, &folder).map_err(files_failure)?;
        let frozen =
            first.map(|first| Frozen { files, artifact: artifact.clone(), folder, first: Mutex::new(Some(first)) });
        frozen.ok_or_else(|| {
            let (name, tag) = (&artifact.name, &self.release.tag);
            let message = format!("the frozen bytes of {name} are gone and release {tag} does not hold them");
            Failure::new(FailureKind::Failed, "artifacts_missing", message)
                .hint("put the artifacts back and run `bowline resume`, or give up with `bowline abort`")
        })
    }
}

/// Whether another asset may be begun: the lock is held, and nobody wants a pause.
fn may_go_on(cx: &Cx<'_>) -> Result<(), Failure> {
    cx.hold.keep()?;
    match cx.doors.stop.reason() {
        None => Ok(()),
        Some(why) => {
            Err(Failure::new(FailureKind::Paused, "paused", format!("paused by {why}")).hint("go on: bowline resume"))
        }
    }
}

fn uploaded(assets: &[Artifact]) -> Uploaded {
    Uploaded { assets: assets.iter().map(|artifact| artifact.name.clone()).collect() }
}
