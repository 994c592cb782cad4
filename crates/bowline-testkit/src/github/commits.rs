//! References and commits of the repository: what Git references, Git commits and `createCommitOnBranch` do.
//!
//! Everything happens in the bare repository behind the double, past its hooks, as GitHub's API passes what stops a push.
//! A commit that is made here has the dates and the committer of the server, a signature that only the server vouches for,
//! ordinary permissions for every file that it changes, and a message without its last line end.

use super::replies::{json_reply, ok, refusal, status};
use super::{Asked, State};
use bowline_port::http::{Method, Reply, Request};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

impl State {
    /// What belongs to references and commits below the repository's address.
    pub(super) fn commit_answer(&mut self, asked: &Asked<'_>) -> Option<Reply> {
        Some(match (asked.method, asked.path) {
            (Method::Get, ["git", "ref", name @ ..]) => self.reference(&name.join("/")),
            (Method::Post, ["git", "refs"]) => self.create_reference(asked.body),
            (Method::Patch, ["git", "refs", name @ ..]) => self.move_reference(&name.join("/"), asked.body),
            (Method::Delete, ["git", "refs", name @ ..]) => self.delete_reference(&name.join("/")),
            (Method::Get, ["git", "commits", sha]) => match self.git(&["cat-file", "-t", sha], b"") {
                Some(kind) if kind == "commit" => {
                    let verified = self.made.contains(*sha) && !self.signatures_unseen;
                    let reason = match (verified, self.signatures_unseen) {
                        (true, _) => "valid",
                        (false, true) => "gpgverify_unavailable",
                        (false, false) => "unsigned",
                    };
                    ok(&json!({ "sha": sha, "verification": { "verified": verified, "reason": reason } }))
                }
                _ => status(404),
            },
            _ => return None,
        })
    }

