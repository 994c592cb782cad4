//! Making a release ours that somebody made by hand, and giving it back.
//!
//! All that changes is the comment at the end of its text, and with it the word that tells it from what we made ourselves:
//! a draft that was adopted is never deleted.

use super::GithubForge;
use super::words::{ReleaseWords, adopted_body, is_adopted};
use bowline_model::text::one_line;
use bowline_port::forge::adopt::Adoption;
use bowline_port::forge::{ForgeError, NewRelease, Release};
use serde_json::json;

impl Adoption for GithubForge {
    fn adopt(&self, theirs: &Release, new: &NewRelease) -> Result<Release, ForgeError> {
        let what = || format!("release {} ({})", new.tag, one_line(&theirs.id, 40));
        let words = self.by_id(&theirs.id)?.ok_or_else(|| ForgeError::Missing { what: what() })?;
        let found = words.release().filter(|found| found.tag == new.tag && found.draft == theirs.draft);
        match found.map(|found| found.marker) {
            Some(None) => {}
            Some(Some(marker)) if marker == new.marker => return self.readable("adopt the release", words),
            _ => return Err(ForgeError::NotOurs { what: what() }),
        }
        let text = words.body.as_deref().unwrap_or_default();
        let changed = json!({
            "tag_name": new.tag,
            "body": adopted_body(text, &new.marker),
            "prerelease": new.prerelease,
        });
        self.change(&format!("adopt release {}", new.tag), &theirs.id, &changed)
    }
}

impl GithubForge {
    /// Takes our comment away from a draft that was adopted. Says whether it was one.
    pub(super) fn give_back(&self, draft: &Release, words: &ReleaseWords) -> Result<bool, ForgeError> {
        if !words.body.as_deref().is_some_and(is_adopted) {
            return Ok(false);
        }
        let action = format!("give draft {} back", words.id);
        self.change(&action, &draft.id, &json!({ "tag_name": draft.tag, "body": draft.notes }))?;
        Ok(true)
    }
}
