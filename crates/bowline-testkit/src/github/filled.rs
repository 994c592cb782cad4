//! What GitHub says of a thing besides what matters here, so that what the double says is whole.

use super::{API, PAGES};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// `words` with everything that GitHub always says of a release.
pub(super) fn release(words: Value) -> Value {
    let url = format!("{API}/repos/acme/app/releases/{}", words["id"]);
    let archive =
        |kind: &str| json!(format!("{API}/repos/acme/app/{kind}/{}", words["tag_name"].as_str().unwrap_or_default()));
    let (is_draft, tarball, zipball) = (words["draft"] == true, archive("tarball"), archive("zipball"));
    let usual = json!({
        "url": url,
        "assets_url": format!("{url}/assets"),
        "node_id": format!("RE_{}", words["id"]),
        "target_commitish": "main",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "published_at": (!is_draft).then_some(MOMENT),
        "tarball_url": (!is_draft).then_some(tarball),
        "zipball_url": (!is_draft).then_some(zipball),
        "author": *WRITER,
    });
    merged(usual, words)
}

/// `words` with everything that GitHub always says of an asset.
pub(super) fn asset(words: Value) -> Value {
    let usual = json!({
        "url": format!("{API}/repos/acme/app/releases/assets/{}", words["id"]),
        "node_id": format!("RA_{}", words["id"]),
        "label": "",
        "content_type": "application/octet-stream",
        "download_count": 0,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "uploader": *WRITER,
    });
    merged(usual, words)
}

/// `words` with everything that GitHub always says of a repository.
pub(super) fn repository(words: Value) -> Value {
    let url = format!("{API}/repos/acme/app");
    let page = format!("{PAGES}/acme/app");
    let mut usual = json!({
        "id": 1,
        "node_id": "R_1",
        "name": "app",
        "full_name": "acme/app",
        "owner": user("acme", 2),
        "url": url,
        "html_url": page,
        "clone_url": format!("{page}.git"),
        "git_url": format!("{}.git", page.replace("https:", "git:")),
        "ssh_url": "git@github.example:acme/app.git",
        "svn_url": page,
        "default_branch": "main",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "pushed_at": MOMENT,
    });
    for part in PARTS.split_whitespace() {
        usual[format!("{part}_url")] = json!(format!("{url}/{part}"));
    }
    for none in ["description", "homepage", "language", "license", "mirror_url"] {
        usual[none] = Value::Null;
    }
    for no in ["fork", "disabled", "has_issues", "has_projects", "has_wiki", "has_pages", "has_discussions"] {
        usual[no] = json!(false);
    }
    for count in COUNTS.split_whitespace() {
        usual[count] = json!(0);
    }
    merged(usual, words)
}

/// Somebody, as they are named in other things.
pub(super) fn user(login: &str, id: u64) -> Value {
    let url = format!("{API}/users/{login}");
    let mut usual = json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("{PAGES}/{login}.png"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{PAGES}/{login}"),
        "type": "User",
        "site_admin": false,
    });
    for part in ["events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred"] {
        usual[format!("{part}_url")] = json!(format!("{url}/{part}"));
    }
    usual["subscriptions_url"] = json!(format!("{url}/subscriptions"));
    usual
}

fn merged(mut usual: Value, words: Value) -> Value {
    let Value::Object(words) = words else { return usual };
    usual.as_object_mut().unwrap().extend(words);
    usual
}

/// Who made everything.
static WRITER: LazyLock<Value> = LazyLock::new(|| user("octocat", 1));

/// When everything happened.
const MOMENT: &str = "2026-01-02T03:04:05Z";

/// What a repository has an address for.
const PARTS: &str = "archive assignees blobs branches collaborators comments commits compare contents contributors deployments \
    downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges \
    milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees";

/// What is counted in a repository.
const COUNTS: &str = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count \
    network_count subscribers_count";