    /// The one mutation that is known.
    pub(super) fn commit_on_branch(&mut self, request: &Request, body: &[u8]) -> Reply {
        if !self.may_write(request) {
            return error(Some("FORBIDDEN"), "Resource not accessible by integration");
        }
        let Ok(words) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "Problems parsing JSON", None);
        };
        let input = &words["variables"]["input"];
        if !words["query"].as_str().unwrap_or_default().contains("createCommitOnBranch(input: $input)")
            || input["branch"]["repositoryNameWithOwner"] != "acme/app"
        {
            return error(None, "this double knows one mutation and one repository");
        }
        let branch = format!("refs/heads/{}", input["branch"]["branchName"].as_str().unwrap_or_default());
        let Some(tip) = self.git(&["rev-parse", "--verify", "-q", &branch], b"") else {
            return error(Some("NOT_FOUND"), "A ref with that name does not exist");
        };
        let expected = input["expectedHeadOid"].as_str().unwrap_or_default();
        if tip != expected {
            let message = format!("Expected branch to point to \"{expected}\" but it did not. Pull and try again.");
            return error(Some("STALE_DATA"), &message);
        }
        match self.commit(&tip, input).filter(|made| self.git(&["update-ref", &branch, made, &tip], b"").is_some()) {
            Some(made) => {
                self.made.insert(made.clone());
                let done = json!({ "clientMutationId": input["clientMutationId"], "commit": { "oid": made } });
                ok(&json!({ "data": { "createCommitOnBranch": done } }))
            }
            None => error(Some("UNPROCESSABLE"), "A path or its contents cannot be used"),
        }
    }

    fn commit(&mut self, parent: &str, input: &Value) -> Option<String> {
        self.git(&["read-tree", parent], b"")?;
        for file in input["fileChanges"]["additions"].as_array()? {
            let bytes = decoded(file["contents"].as_str()?)?;
            let blob = self.git(&["hash-object", "-w", "--stdin"], &bytes)?;
            let entry = format!("100644,{blob},{}", file["path"].as_str()?);
            self.git(&["update-index", "--add", "--cacheinfo", &entry], b"")?;
        }
        for file in input["fileChanges"]["deletions"].as_array().into_iter().flatten() {
            let path = file["path"].as_str()?;
            // GitHub wants it to be there.
            self.git(&["cat-file", "-e", &format!("{parent}:{path}")], b"")?;
            let gone = format!("0 {}\t{path}\n", "0".repeat(40));
            self.git(&["update-index", "--index-info"], gone.as_bytes())?;
        }
        let tree = self.git(&["write-tree"], b"")?;
        let (headline, body) = (input["message"]["headline"].as_str()?, input["message"]["body"].as_str());
        let mut message = headline.to_owned();
        if let Some(body) = body.map(str::trim_end).filter(|body| !body.is_empty()) {
            message.push_str(&format!("\n\n{body}"));
        }
        if self.signs_off {
            message.push_str("\nSigned-off-by: Somebody <1+somebody@users.noreply.github.example>");
        }
        self.seconds += i64::from(!self.timeless);
        let time = 1_900_000_000 + self.seconds;
        let text = format!(
            "tree {tree}\nparent {parent}\nauthor Somebody <1+somebody@users.noreply.github.example> {time} +0000\n\
             committer GitHub <noreply@github.com> {time} +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n made by the double\n \
             -----END PGP SIGNATURE-----\n\n{message}"
        );
        self.git(&["hash-object", "-t", "commit", "-w", "--stdin"], text.as_bytes())
    }

    fn reference(&self, name: &str) -> Reply {
        match self.git(&["rev-parse", "--verify", "-q", &format!("refs/{name}")], b"") {
            Some(sha) => ok(&shown(&format!("refs/{name}"), &sha)),
            None => status(404),
        }
    }

    fn create_reference(&mut self, body: &[u8]) -> Reply {
        let words: Value = serde_json::from_slice(body).unwrap_or_default();
        let (name, sha) = (words["ref"].as_str().unwrap_or_default(), words["sha"].as_str().unwrap_or_default());
        if !name.starts_with("refs/") || name.matches('/').count() < 2 {
            return refusal(422, "Reference name must start with 'refs/' and contain at least 2 slashes.", None);
        }
        if self.git(&["cat-file", "-e", sha], b"").is_none() {
            return refusal(422, "Object does not exist", None);
        }
        match self.git(&["update-ref", name, sha, ""], b"") {
            Some(_) => json_reply(201, &shown(name, sha)),
            None => refusal(422, "Reference already exists", None),
        }
    }

    fn move_reference(&mut self, name: &str, body: &[u8]) -> Reply {
        let words: Value = serde_json::from_slice(body).unwrap_or_default();
        let (name, sha) = (format!("refs/{name}"), words["sha"].as_str().unwrap_or_default());
        if words["force"] != json!(false) {
            self.violations.push(format!("{name} was moved by force"));
        }
        let Some(now) = self.git(&["rev-parse", "--verify", "-q", &name], b"") else {
            return refusal(422, "Reference does not exist", None);
        };
        if self.git(&["cat-file", "-e", sha], b"").is_none() {
            return refusal(422, "Object does not exist", None);
        }
        if self.git(&["merge-base", "--is-ancestor", &now, sha], b"").is_none() {
            return refusal(422, "Update is not a fast forward", None);
        }
        if let Some(rule) = &self.branch_rule {
            return refusal(422, &format!("Repository rule violations found\n\n{rule}"), None);
        }
        if !self.made.contains(sha) {
            self.violations.push(format!("{name} was moved to an unsigned commit"));
        }
        match self.git(&["update-ref", &name, sha, &now], b"") {
            Some(_) => ok(&shown(&name, sha)),
            None => status(409),
        }
    }

    fn delete_reference(&mut self, name: &str) -> Reply {
        let name = format!("refs/{name}");
        if !name.starts_with("refs/heads/bowline/") {
            self.violations.push(format!("{name} was removed"));
        }
        if self.git(&["rev-parse", "--verify", "-q", &name], b"").is_none() {
            return refusal(422, "Reference does not exist", None);
        }
        if self.keeps_branches {
            return refusal(422, "Repository rule violations found\n\nCannot delete this branch", None);
        }
        self.git(&["update-ref", "-d", &name], b"").map_or_else(|| status(409), |_| status(204))
    }

    /// What git says in the repository behind the double; none when it fails.
    fn git(&self, args: &[&str], input: &[u8]) -> Option<String> {
        let repository = self.repository.as_ref()?;
        let mut child = Command::new("git")
            .args(args)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("GIT_DIR", repository)
            .env("GIT_INDEX_FILE", repository.join("index-of-the-double"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // Git may not want it.
        let _ = child.stdin.take()?.write_all(input);
        let output = child.wait_with_output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

fn shown(name: &str, sha: &str) -> Value {
    json!({ "ref": name, "object": { "type": "commit", "sha": sha } })
}

/// An error of GraphQL, which comes with a success status.
fn error(kind: Option<&str>, message: &str) -> Reply {
    ok(&json!({
        "data": { "createCommitOnBranch": null },
        "errors": [{ "type": kind, "path": ["createCommitOnBranch"], "message": message }],
    }))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
