//! Commits that GitHub makes, with `createCommitOnBranch` of its GraphQL API, and the branches that lead to them.
//!
//! GitHub signs a commit that it makes in this way, and sets its dates, author and committer (*GraphQL reference,
//! commits*). The commit that its branch must stand on is named, so a mutation that is sent twice makes one commit; whatever
//! is not answered well is settled by looking where the branch stands. A branch is moved with `force: false` (*REST API,
//! Git references*), which goes forward only; that it stands where it was seen is looked at right before.

use super::GithubForge;
use super::client::{Refused, call, graphql_body, not_done, refused};
use super::words::complaint;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowline_model::Oid;
use bowline_model::git::staged_plan;
use bowline_model::text::one_line;
use bowline_port::forge::{Commits, ForgeError, MoveError, Signatures, StagedCommit};
use bowline_port::git::{PushError, RefUpdate};
use bowline_port::http::{Body, Effect, Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

impl Signatures for GithubForge {
    fn is_signed(&self, commit: Oid) -> Result<bool, ForgeError> {
        let request = self.client.request(Method::Get, &["git", "commits", &commit.to_string()])?;
        let action = "look at the release commit";
        let found: Option<CommitWords> = self.client.ask(action, &request)?;
        match found.map(|commit| commit.verification) {
            // The service that looks at signatures is away, which says nothing about this one.
            Some(Verification { verified: false, reason }) if UNSEEN.contains(&reason.as_str()) => {
                Err(not_done(action, format!("GitHub cannot look at its signature now: {reason}").into()))
            }
            found => Ok(found.is_some_and(|found| found.verified)),
        }
    }
}

impl Commits for GithubForge {
    fn stage(&self, commit: &StagedCommit) -> Result<Oid, ForgeError> {
        let (branch, parent) = (&commit.branch, commit.parent);
        let body = mutation(&format!("{}/{}", self.client.place.owner, self.client.place.name), commit);
        check_size(&body)?;
        match self.branch(branch)? {
            Some(at) if at != parent => return Ok(at),
            Some(_) => {}
            None => {
                if let Err(error) = self.begin(branch, parent) {
                    match self.branch(branch) {
                        Ok(Some(at)) if at != parent => return Ok(at),
                        Ok(Some(_)) => {}
                        _ => return Err(error),
                    }
                }
            }
        }
        self.commit_on_branch(body).or_else(|error| match self.branch(branch) {
            // The answer was lost, or another run of the same plan was faster.
            Ok(Some(at)) if at != parent => Ok(at),
            _ => Err(error),
        })
    }

    fn unstage(&self, branch: &str) -> Result<(), ForgeError> {
        let name = one_line(branch, 200);
        if staged_plan(branch).is_none() {
            return Err(ForgeError::NotOurs { what: format!("branch {name}") });
        }
        let action = format!("remove {name}");
        let request = self.reference(Method::Delete, "refs", branch)?;
        let reply = match self.client.caller.call(&request).map_err(call(&action)) {
            Ok(reply) => reply,
            // The answer was lost.
            Err(error) => return self.branch(branch).ok().filter(Option::is_none).map(|_| ()).ok_or(error),
        };
        match reply.status {
            204 | 404 => Ok(()),
            // What GitHub says of a reference that is not there.
            422 if complaint(&reply).contains("does not exist") => Ok(()),
            _ => Err(refused(&action, &reply)),
        }
    }

    fn move_branch(&self, update: &RefUpdate) -> Result<(), MoveError> {
        let action = format!("move {}", update.name);
        let reference = update.name.clone();
        match self.branch(&update.name)? {
            Some(at) if at == update.new => return Ok(()),
            at if at != update.old => return Err(PushError::Stale { reference }.into()),
            _ => {}
        }
        let words = json!({ "sha": update.new, "force": false });
        let request = self.reference(Method::Patch, "refs", &update.name)?.body(Body::json(&words));
        // To move it there twice is to move it there once.
        let request = request.effect(Effect::Repeatable);
        let (reply, moved) = self.client.caller.json::<ReferenceWords>(&request).map_err(call(&action))?;
        match (moved, reply.status) {
            (Some(moved), _) if moved.object.sha == update.new => Ok(()),
            (Some(moved), _) => {
                let source = format!("GitHub says that it is at {} now", moved.object.sha).into();
                Err(ForgeError::Unknown { action, source }.into())
            }
            (None, 422) if complaint(&reply).contains("not a fast forward") => {
                Err(PushError::Stale { reference }.into())
            }
            // A rule of the repository, or a commit that GitHub does not have (any more).
            (None, 403 | 404 | 409 | 422) => Err(PushError::Rejected { reference, reason: complaint(&reply) }.into()),
            (None, _) => Err(refused(&action, &reply).into()),
        }
    }
}

impl GithubForge {
    /// Where a branch stands.
    fn branch(&self, name: &str) -> Result<Option<Oid>, ForgeError> {
        let request = self.reference(Method::Get, "ref", name)?;
        let found: Option<ReferenceWords> = self.client.ask(&format!("look at {}", one_line(name, 200)), &request)?;
        Ok(found.map(|reference| reference.object.sha))
    }

    /// Makes the staging branch on the commit that will be the parent.
    fn begin(&self, branch: &str, parent: Oid) -> Result<(), ForgeError> {
        let action = format!("create {}", one_line(branch, 200));
        let words = json!({ "ref": branch, "sha": parent });
        let request = self.client.request(Method::Post, &["git", "refs"])?.body(Body::json(&words));
        let (reply, made) = self.client.caller.json::<ReferenceWords>(&request).map_err(call(&action))?;
        made.map(|_| ()).ok_or_else(|| refused(&action, &reply))
    }

    fn commit_on_branch(&self, body: Body) -> Result<Oid, ForgeError> {
        // The second one finds another commit than the one it names, and makes none.
        let answer = self.client.graphql::<Data>(ACTION, body, Effect::Repeatable)?;
        if let Some(made) = answer.data.and_then(|data| data.made).and_then(|made| made.commit) {
            return Ok(made.oid);
        }
        let (action, why) = (ACTION.to_owned(), said(&answer.errors));
        // Refusals of GraphQL come with a success status. One that has no type is of a server that gave up somewhere.
        Err(if answer.errors.iter().any(Refused::is_about_rights) {
            ForgeError::Forbidden { action, needs: "`Contents: write`", why }
        } else if answer.errors.iter().any(|error| error.kind.is_some()) {
            not_done(ACTION, why.into())
        } else {
            ForgeError::Unknown { action, source: why.into() }
        })
    }

    /// A request about the reference of that full name, `ref` to look and `refs` to change.
    fn reference(&self, method: Method, kind: &str, name: &str) -> Result<Request, ForgeError> {
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let path: Vec<&str> = ["git", kind].into_iter().chain(short.split('/')).collect();
        self.client.request(method, &path)
    }
}

fn mutation(repository: &str, commit: &StagedCommit) -> Body {
    let (headline, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
    let additions: Vec<Value> =
        commit.files.iter().map(|(path, bytes)| json!({ "path": path, "contents": STANDARD.encode(bytes) })).collect();
    let deletions: Vec<Value> = commit.removed.iter().map(|path| json!({ "path": path })).collect();
    let mut changes = json!({ "additions": additions });
    if let Some(changes) = changes.as_object_mut().filter(|_| !deletions.is_empty()) {
        changes.insert("deletions".to_owned(), deletions.into());
    }
    let input = json!({
        "branch": {
            "repositoryNameWithOwner": repository,
            "branchName": commit.branch.strip_prefix("refs/heads/").unwrap_or(&commit.branch),
        },
        "message": { "headline": headline, "body": body.trim_start_matches('\n') },
        "expectedHeadOid": commit.parent,
        "fileChanges": changes,
        "clientMutationId": commit.branch,
    });
    graphql_body(MUTATION, &json!({ "input": input }))
}

fn check_size(body: &Body) -> Result<(), ForgeError> {
    match body {
        Body::Bytes { bytes, .. } if bytes.len() > LARGEST => {
            let why = format!("the files make a request of {} bytes, and at most {LARGEST} are sent", bytes.len());
            Err(not_done(ACTION, why.into()))
        }
        _ => Ok(()),
    }
}

fn said(errors: &[Refused]) -> String {
    let said: Vec<String> = errors
        .iter()
        .take(5)
        .map(|error| match &error.kind {
            Some(kind) => format!("{} ({})", one_line(&error.message, 300), one_line(kind, 40)),
            None => one_line(&error.message, 300).into_owned(),
        })
        .collect();
    format!("GitHub says: {}", if said.is_empty() { "nothing".to_owned() } else { said.join("; ") })
}

#[derive(Deserialize)]
struct CommitWords {
    verification: Verification,
}

#[derive(Deserialize)]
struct Verification {
    verified: bool,
    #[serde(default)]
    reason: String,
}

/// Reasons that are about GitHub and not about the signature (*Get a commit object*, `reason`).
const UNSEEN: [&str; 2] = ["gpgverify_error", "gpgverify_unavailable"];

#[derive(Deserialize)]
struct ReferenceWords {
    object: ObjectWords,
}

#[derive(Deserialize)]
struct ObjectWords {
    sha: Oid,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "createCommitOnBranch")]
    made: Option<Made>,
}

