//! A forge in memory, for tests.
//!
//! It passes the same exam as the real ones and can be told to fail: before a change took place, or after it and
//! before the answer.

use super::{Asset, Drafts, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release, check_asset_name};
use crate::http::Source;
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps releases in memory.
#[derive(Debug, Default)]
pub struct MemoryForge(Mutex<Inside>);

/// A call that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Forge::create_draft`].
    CreateDraft,
    /// [`Forge::upload`].
    Upload,
    /// [`Forge::delete_draft`].
    DeleteDraft,
    /// [`Forge::publish`].
    Publish,
}

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before it had an effect: [`ForgeError::NotDone`].
    Before,
    /// After its effect, the answer being lost: [`ForgeError::Unknown`].
    After,
}

impl MemoryForge {
    /// Makes the next `call` fail.
    pub fn fail_next(&self, call: Call, when: When) {
        self.inside().failures.push((call, when));
    }

    /// Leaves a part of an asset behind, as an upload that was cut off does.
    pub fn plant_partial(&self, draft: &Release, name: &str) {
        if let Some(stored) = self.inside().releases.get_mut(&draft.id) {
            let partial =
                Asset { name: name.to_owned(), size: 1, sha256: None, complete: false, url: url(&stored.tag, name) };
            put(&mut stored.assets, partial);
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, call: Call, act: impl FnOnce(&mut Inside) -> Result<T, ForgeError>) -> Result<T, ForgeError> {
        let mut inside = self.inside();
        let failure = inside.failures.iter().position(|(planned, _)| *planned == call);
        let failure = failure.map(|index| inside.failures.remove(index).1);
        let action = format!("{call:?}");
        let source = || Box::new(io::Error::other("planned by the test"));
        match failure {
            None => act(&mut inside),
            Some(When::Before) => Err(ForgeError::NotDone { action, source: source() }),
            Some(When::After) => {
                act(&mut inside)?;
                Err(ForgeError::Unknown { action, source: source() })
            }
        }
    }
}

#[derive(Debug, Default)]
struct Inside {
    releases: BTreeMap<String, Release>,
    bytes: BTreeMap<(String, String), Vec<u8>>,
    latest: Option<TagName>,
    last_id: u64,
    failures: Vec<(Call, When)>,
}

impl Inside {
    fn published(&self, tag: &TagName) -> Option<&Release> {
        self.releases.values().find(|release| !release.draft && release.tag == *tag)
    }

    /// The draft that `draft` names, when it is still there and has the same marker.
    fn draft(&mut self, draft: &Release) -> Result<&mut Release, ForgeError> {
        let what = format!("draft {}", draft.id);
        match self.releases.get_mut(&draft.id).filter(|stored| stored.draft) {
            None => Err(ForgeError::Missing { what }),
            Some(stored) if stored.marker.is_none() || stored.marker != draft.marker => {
                Err(ForgeError::NotOurs { what })
            }
            Some(stored) => Ok(stored),
        }
    }
}

impl ForgeReader for MemoryForge {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Local
    }
    fn location(&self) -> String {
        "memory".to_owned()
    }
    fn limits(&self) -> Limits {
        Limits { notes_chars: 125_000, assets: 1000, asset_size: 2 << 30 }
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        Ok(self.inside().published(tag).cloned())
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        Ok(Drafts::Visible(self.inside().releases.values().filter(|release| release.draft).cloned().collect()))
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        Ok(self.inside().latest.clone())
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        let bytes = self.inside().bytes.get(&(release.id.clone(), asset.to_owned())).cloned();
        let bytes = bytes.ok_or_else(|| ForgeError::Missing { what: format!("asset {asset}") })?;
        to.write_all(&bytes)
            .map_err(|source| ForgeError::NotDone { action: format!("download {asset}"), source: Box::new(source) })?;
        Ok(bytes.len() as u64)
    }
}

