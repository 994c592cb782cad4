//! Publishing, and what is public: the release of a tag, and the one that readers are shown as the latest.
//!
//! One request publishes. It names the tag again, or the release would lose it, and says whether it is a pre-release and
//! whether it becomes the latest. A lost answer is looked up by the release's id, because look-ups by tag lag behind.

use super::words::ReleaseWords;
use super::{GithubForge, remember};
use bowline_model::git::TagName;
use bowline_port::forge::{ForgeError, Release};
use bowline_port::http::Method;
use serde_json::json;

impl GithubForge {
    pub(super) fn published_release(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        let action = format!("look for release {tag}");
        // What was read as the latest a moment ago needs no second look.
        if let Some(words) = self.seen.read_back(tag.as_str(), self.client.caller.now()) {
            return self.readable(&action, words).map(Some);
        }
        let request = self.client.request(Method::Get, &["releases", "tags", tag.as_str()])?;
        if let Some(words) = self.client.ask::<ReleaseWords>(&action, &request)?.filter(|words| !words.draft) {
            return self.readable(&action, words).map(Some);
        }
        let made = self.hidden(&self.published, &[])?;
        let published = made.into_iter().find(|words| !words.draft && words.tag_name == tag.as_str());
        published.map(|words| self.readable(&action, words)).transpose()
    }

    pub(super) fn latest_release(&self) -> Result<Option<TagName>, ForgeError> {
        let request = self.client.request(Method::Get, &["releases", "latest"])?;
        let latest: Option<ReleaseWords> = self.client.ask("look for the latest release", &request)?;
        let tag = latest.as_ref().and_then(|words| TagName::new(&words.tag_name).ok());
        self.seen.latest(latest, self.client.caller.now());
        Ok(tag)
    }

    /// Publishes the draft. When it is none any more, or GitHub says that its tag has a release, that release is looked at.
    pub(super) fn publish_draft(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        let refused = match self.own_draft(draft) {
            Ok((words, _)) => {
                let published = json!({
                    "tag_name": draft.tag,
                    "draft": false,
                    "prerelease": draft.prerelease,
                    "make_latest": make_latest(latest),
                });
                remember(&self.published, words.id);
                match self.change(&publishing(draft), &words.id.to_string(), &published) {
                    // That the tag has a release already is one of the refusals.
                    Err(refused @ (ForgeError::NotDone { .. } | ForgeError::Missing { .. })) => refused,
                    outcome => return outcome,
                }
            }
            Err(missing @ ForgeError::Missing { .. }) => missing,
            Err(other) => return Err(other),
        };
        match self.published_release(&draft.tag)? {
            Some(there) => self.published_already(draft, there, latest),
            None => Err(refused),
        }
    }

    /// The release that the tag has already: ours, which may have to become the latest yet, or somebody's.
    fn published_already(&self, draft: &Release, there: Release, latest: bool) -> Result<Release, ForgeError> {
        if there.marker.is_none() || there.marker != draft.marker {
            let difference = "it was not made from this plan".to_owned();
            return Err(ForgeError::Taken { what: format!("release {}", draft.tag), difference });
        }
        if (self.latest_release()?.as_ref() == Some(&draft.tag)) == latest {
            return Ok(there);
        }
        // GitHub takes this for immutable releases, too (measured in github/docs#45730).
        let shown = json!({ "tag_name": draft.tag, "make_latest": make_latest(latest) });
        self.change(&publishing(draft), &there.id, &shown)
    }
}

fn publishing(draft: &Release) -> String {
    format!("publish release {}", draft.tag)
}

fn make_latest(latest: bool) -> &'static str {
    if latest { "true" } else { "false" }
}