#[derive(Deserialize)]
struct Made {
    commit: Option<MadeCommit>,
}

#[derive(Deserialize)]
struct MadeCommit {
    oid: Oid,
}

const ACTION: &str = "have GitHub make the release commit";
const MUTATION: &str = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { clientMutationId commit { oid } } }";
/// Requests of more than about 45 MB are known to fail; nothing about it is written down.
const LARGEST: usize = 45_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_headline_and_body() {
        for (message, headline, body) in
            [("one\n\ntwo\n\nthree\n", "one", "two\n\nthree\n"), ("one\ntwo", "one", "two"), ("one", "one", "")]
        {
            let commit = StagedCommit {
                branch: "refs/heads/bowline/x".to_owned(),
                parent: Oid::Sha1([1; 20]),
                files: vec![("VERSION".to_owned(), b"1.1.0\n".to_vec())],
                removed: vec![".changeset/x.md".to_owned()],
                message: message.to_owned(),
            };
            let Body::Bytes { bytes, .. } = mutation("acme/app", &commit) else { panic!("it is JSON") };
            let sent: Value = serde_json::from_slice(&bytes).unwrap();
            let input = &sent["variables"]["input"];
            assert_eq!(input["message"], json!({ "headline": headline, "body": body }));
            assert_eq!(input["branch"]["branchName"], "bowline/x");
            assert_eq!(input["fileChanges"]["additions"][0]["contents"], "MS4xLjAK");
            assert_eq!(input["fileChanges"]["deletions"], json!([{ "path": ".changeset/x.md" }]));
        }
    }

    #[test]
    fn too_much_is_not_sent() {
        let body = Body::Bytes { kind: "application/json", bytes: vec![b'x'; LARGEST + 1].into() };
        assert!(matches!(check_size(&body), Err(ForgeError::NotDone { .. })));
    }
}