impl Forge for MemoryForge {
    fn check_writable(&self) -> Result<(), ForgeError> {
        Ok(())
    }

    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        self.change(Call::CreateDraft, |inside| {
            inside.last_id += 1;
            let release = Release {
                id: inside.last_id.to_string(),
                tag: new.tag.clone(),
                name: new.name.clone(),
                notes: new.notes.clone(),
                draft: true,
                prerelease: new.prerelease,
                marker: Some(new.marker),
                assets: Vec::new(),
                url: format!("memory:{}", new.tag),
            };
            inside.releases.insert(release.id.clone(), release.clone());
            Ok(release)
        })
    }

    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        check_asset_name(&artifact.name)?;
        self.change(Call::Upload, |inside| {
            let stored = inside.draft(draft)?;
            let asset = Asset {
                name: artifact.name.clone(),
                size: artifact.size,
                sha256: Some(artifact.sha256),
                complete: true,
                url: url(&stored.tag, &artifact.name),
            };
            match stored.asset(&artifact.name).filter(|there| there.complete) {
                Some(there) if *there == asset => return Ok(asset),
                Some(_) => {
                    let what = format!("asset {}", artifact.name);
                    return Err(ForgeError::Taken { what, difference: "other bytes".to_owned() });
                }
                None => {}
            }
            let mut arrived = Vec::new();
            let read = bytes.open().and_then(|mut bytes| bytes.read_to_end(&mut arrived));
            read.map_err(|source| ForgeError::NotDone {
                action: format!("upload {}", artifact.name),
                source: Box::new(source),
            })?;
            if Artifact::of(&artifact.name, &arrived).sha256 != artifact.sha256 {
                return Err(ForgeError::Corrupt { name: artifact.name.clone() });
            }
            put(&mut stored.assets, asset.clone());
            inside.bytes.insert((draft.id.clone(), artifact.name.clone()), arrived);
            Ok(asset)
        })
    }

    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        self.change(Call::DeleteDraft, |inside| {
            let id = inside.draft(draft)?.id.clone();
            inside.releases.remove(&id);
            inside.bytes.retain(|(release, _), _| *release != id);
            Ok(())
        })
    }

    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        self.change(Call::Publish, |inside| {
            if let Some(there) = inside.published(&draft.tag) {
                if there.marker.is_none() || there.marker != draft.marker {
                    let what = format!("release {}", draft.tag);
                    return Err(ForgeError::Taken { what, difference: "it was made from another plan".to_owned() });
                }
            } else {
                inside.draft(draft)?.draft = false;
            }
            if latest {
                inside.latest = Some(draft.tag.clone());
            }
            let published = inside.published(&draft.tag).cloned();
            published.ok_or_else(|| ForgeError::Missing { what: format!("release {}", draft.tag) })
        })
    }
}

fn put(assets: &mut Vec<Asset>, asset: Asset) {
    assets.retain(|there| there.name != asset.name);
    assets.push(asset);
    assets.sort_by(|a, b| a.name.cmp(&b.name));
}

fn url(tag: &TagName, asset: &str) -> String {
    format!("memory:{tag}/{asset}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::conformance::{new_release, of, run};

    #[test]
    fn passes_the_exam() {
        run(&|| Arc::new(MemoryForge::default()));
    }

    #[test]
    fn fails_when_told_to() {
        let forge = MemoryForge::default();
        let new = new_release("v1.0.0", 1);
        forge.fail_next(Call::CreateDraft, When::Before);
        forge.fail_next(Call::CreateDraft, When::After);
        assert!(matches!(forge.create_draft(&new), Err(ForgeError::NotDone { .. })));
        assert_eq!(forge.drafts().unwrap(), Drafts::Visible(Vec::new()));
        assert!(matches!(forge.create_draft(&new), Err(ForgeError::Unknown { .. })));
        let Drafts::Visible(drafts) = forge.drafts().unwrap() else { panic!("drafts are visible") };
        assert_eq!(drafts.len(), 1);

        forge.plant_partial(&drafts[0], "app");
        let Drafts::Visible(drafts) = forge.drafts().unwrap() else { panic!("drafts are visible") };
        assert!(!drafts[0].asset("app").unwrap().complete);
        let artifact = Artifact::of("app", b"bytes");
        assert!(forge.upload(&drafts[0], &artifact, &of(b"bytes")).unwrap().complete);
    }
}
