//! Where the files of a release are read from: a forge, or a folder.

use bowline_model::text::one_line;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::forge::{ForgeReader, Release};
use bowline_steps::assets::{download_digest, forge_failure};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files of a release.
pub(super) enum Source<'f> {
    /// On a forge, as readers see it.
    Forge { forge: &'f dyn ForgeReader, release: &'f Release },
    /// In this folder.
    Folder(PathBuf),
}

impl Source<'_> {
    /// A folder of downloaded files, or one of the local forge, which has them below `assets`.
    pub(super) fn folder(path: &Path) -> Result<Self, Failure> {
        if !path.is_dir() {
            let message = format!("{} is no folder", one_line(&path.to_string_lossy(), 200));
            return Err(Failure::new(FailureKind::Usage, "verify_target", message)
                .hint("name a folder with all files of a release, or a tag of this repository's forge: forge:@v1.2.3")
                .hint("single files and bundles are not verified in this version"));
        }
        let assets = path.join("assets");
        let is_local_forge = assets.is_dir() && path.join("release.json").is_file();
        Ok(Self::Folder(if is_local_forge { assets } else { path.to_owned() }))
    }

    /// Every file with its size.
    pub(super) fn names(&self) -> Result<Vec<(String, u64)>, Failure> {
        match self {
            Self::Forge { release, .. } => {
                Ok(release.assets.iter().map(|asset| (asset.name.clone(), asset.size)).collect())
            }
            Self::Folder(folder) => {
                let mut found = Vec::new();
                for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
                    let entry = entry.map_err(|error| unreadable(folder, &error))?;
                    let kind = fs::symlink_metadata(entry.path()).map_err(|error| unreadable(&entry.path(), &error))?;
                    found.push((entry.file_name().to_string_lossy().into_owned(), kind.len()));
                }
                Ok(found)
            }
        }
    }

    /// The bytes of a small file; none when it is not there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let mut bytes = Vec::new();
        match self {
            Self::Forge { forge, release } => {
                let Some(asset) = release.asset(name) else { return Ok(None) };
                if asset.size > MOST {
                    return Err(too_large(name));
                }
                forge.download(release, name, &mut bytes).map_err(forge_failure)?;
            }
            Self::Folder(folder) => {
                let path = folder.join(name);
                let Some(file) = open(&path)? else { return Ok(None) };
                file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&path, &error))?;
                if bytes.len() as u64 > MOST {
                    return Err(too_large(name));
                }
            }
        }
        Ok(Some(bytes))
    }

    /// SHA-256 of a file's bytes.
    pub(super) fn digest(&self, name: &str) -> Result<Digest, Failure> {
        match self {
            Self::Forge { forge, release } => download_digest(*forge, release, name).map_err(forge_failure),
            Self::Folder(folder) => {
                let path = folder.join(name);
                let mut hasher = bowline_model::hash::Hasher::default();
                let mut file = open(&path)?.ok_or_else(|| unreadable(&path, &io::ErrorKind::NotFound.into()))?;
                io::copy(&mut file, &mut hasher).map_err(|error| unreadable(&path, &error))?;
                Ok(hasher.finish())
            }
        }
    }
}

/// An ordinary file. What a link leads to can be another file in a moment.
fn open(path: &Path) -> Result<Option<File>, Failure> {
    match fs::symlink_metadata(path) {
        Ok(kind) if kind.is_file() => File::open(path).map(Some).map_err(|error| unreadable(path, &error)),
        Ok(_) => {
            let message = format!("{} is no ordinary file", one_line(&path.to_string_lossy(), 200));
            Err(Failure::new(FailureKind::Mismatch, "verification_failed", message)
                .hint("copy the files themselves into the folder"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("{} cannot be read", one_line(&path.to_string_lossy(), 200));
    Failure::new(FailureKind::Failed, "verify_unreadable", message)
        .because(error)
        .hint("make it readable, and verify again")
}

fn too_large(name: &str) -> Failure {
    Failure::new(FailureKind::Mismatch, "verification_failed", format!("{name} is larger than any that Bowline writes"))
        .hint("do not use it, and tell whoever releases it")
}

/// Far above any plan and manifest.
const MOST: u64 = 64 << 20;
