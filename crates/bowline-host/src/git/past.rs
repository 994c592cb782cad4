//! A commit and everything before it, read once.
//!
//! A changelog of all releases asks for each of them what it brought. Each commit is inflated once for all of these questions,
//! on all cores where a commit-graph tells beforehand which commits there are, and each question costs what it is about, however long history is.

use super::history::{History, Text, UNKNOWN_GENERATION};
use super::questions::{PATIENCE, between, children_first, every_ancestor, first_reachable, in_order};
use super::walk::Walk;
use bowline_model::Oid;
use bowline_model::facts::CommitFact;
use bowline_port::git::{GitError, Past};
use gix::ObjectId;

/// What one commit contains.
pub(super) struct HostPast<'a> {
    history: History<'a>,
    walk: Walk,
    /// Room to sort in.
    places: Vec<u32>,
    /// How many commits it has; those that get a number later are no part of it.
    length: u32,
}

impl<'a> HostPast<'a> {
    /// What `head` contains.
    pub(super) fn new(mut history: History<'a>, head: ObjectId) -> Result<Self, GitError> {
        let node = history.number(head);
        let nodes = every_ancestor(&mut history, node, Text::Keep, |_, _| true)?;
        history.read_texts(&nodes);
        // Without a commit-graph nothing tells what is below what, and every question would look for merges of old forks anew.
        let mut places = Vec::new();
        if nodes.iter().any(|node| history.generation(*node) == UNKNOWN_GENERATION) {
            history.count_generations(&children_first(&history, &nodes, &mut places));
        }
        let length = history.len() as u32;
        Ok(Self { history, walk: Walk::default(), places, length })
    }

    fn id(&self, commit: Oid) -> Option<ObjectId> {
        let id = self.history.objects.id(commit)?;
        self.history.met(id).filter(|node| *node < self.length).map(|_| id)
    }

    fn known(&self, commit: Oid) -> Result<ObjectId, GitError> {
        self.id(commit).ok_or_else(|| super::objects::missing(commit))
    }
}

impl Past for HostPast<'_> {
    fn contains(&self, commit: Oid) -> bool {
        self.id(commit).is_some()
    }

    fn first_contained(&mut self, end: Oid, commits: &[Oid]) -> Result<Option<usize>, GitError> {
        let end = self.known(end)?;
        // What is no part of it cannot be below its end, and keeps its place.
        let ids: Vec<ObjectId> =
            commits.iter().map(|oid| self.id(*oid).unwrap_or(ObjectId::null(end.kind()))).collect();
        first_reachable(&mut self.history, &mut self.walk, end, &ids, PATIENCE)
    }

    fn commits(&mut self, end: Oid, exclude: Option<Oid>) -> Result<Vec<CommitFact>, GitError> {
        let end = self.known(end)?;
        let exclude = exclude.map(|oid| self.known(oid)).transpose()?;
        let nodes = between(&mut self.history, &mut self.walk, end, exclude.as_slice())?;
        in_order(&mut self.history, &nodes, &mut self.places)
    }

    fn time(&self, commit: Oid) -> Option<i64> {
        let node = self.history.met(self.id(commit)?)?;
        Some(self.history.time(node))
    }
}
