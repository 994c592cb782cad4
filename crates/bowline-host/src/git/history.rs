//! Commits as a graph, read lazily.
//!
//! A commit is read at most once per [`History`]: from the commit-graph file when git has written one, else by
//! inflating the object. Parents beyond a shallow boundary do not exist; grafts and replacements are not looked at,
//! because what is released must be what the ids say. Commits are numbered in the order they are met, so walks keep
//! their own flags in plain vectors.

use super::objects::{Objects, to_oid};
use super::raw::RawCommit;
use super::texts::{self, Texts};
use bowline_model::facts::CommitFact;
use bowline_port::git::GitError;
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::commitgraph::Graph;
use gix::hashtable::HashSet;
use gix::objs::{Find, Kind};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::num::NonZero;

/// The number of a commit within one [`History`].
pub(super) type Node = u32;

/// A generation that is greater than those of all its ancestors is known to the commit-graph only.
pub(super) const UNKNOWN_GENERATION: u32 = u32::MAX;

/// The commits met so far.
pub(super) struct History<'a> {
    pub(super) objects: Objects<'a>,
    graph: Option<Graph>,
    boundary: HashSet<ObjectId>,
    /// The numbers of all in `commits`, by id. The ids stand there only once.
    numbers: HashTable<Node>,
    commits: Vec<Known>,
    edges: Vec<Node>,
    texts: Texts,
}

/// What is known of one commit.
#[derive(Clone, Copy)]
struct Known {
    id: ObjectId,
    time: i64,
    generation: u32,
    first_edge: u32,
    parents: u32,
    text: u32,
    read: bool,
}

/// Whether a commit's text will be wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Keep,
    Drop,
}

impl<'a> History<'a> {
    /// The history of the repository that `objects` reads.
    pub(super) fn new(objects: Objects<'a>) -> Result<Self, GitError> {
        let action = "read the shallow boundary of";
        let shallow = objects.repo.shallow_commits().map_err(super::local(action))?;
        let boundary: HashSet<ObjectId> = shallow.iter().flat_map(|commits| commits.iter().copied()).collect();
        // The commit-graph may know parents that a shallow clone lacks. A graph that cannot be read is no loss.
        let graph = if boundary.is_empty() { objects.repo.commit_graph_if_enabled().ok().flatten() } else { None };
        Ok(Self {
            objects,
            graph: graph.filter(has_generations),
            boundary,
            numbers: HashTable::new(),
            commits: Vec::new(),
            edges: Vec::new(),
            texts: Texts::default(),
        })
    }

