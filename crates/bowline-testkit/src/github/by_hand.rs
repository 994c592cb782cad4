//! What people do on the pages of GitHub.

use super::State;
use super::releases::{Stored, StoredAsset};
use serde_json::json;

impl State {
    /// Somebody makes a release by hand; returns its id.
    pub fn make_by_hand(&mut self, tag: &str, text: &str, draft: bool, files: &[(&str, &[u8])]) -> String {
        let id = self.next_id();
        let asset = |(name, bytes): &(&str, &[u8])| StoredAsset {
            id: self.next_id(),
            name: (*name).to_owned(),
            bytes: bytes.to_vec(),
            state: "uploaded",
        };
        let assets = files.iter().map(asset).collect();
        if !draft {
            self.latest = Some(id);
        }
        let words = json!({ "name": format!("The {tag} release"), "body": text });
        self.releases.push(Stored { id, tag: tag.to_owned(), words, draft, prerelease: false, unlisted: 0, assets });
        id.to_string()
    }

    /// Somebody publishes the draft of that id.
    pub fn publish_by_hand(&mut self, id: &str) {
        self.of_id(id).draft = false;
    }

    /// Somebody rewrites the text of the release of that id.
    pub fn rewrite_by_hand(&mut self, id: &str, text: &str) {
        self.of_id(id).words["body"] = json!(text);
    }

    /// Title, text, names of the files, and whether it is a draft: the release of that id as it is.
    pub fn release(&mut self, id: &str) -> (String, String, Vec<String>, bool) {
        let stored = self.of_id(id);
        let word = |name: &str| stored.words[name].as_str().unwrap_or_default().to_owned();
        let names = stored.assets.iter().map(|asset| asset.name.clone()).collect();
        (word("name"), word("body"), names, stored.draft)
    }

    /// The bytes of a file called `name` in any release.
    pub fn shipped(&self, name: &str) -> Option<Vec<u8>> {
        let mut assets = self.releases.iter().flat_map(|stored| &stored.assets);
        assets.find(|asset| asset.name == name).map(|asset| asset.bytes.clone())
    }

    /// The ids of all releases, oldest first.
    pub fn ids(&self) -> Vec<String> {
        self.releases.iter().map(|stored| stored.id.to_string()).collect()
    }

    fn of_id(&mut self, id: &str) -> &mut Stored {
        self.releases.iter_mut().find(|stored| stored.id.to_string() == id).unwrap()
    }

    /// What is shown as the latest release: its tag.
    pub fn latest_tag(&self) -> Option<String> {
        let latest = self.releases.iter().find(|stored| Some(stored.id) == self.latest);
        latest.map(|stored| stored.tag.clone())
    }
}
