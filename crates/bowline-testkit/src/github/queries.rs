//! What `gh` asks in GraphQL when it looks at releases, and no more.

use super::State;
use super::replies::ok;
use bowline_port::http::{Reply, Request};
use serde_json::{Value, json};

impl State {
    /// Answers a query by its name.
    pub(super) fn query_answer(&self, request: &Request, body: &[u8]) -> Option<Reply> {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let name = asked["query"].as_str().and_then(|query| query.split(['(', '{', ' ']).nth(1)).unwrap_or_default();
        let sees_drafts = self.may_write(request);
        Some(match name {
            "RepositoryReleaseByTag" => {
                let tag = asked["variables"]["tagName"].as_str().unwrap_or_default();
                let found = self.of_tag(tag, sees_drafts);
                let found = found.map(|release| json!({ "databaseId": release["id"], "isDraft": release["draft"] }));
                ok(&json!({ "data": { "repository": { "release": found } } }))
            }
            "RepositoryReleaseList" => {
                let nodes: Vec<Value> = self.all(sees_drafts).iter().map(node).collect();
                let end = json!({ "hasNextPage": false, "endCursor": null });
                ok(&json!({ "data": { "repository": { "releases": { "nodes": nodes, "pageInfo": end } } } }))
            }
            "Release_fields" => {
                let fields = ["name", "tagName", "isDraft", "isLatest", "isPrerelease", "immutable"];
                let fields = fields.map(|name| json!({ "name": name }));
                ok(&json!({ "data": { "Release": { "fields": fields } } }))
            }
            _ => return None,
        })
    }
}

fn node((release, is_latest): &(Value, bool)) -> Value {
    json!({
        "name": release["name"],
        "tagName": release["tag_name"],
        "isDraft": release["draft"],
        "isLatest": is_latest,
        "isPrerelease": release["prerelease"],
        "immutable": release["immutable"],
        "createdAt": release["created_at"],
        "publishedAt": release["published_at"],
    })
}
