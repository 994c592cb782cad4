//! Discussions: one is opened by naming its category in a change of the release (*REST API, update a release*).

use super::GithubForge;
use super::client::{call, not_done, refused};
use super::words::ReleaseWords;
use bowline_model::text::one_line;
use bowline_port::forge::discuss::Discussions;
use bowline_port::forge::{ForgeError, Release};
use bowline_port::http::{Body, Effect, Method};
use serde_json::json;

impl Discussions for GithubForge {
    fn discussed(&self, release: &Release) -> Result<Option<String>, ForgeError> {
        Ok(self.by_id(&release.id)?.and_then(|words| words.discussion_url))
    }

    fn discuss(&self, release: &Release, category: &str) -> Result<String, ForgeError> {
        let action = format!("open a discussion about {}", release.tag);
        let words = json!({ "tag_name": release.tag, "discussion_category_name": category });
        let request = self.client.request(Method::Patch, &["releases", &release.id])?.body(Body::json(&words));
        // One that is there already is left alone.
        let request = request.effect(Effect::Repeatable);
        let (reply, changed) = self.client.caller.json::<ReleaseWords>(&request).map_err(call(&action))?;
        match changed {
            Some(changed) => changed
                .discussion_url
                .ok_or_else(|| not_done(&action, "GitHub opened none: are discussions switched on?".into())),
            None if reply.status == 404 => {
                Err(ForgeError::Missing { what: format!("discussion category `{}`", one_line(category, 80)) })
            }
            None => Err(refused(&action, &reply)),
        }
    }
}