    /// How many commits have a number.
    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }

    /// The number of `id`, which need not exist.
    pub(super) fn number(&mut self, id: ObjectId) -> Node {
        let commits = &mut self.commits;
        let is_it = |node: &Node| commits[*node as usize].id == id;
        let hash = |node: &Node| hash(&commits[*node as usize].id);
        match self.numbers.entry(self::hash(&id), is_it, hash) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let node = commits.len() as Node;
                entry.insert(node);
                commits.push(Known {
                    id,
                    time: 0,
                    generation: UNKNOWN_GENERATION,
                    first_edge: 0,
                    parents: 0,
                    text: NONE,
                    read: false,
                });
                node
            }
        }
    }

    /// The number of `id` if it was met.
    pub(super) fn met(&self, id: ObjectId) -> Option<Node> {
        self.numbers.find(hash(&id), |node| self.commits[*node as usize].id == id).copied()
    }

    pub(super) fn id(&self, node: Node) -> ObjectId {
        self.commits[node as usize].id
    }

    /// Committer time; only after [`History::read`].
    pub(super) fn time(&self, node: Node) -> i64 {
        self.commits[node as usize].time
    }

    /// Generation number; only after [`History::read`].
    pub(super) fn generation(&self, node: Node) -> u32 {
        self.commits[node as usize].generation
    }

    /// Parents; only after [`History::read`].
    pub(super) fn parents(&self, node: Node) -> &[Node] {
        let known = &self.commits[node as usize];
        &self.edges[known.first_edge as usize..][..known.parents as usize]
    }

    /// Learns time, generation and parents of `node`.
    pub(super) fn read(&mut self, node: Node, text: Text) -> Result<(), GitError> {
        let known = self.commits[node as usize];
        if known.read {
            return Ok(());
        }
        if !self.read_from_graph(node)? {
            self.read_object(node, text)?;
        }
        self.commits[node as usize].read = true;
        Ok(())
    }

    /// The text of `node`, taken out.
    pub(super) fn take_fact(&mut self, node: Node) -> Result<CommitFact, GitError> {
        let known = self.commits[node as usize];
        if known.text != NONE
            && let Some(text) = self.texts.take(known.text)
        {
            return Ok(self.fact(node, text));
        }
        let hash = self.objects.repo.object_hash();
        self.objects.read(known.id, Kind::Commit, |data| Ok(fact(known.id, &RawCommit::parse(data, hash)?)))
    }

    /// The commit with its text. It has the parents that its object names: where history is cut off no text is kept.
    fn fact(&self, node: Node, text: texts::Text) -> CommitFact {
        let parents = self.parents(node);
        CommitFact {
            oid: to_oid(self.id(node)),
            parents: parents.len(),
            parent: parents.first().filter(|_| parents.len() == 1).map(|parent| to_oid(self.id(*parent))),
            author_name: text.name,
            author_email: text.email,
            time: self.time(node),
            encoding: text.encoding.map(|encoding| encoding.to_str_lossy().into_owned()),
            message: text.message,
        }
    }

    /// Gives `nodes`, which come with all their ancestors and stand before them, the generations that a commit-graph would:
    /// one more than the highest of the parents'.
    pub(super) fn count_generations(&mut self, nodes: &[Node]) {
        for node in nodes.iter().rev() {
            let highest = self.parents(*node).iter().map(|parent| self.generation(*parent)).max().unwrap_or(0);
            self.commits[*node as usize].generation = highest.saturating_add(1);
        }
    }

    /// Reads the texts of `nodes` that are not known yet, on all cores where there are many of them. It only saves time: a text
    /// that cannot be read stays away, and [`History::take_fact`] tells why.
    pub(super) fn read_texts(&mut self, nodes: &[Node]) {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        if cores < 2 || nodes.len() < MANY {
            return;
        }
        let commits = &self.commits;
        let unread = |node: &&Node| commits[**node as usize].text == NONE;
        let wanted: Vec<Node> = nodes.iter().filter(unread).copied().collect();
        if wanted.len() < MANY {
            return;
        }
        let shared = self.objects.repo.clone().into_sync();
        let parts = std::thread::scope(|scope| {
            let parts = wanted.chunks(wanted.len().div_ceil(cores));
            let threads: Vec<_> =
                parts.map(|part| scope.spawn(|| texts_of(&shared.to_thread_local(), commits, part))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
        });
        for (texts, numbers) in parts {
            let first = self.texts.append(texts);
            for (node, number) in numbers {
                self.commits[node as usize].text = first + number;
            }
        }
    }

    fn read_from_graph(&mut self, node: Node) -> Result<bool, GitError> {
        let id = self.id(node);
        let Some(graph) = &self.graph else { return Ok(false) };
        let Some(commit) = graph.commit_by_id(id) else { return Ok(false) };
        let parents: Result<Vec<ObjectId>, _> =
            commit.iter_parents().map(|parent| parent.map(|at| graph.id_at(at).to_owned())).collect();
        let parents = parents.map_err(super::local("read the commit-graph of"))?;
        let generation = commit.generation();
        let time = i64::try_from(commit.committer_timestamp()).unwrap_or(i64::MAX);
        self.connect(node, time, &parents);
        self.commits[node as usize].generation = generation;
        Ok(true)
    }

    fn read_object(&mut self, node: Node, text: Text) -> Result<(), GitError> {
        let id = self.id(node);
        let hash = self.objects.repo.object_hash();
        let cut = self.boundary.contains(&id);
        let texts = &mut self.texts;
        let (time, parents, text) = self.objects.read(id, Kind::Commit, |data| {
            let raw = RawCommit::parse(data, hash)?;
            let parents: Vec<ObjectId> = raw.parents().collect();
            let text = if text == Text::Keep && !cut { texts.keep(&raw) } else { None };
            Ok((raw.time(), parents, text))
        })?;
        self.connect(node, time, if cut { &[] } else { &parents });
        self.commits[node as usize].text = text.unwrap_or(NONE);
        Ok(())
    }

    fn connect(&mut self, node: Node, time: i64, parents: &[ObjectId]) {
        let first_edge = self.edges.len() as u32;
        for parent in parents {
            let parent = self.number(*parent);
            self.edges.push(parent);
        }
        let known = &mut self.commits[node as usize];
        (known.time, known.first_edge, known.parents) = (time, first_edge, parents.len() as u32);
    }

    /// Whether `id` is a commit of the local database.
    pub(super) fn is_local_commit(&mut self, id: ObjectId) -> Result<bool, GitError> {
        if self.met(id).is_some_and(|node| self.commits[node as usize].read) {
            return Ok(true);
        }
        match self.objects.kind(id)? {
            Some(kind) => Ok(kind == Kind::Commit),
            None => {
                self.objects.stop_refreshing();
                Ok(false)
            }
        }
    }
}

/// Very old graph files carry no generation numbers; they are not worth a second way of walking.
fn has_generations(graph: &Graph) -> bool {
    graph.iter_commits().next().is_none_or(|commit| commit.generation() != 0)
}

/// The texts of `commits`, as far as they can be read, and which number each has.
fn texts_of(repo: &gix::Repository, commits: &[Known], nodes: &[Node]) -> (Texts, Vec<(Node, u32)>) {
    let (mut texts, mut buffer) = (Texts::default(), Vec::new());
    let mut read = |id: ObjectId| {
        let data = repo.objects.try_find(&id, &mut buffer).ok()??;
        let raw = RawCommit::parse(data.data, repo.object_hash()).ok().filter(|_| data.kind == Kind::Commit)?;
        texts.keep(&raw)
    };
    let numbers = nodes.iter().filter_map(|node| Some((*node, read(commits[*node as usize].id)?))).collect();
    (texts, numbers)
}

fn fact(id: ObjectId, raw: &RawCommit<'_>) -> CommitFact {
    let (name, email) = raw.author();
    CommitFact {
        oid: to_oid(id),
        parents: raw.parents().len(),
        parent: raw.parents().next().filter(|_| raw.parents().len() == 1).map(to_oid),
        author_name: name.to_vec(),
        author_email: email.to_vec(),
        time: raw.time(),
        encoding: raw.encoding.map(|encoding| encoding.to_str_lossy().into_owned()),
        message: raw.message.to_vec(),
    }
}

/// Ids are hashes already.
fn hash(id: &ObjectId) -> u64 {
    id.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

const NONE: u32 = u32::MAX;

/// From how many texts on other threads are worth their start: a thousand take some five milliseconds.
const MANY: usize = 2000;
