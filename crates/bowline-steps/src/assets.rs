//! The exact set of assets a release has: the frozen artifacts, `release.bowline.json`, notes for audiences, and checksum files.
//!
//! Every attempt, on any machine, arrives at the same bytes from the same plan and manifest. The release file carries
//! the plan and the manifest, so a machine that lost everything can read back what it was doing; a checksum file
//! covers every asset that is not a checksum file itself, the release file included.

use bowline_model::plan::Plan;
use bowline_model::release::{Artifact, Manifest, RELEASE_FILE, RELEASE_FILE_SCHEMA, ReleaseFile};
use bowline_model::seeded::{Bug, seeded};
use bowline_model::{Digest, Failure, FailureKind, Oid};
use bowline_port::forge::{Asset, Forge, ForgeError, ForgeReader, Release};
use std::io::Write;

/// Everything a release ships.
#[derive(Clone, Debug)]
pub struct ReleaseSet {
    /// All assets; the release file comes first, so that it is there before anything else.
    pub assets: Vec<Artifact>,
    /// Those that are made here and not frozen from files: name and bytes.
    pub texts: Vec<(String, Vec<u8>)>,
}

/// How the assets of a release differ from the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Not there, or not all of their bytes.
    pub missing: Vec<String>,
    /// There with other bytes.
    pub different: Vec<String>,
    /// There and not in the set.
    pub extra: Vec<String>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.extra.is_empty()
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |word: &str, names: &[String]| {
            if names.is_empty() { String::new() } else { format!("{word}: {}", names.join(", ")) }
        };
        let parts = [part("missing", &self.missing), part("different", &self.different), part("not ours", &self.extra)];
        f.write_str(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; "))
    }
}

impl ReleaseSet {
    /// The set for this plan and manifest.
    pub fn new(plan: &Plan, manifest: &Manifest, commit: Oid, tag_object: Oid) -> Result<Self, Failure> {
        let plan_id = plan.digest().map_err(|error| internal(&error))?;
        let file = ReleaseFile {
            schema: RELEASE_FILE_SCHEMA.to_owned(),
            plan_id,
            plan: plan.clone(),
            manifest: manifest.clone(),
            commit,
            tag_object,
        };
        let mut bytes = serde_json::to_vec_pretty(&file).map_err(|error| internal(&error))?;
        bytes.push(b'\n');
        Ok(Self::with_release_file(plan, manifest, bytes))
    }

    /// The set of a release whose `release.bowline.json` has these bytes.
    pub fn with_release_file(plan: &Plan, manifest: &Manifest, bytes: Vec<u8>) -> Self {
        let mut assets = vec![Artifact::of(RELEASE_FILE, &bytes)];
        let mut texts = vec![(RELEASE_FILE.to_owned(), bytes)];
        assets.extend(manifest.artifacts.iter().cloned());
        for (name, text) in notes(plan) {
            assets.push(Artifact::of(&name, text.as_bytes()));
            texts.push((name, text.as_bytes().to_vec()));
        }
        let sums: Vec<(String, Vec<u8>)> = plan
            .requirements
            .artifacts
            .checksums
            .iter()
            .filter_map(|algorithm| checksum_file(algorithm, &assets))
            .collect();
        for (name, bytes) in sums {
            assets.push(Artifact::of(&name, &bytes));
            texts.push((name, bytes));
        }
        Self { assets, texts }
    }

    /// Names that are ours: no artifact may have one.
    pub fn reserved(plan: &Plan) -> Vec<String> {
        let sums = plan.requirements.artifacts.checksums.iter().map(|algorithm| checksum_name(algorithm));
        std::iter::once(RELEASE_FILE.to_owned()).chain(notes(plan).map(|(name, _)| name)).chain(sums).collect()
    }

