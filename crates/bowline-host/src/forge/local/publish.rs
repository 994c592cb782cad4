//! Making a draft public.

use super::read::ReleaseFolder;
use super::record::{self, AssetRecord};
use super::{ASSETS, INDEX, LATEST, LocalForge, NOTES, not_done, page};
use crate::folder::{Folder, Temporary};
use bowline_model::git::TagName;
use bowline_port::files::FilesError;
use bowline_port::forge::{ForgeError, Release};
use rustix::io::Errno;

type Source = Box<dyn std::error::Error + Send + Sync>;

impl LocalForge {
    pub(super) fn move_out(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        let action = || format!("publish release {}", draft.tag);
        match self.published_folder(&draft.tag).map_err(not_done(action()))? {
            Some(there) if there.record.marker.is_some() && there.record.marker == draft.marker => {}
            Some(there) => {
                let difference = match there.record.marker {
                    Some(marker) => format!("it was made from plan {}", marker.plan),
                    None => "it was not made from a plan".to_owned(),
                };
                return Err(ForgeError::Taken { what: format!("release {}", draft.tag), difference });
            }
            None => {
                let (staging, mut found) = self.own_draft(draft)?;
                self.complete(&mut found).map_err(not_done(action()))?;
                self.rename_out(&staging, &found)?;
            }
        }
        // It is public: whatever fails from here on is repaired by asking again.
        self.refresh(&draft.tag, latest)
            .map_err(|source| ForgeError::Unknown { action: format!("list release {}", draft.tag), source })?;
        self.sweep();
        let published = self.published_folder(&draft.tag).map_err(not_done(action()))?;
        let published = published.ok_or_else(|| ForgeError::Missing { what: format!("release {}", draft.tag) })?;
        self.release(&published, false)
    }

    /// Writes down what the release consists of, as readers will see it.
    fn complete(&self, found: &mut ReleaseFolder) -> Result<(), Source> {
        let assets = self.assets(found, true)?.into_iter();
        let recorded = assets
            .filter_map(|asset| asset.sha256.map(|sha256| AssetRecord { name: asset.name, size: asset.size, sha256 }));
        found.record.assets = recorded.collect();
        found.record.draft = false;
        found.record.published = Some(self.clock.now());
        let assets = found.folder.make_below(ASSETS, 0o777)?;
        for folder in [&assets, &found.folder] {
            for name in folder.names()? {
                if let Some(name) = name.to_str().filter(|name| Temporary::is_leftover(name)) {
                    folder.remove(name)?;
                }
            }
        }
        found.folder.replace(record::FILE, &found.record.to_bytes()?, 0o666)?;
        Ok(())
    }

    fn rename_out(&self, staging: &Folder, found: &ReleaseFolder) -> Result<(), ForgeError> {
        let tag = &found.record.tag;
        let action = || format!("publish release {tag}");
        let (parent, name) = tag.as_str().rsplit_once('/').unwrap_or(("", tag.as_str()));
        let taken = |difference: String| ForgeError::Taken { what: format!("release {tag}"), difference };
        if let Some(outer) = self.release_around(tag).map_err(not_done(action()))? {
            return Err(taken(format!("its folder would be inside release {outer}")));
        }
        let make = || Folder::make(&self.root, 0o777)?.make_below(parent, 0o777);
        let parent = make().map_err(not_done(action()))?;
        match staging.rename(&found.record.id, &parent, name) {
            Ok(()) => {}
            Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {
                return Err(taken("something else stands in the place of its folder".to_owned()));
            }
            Err(error) => return Err(not_done(action())(std::io::Error::from(error))),
        }
        let flushed = parent.sync().and_then(|()| staging.sync());
        flushed.map_err(|source| ForgeError::Unknown { action: action(), source: source.into() })
    }

    /// The release in whose folder the folder of `tag` would be.
    fn release_around<'a>(&self, tag: &'a TagName) -> Result<Option<&'a str>, FilesError> {
        let Some(root) = self.root_folder()? else { return Ok(None) };
        for (end, _) in tag.as_str().match_indices('/') {
            let (outer, _) = tag.as_str().split_at(end);
            let Some(folder) = root.below(outer)? else { return Ok(None) };
            if folder.kind(record::FILE.as_ref())?.is_some() || folder.kind(NOTES.as_ref())?.is_some() {
                return Ok(Some(outer));
            }
        }
        Ok(None)
    }

    /// Makes the derived files again.
    fn refresh(&self, tag: &TagName, latest: bool) -> Result<(), Source> {
        let root = Folder::make(&self.root, 0o777)?;
        if latest {
            root.replace(LATEST, format!("{tag}\n").as_bytes(), 0o666)?;
        }
        // A damaged `latest` only costs the page its mark.
        let latest = self.read_latest().unwrap_or(None);
        let page = page::render(self.published_folders()?, latest.as_ref());
        Ok(root.replace(INDEX, page.as_bytes(), 0o666)?)
    }
}
