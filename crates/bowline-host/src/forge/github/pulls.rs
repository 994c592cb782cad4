//! Merged pull requests as a source of changes: which ones brought the commits of a release, and what they say.
//!
//! Two kinds of questions through GraphQL: fifty commits at once for the numbers, then the pull requests themselves, fewer at
//! once when their descriptions are long. Who may write is asked of each writer of an override by itself, through REST,
//! because what a description calls its author's association depends on who asks.

use super::GithubForge;
use super::client::{call, forbidden};
use super::conversations::{Asked, Nodes, PlaceWords};
use bowline_model::Oid;
use bowline_model::facts::{OverrideBlock, OverrideFact, PullFact};
use bowline_port::forge::ForgeError;
use bowline_port::http::Method;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitWords {
    /// Absent where the object is no commit.
    associated_pull_requests: Option<Nodes<BroughtWords>>,
}

#[derive(Deserialize)]
struct BroughtWords {
    number: u64,
    merged: bool,
    repository: PlaceWords,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullWords {
    title: String,
    labels: Option<Nodes<LabelWords>>,
    author: Option<ActorWords>,
    merge_commit: Option<MergeWords>,
    /// Only where it was asked for.
    #[serde(default)]
    body: String,
    /// Who changed the description last.
    editor: Option<ActorWords>,
    /// When that was; none when nobody did.
    last_edited_at: Option<String>,
}

#[derive(Deserialize)]
struct LabelWords {
    name: String,
}

#[derive(Deserialize)]
struct MergeWords {
    oid: String,
}

#[derive(Clone, Deserialize)]
struct ActorWords {
    #[serde(rename = "__typename")]
    kind: String,
    login: String,
}

#[derive(Deserialize)]
struct PermissionWords {
    permission: String,
}

impl GithubForge {
    /// See [`Conversations::merged`](bowline_port::forge::Conversations::merged).
    pub(super) fn merged_pulls(&self, commits: &[Oid], descriptions: bool) -> Result<Vec<PullFact>, ForgeError> {
        let brought = self.brought(commits)?;
        let numbers: Vec<u64> = brought.keys().copied().collect();
        let at_once = if descriptions { DESCRIBED } else { COMMITS };
        let fragment = if descriptions { DESCRIPTION } else { PULL };
        let mut writers = BTreeMap::new();
        let mut pulls = Vec::new();
        for batch in numbers.chunks(at_once) {
            let part = |number: &u64| format!("n{number}: pullRequest(number: {number}) {{ ...pull }}");
            let parts: Vec<String> = batch.iter().map(part).collect();
            let mut asked: Asked<PullWords> = self.members(ACTION, "BowlinePullRequests", &parts, fragment)?;
            for number in batch {
                // One that is gone in the meantime says nothing any more.
                let Some(words) = asked.members.remove(&format!("n{number}")).flatten() else { continue };
                let commits = brought.get(number).cloned().unwrap_or_default();
                pulls.push(self.pull(*number, words, commits, &mut writers)?);
            }
        }
        Ok(pulls)
    }

    /// The numbers of the merged pull requests of this repository, with those of `commits` that each brought.
    fn brought(&self, commits: &[Oid]) -> Result<BTreeMap<u64, Vec<Oid>>, ForgeError> {
        let mut brought: BTreeMap<u64, Vec<Oid>> = BTreeMap::new();
        for batch in commits.chunks(COMMITS) {
            let part = |(n, commit): (usize, &Oid)| format!("c{n}: object(oid: \"{commit}\") {{ ...brought }}");
            let parts: Vec<String> = batch.iter().enumerate().map(part).collect();
            let mut asked: Asked<CommitWords> = self.members(ACTION, "BowlineBrought", &parts, BROUGHT)?;
            for (n, commit) in batch.iter().enumerate() {
                let words = asked.members.remove(&format!("c{n}")).flatten();
                let pulls = words.and_then(|words| words.associated_pull_requests).into_iter().flat_map(Nodes::all);
                for pull in pulls.filter(|pull| pull.merged && pull.repository.is(&asked.name_with_owner)) {
                    brought.entry(pull.number).or_default().push(*commit);
                }
            }
        }
        Ok(brought)
    }

    fn pull(
        &self,
        number: u64,
        words: PullWords,
        commits: Vec<Oid>,
        writers: &mut BTreeMap<String, bool>,
    ) -> Result<PullFact, ForgeError> {
        let override_block = match OverrideBlock::find(&words.body) {
            Some(block) => {
                let writer = writer(&words);
                let may_write = match &writer {
                    Some(writer) if writer.kind == PERSON => self.is_writer(&writer.login, writers)?,
                    // What a program puts there can be quoted from anybody, as release notes of dependencies are.
                    Some(_) | None => false,
                };
                Some(OverrideFact { block, writer: writer.map(|writer| writer.login), may_write })
            }
            None => None,
        };
        Ok(PullFact {
            number,
            title: words.title,
            labels: words.labels.into_iter().flat_map(Nodes::all).map(|label| label.name).collect(),
            author: words.author.map(|author| author.login),
            commits,
            merge: words.merge_commit.and_then(|merge| merge.oid.parse().ok()),
            override_block,
        })
    }

    /// Whether somebody may write to the repository now. Each is asked about once.
    fn is_writer(&self, login: &str, known: &mut BTreeMap<String, bool>) -> Result<bool, ForgeError> {
        if let Some(may) = known.get(login) {
            return Ok(*may);
        }
        let action = "ask who may write to the repository";
        let request = self.client.request(Method::Get, &["collaborators", login, "permission"])?;
        let (reply, words) = self.client.caller.json::<PermissionWords>(&request).map_err(call(action))?;
        let may = match words {
            Some(words) => matches!(words.permission.as_str(), "admin" | "write"),
            None if reply.status == 404 => false,
            None => {
                return Err(forbidden(
                    action,
                    "`Metadata: read`, and where that is not enough `Contents: write`",
                    &reply,
                ));
            }
        };
        known.insert(login.to_owned(), may);
        Ok(may)
    }
}

/// Who wrote the description as it is; none when they are gone.
fn writer(words: &PullWords) -> Option<ActorWords> {
    match words.last_edited_at {
        Some(_) => words.editor.clone(),
        None => words.author.clone(),
    }
}

const ACTION: &str = "read the merged pull requests";
const BROUGHT: &str = "fragment brought on Commit { associatedPullRequests(first: 50) { nodes { number merged repository { nameWithOwner } } } }";
const PULL: &str = "fragment pull on PullRequest { title author { __typename login } mergeCommit { oid } \
    labels(first: 100) { nodes { name } } }";
const DESCRIPTION: &str = "fragment pull on PullRequest { title author { __typename login } mergeCommit { oid } \
    labels(first: 100) { nodes { name } } body lastEditedAt editor { __typename login } }";
/// A person's account, as GraphQL calls it.
const PERSON: &str = "User";
/// Commits, or pull requests without descriptions, in one question: at most 5,050 nodes of the 500,000 that it may have.
const COMMITS: usize = 50;
/// Pull requests with descriptions of up to 65,536 characters in one question.
const DESCRIBED: usize = 20;