    /// Compares with what a release has. Where the forge tells no digest the bytes are fetched and hashed.
    pub fn compare(&self, forge: &dyn ForgeReader, release: &Release) -> Result<Difference, ForgeError> {
        let mut difference = Difference::default();
        for artifact in &self.assets {
            match release.asset(&artifact.name) {
                Some(asset) if !asset.complete && seeded(Bug::AcceptIncomplete) => {}
                Some(asset) if asset.complete => {
                    if asset.size != artifact.size || digest(forge, release, asset)? != artifact.sha256 {
                        difference.different.push(artifact.name.clone());
                    }
                }
                _ => difference.missing.push(artifact.name.clone()),
            }
        }
        let known = |asset: &&Asset| self.assets.iter().any(|artifact| artifact.name == asset.name);
        difference.extra.extend(release.assets.iter().filter(|asset| !known(asset)).map(|asset| asset.name.clone()));
        Ok(difference)
    }
}

/// The release file inside a release, when it is there, readable, and holds exactly the plan the marker names.
pub fn read_release_file(forge: &dyn ForgeReader, release: &Release) -> Result<Option<ReleaseFile>, ForgeError> {
    Ok(read_release_bytes(forge, release)?.map(|(file, _)| file))
}

/// The same with the bytes that say so.
pub fn read_release_bytes(
    forge: &dyn ForgeReader,
    release: &Release,
) -> Result<Option<(ReleaseFile, Vec<u8>)>, ForgeError> {
    let (Some(marker), Some(asset)) = (release.marker, release.asset(RELEASE_FILE)) else { return Ok(None) };
    if !asset.complete || asset.size > MAX_RELEASE_FILE {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    forge.download(release, RELEASE_FILE, &mut bytes)?;
    let Ok(file) = serde_json::from_slice::<ReleaseFile>(&bytes) else { return Ok(None) };
    let trusted = file.plan_id == marker.plan && file.plan.digest().ok() == Some(marker.plan);
    Ok(trusted.then_some((file, bytes)))
}

/// The files in a draft of ours that somebody else has put there: the release file inside it does not name them, or names
/// other bytes. The release file is uploaded before anything else, so without it nothing there is ours.
pub fn foreign(forge: &dyn ForgeReader, draft: &Release) -> Result<Vec<String>, ForgeError> {
    // Somebody may be at it right now, and what is called ours here is removed.
    let Some(draft) = &forge.reread(draft)? else { return Ok(Vec::new()) };
    // What has not arrived whole is nobody's file.
    let whole: Vec<&Asset> = draft.assets.iter().filter(|asset| asset.complete).collect();
    if whole.is_empty() {
        return Ok(Vec::new());
    }
    let own = read_release_file(forge, draft)?;
    let is_ours = |asset: &Asset| {
        let Some(file) = &own else { return false };
        match file.manifest.artifacts.iter().find(|artifact| artifact.name == asset.name) {
            Some(named) => named.size == asset.size && asset.sha256.is_none_or(|sha256| sha256 == named.sha256),
            None => ReleaseSet::reserved(&file.plan).contains(&asset.name),
        }
    };
    Ok(whole.into_iter().filter(|asset| !is_ours(asset)).map(|asset| asset.name.clone()).collect())
}

/// Somebody else writes to our draft. Nothing of that is removed: it is not ours.
pub fn assets_differ(release: &Release, difference: &Difference) -> Failure {
    Failure::new(
        FailureKind::Conflict,
        "assets_differ",
        format!("release {} has other assets than this plan's: {difference}", release.tag),
    )
    .hint(format!("look at it: {}", release.url))
    .hint("remove what is not of this release there, or the whole draft, and run the same command again")
}

/// SHA-256 of an asset: as the forge tells it, else by reading it.
pub fn digest(forge: &dyn ForgeReader, release: &Release, asset: &Asset) -> Result<Digest, ForgeError> {
    match asset.sha256 {
        Some(digest) => Ok(digest),
        None => download_digest(forge, release, &asset.name),
    }
}

/// SHA-256 of the bytes that a reader gets.
pub fn download_digest(forge: &dyn ForgeReader, release: &Release, name: &str) -> Result<Digest, ForgeError> {
    let mut hasher = bowline_model::hash::Hasher::default();
    forge.download(release, name, &mut hasher)?;
    Ok(hasher.finish())
}

/// Whether the forge takes anything from this user.
pub fn writable(forge: &dyn Forge) -> Result<(), Failure> {
    forge.check_writable().map_err(|error| match error {
        ForgeError::Unsupported(_) | ForgeError::NoToken { .. } | ForgeError::Token(_) | ForgeError::Call { .. } => {
            forge_failure(error)
        }
        other => Failure::from_error(FailureKind::Missing, "forge_not_writable", &other)
            .hint(format!("make {} writable for this user", forge.location())),
    })
}

/// A forge error as a failure before anything public happened.
pub fn forge_failure(error: ForgeError) -> Failure {
    if let Some(failure) = error.own_failure() {
        return failure;
    }
    match &error {
        ForgeError::Unsupported(_) => Failure::from_error(FailureKind::Missing, "forge_unsupported", &error)
            .hint("set `kind = \"local\"` under `[forge]` in bowline.toml to release into a folder"),
        ForgeError::NoToken { .. } => Failure::from_error(FailureKind::Missing, "forge_no_token", &error)
            .hint("set BOWLINE_TOKEN, or the forge's own variable (GITHUB_TOKEN), to a token that may write releases"),
        ForgeError::Taken { .. } => Failure::from_error(FailureKind::Conflict, "release_taken", &error).hint(
            "look at what is there; choose another version with `--version X`, or remove it by hand if it is a mistake",
        ),
        ForgeError::TagBurned { .. } => Failure::from_error(FailureKind::Conflict, "tag_burned", &error)
            .hint("choose another version with `--version X`"),
        ForgeError::NotOurs { .. } => Failure::from_error(FailureKind::Stuck, "not_ours", &error),
        ForgeError::Forbidden { needs, .. } => Failure::from_error(FailureKind::Missing, "forge_right_missing", &error)
            .hint(format!("give the token this right: {needs}")),
        ForgeError::Missing { .. } => {
            Failure::from_error(FailureKind::Failed, "release_vanished", &error).hint("run the same command again")
        }
        ForgeError::Corrupt { .. } => {
            Failure::from_error(FailureKind::Failed, "asset_corrupt", &error).hint("run the same command again")
        }
        ForgeError::Call { source, .. } if source.open => {
            Failure::from_error(FailureKind::Failed, "forge_silent", &error)
                .hint("run `bowline resume`: it looks whether it happened")
                .unknown()
        }
        ForgeError::Call { .. } | ForgeError::Token(_) => {
            Failure::from_error(FailureKind::Failed, "forge_failed", &error)
                .hint("remove the cause and run the same command again")
        }
        ForgeError::NotDone { .. } => Failure::from_error(FailureKind::Failed, "forge_failed", &error)
            .hint("remove the cause and run the same command again"),
        ForgeError::Unknown { .. } => Failure::from_error(FailureKind::Failed, "forge_silent", &error)
            .hint("run `bowline resume`: it looks whether it happened")
            .unknown(),
    }
}

/// A published release, or its tag, is not what was released.
pub fn release_differs(message: String) -> Failure {
    Failure::new(FailureKind::Mismatch, "release_differs", message)
        .hint("warn your users, find out who changed it, and release a new version")
}

/// The notes that ship as files, with their names.
fn notes(plan: &Plan) -> impl Iterator<Item = (String, &str)> {
    let audiences = plan.packages.iter().flat_map(|package| &package.audiences);
    audiences.filter_map(|audience| Some((audience.asset_name()?, audience.notes.as_str())))
}

fn checksum_name(algorithm: &str) -> String {
    format!("{}SUMS", algorithm.to_ascii_uppercase())
}

/// One line for each asset in the form that `sha256sum -c` reads, sorted by name.
fn checksum_file(algorithm: &str, assets: &[Artifact]) -> Option<(String, Vec<u8>)> {
    let mut sorted: Vec<&Artifact> = assets.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = Vec::new();
    for artifact in sorted {
        let hex = match algorithm {
            "sha256" => artifact.sha256.hex(),
            "sha512" => artifact.sha512.clone(),
            _ => return None,
        };
        // Writing into a vector cannot fail.
        let _ = writeln!(out, "{hex}  {}", artifact.name);
    }
    Some((checksum_name(algorithm), out))
}

fn internal(error: &dyn std::error::Error) -> Failure {
    Failure::from_error(FailureKind::Internal, "release_file", error)
}

/// A plan with a hundred thousand commits is about 30 MiB.
const MAX_RELEASE_FILE: u64 = 256 << 20;
