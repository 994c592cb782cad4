//! The three questions about history that a release asks.

use super::history::{History, Node, Text};
use super::walk::{HEAD, OTHER, Walk, may_reach};
use bowline_model::facts::CommitFact;
use bowline_port::git::GitError;
use gix::ObjectId;
use gix::hashtable::HashMap;
use std::cmp::Reverse;

/// Whether `ancestor` is `descendant` or an ancestor of it; none when that was not settled after `limit` commits.
pub(super) fn is_ancestor(
    history: &mut History<'_>,
    ancestor: ObjectId,
    descendant: ObjectId,
    limit: &mut usize,
) -> Result<Option<bool>, GitError> {
    let mut walk = Walk::default();
    let (target, head) = (history.number(ancestor), history.number(descendant));
    walk.paint(history, head, HEAD)?;
    walk.paint(history, target, OTHER)?;
    let floor = history.generation(target);
    while !walk.has(target, HEAD) {
        if !walk.is_open(history, floor) {
            return Ok(Some(false));
        }
        if *limit == 0 {
            return Ok(None);
        }
        *limit -= 1;
        walk.pass(history)?;
    }
    Ok(Some(true))
}

/// The place in `tags` of the first commit that is `head` or an ancestor of it. `patience` only chooses the way: how
/// many steps may be spent on single tags before everything is walked.
pub(super) fn first_reachable(
    history: &mut History<'_>,
    walk: &mut Walk,
    head: ObjectId,
    tags: &[ObjectId],
    patience: usize,
) -> Result<Option<usize>, GitError> {
    let mut places: HashMap<ObjectId, usize> = HashMap::default();
    for (place, id) in tags.iter().enumerate() {
        places.entry(*id).or_insert(place);
    }
    walk.begin_anew();
    let head_node = history.number(head);
    walk.paint(history, head_node, HEAD)?;
    let mut open = 0;
    while let Some(node) = walk.pop() {
        let found = places.get(&history.id(node)).copied();
        let best = found.unwrap_or(tags.len());
        // A tag that is not in the local database cannot be reachable, so it keeps nobody waiting.
        while open < best && !history.is_local_commit(tags[open])? {
            open += 1;
        }
        if open >= best {
            return Ok(found);
        }
        if let Some(best) = found {
            let candidates = Candidates { tags: &tags[open..best], places: &places };
            return candidates.first(history, head, patience).map(|place| place.or(Some(best)));
        }
        walk.pass_on(history, node)?;
    }
    Ok(None)
}

/// Tags that would be better than one that is known to be reachable.
struct Candidates<'a> {
    tags: &'a [ObjectId],
    places: &'a HashMap<ObjectId, usize>,
}

impl Candidates<'_> {
    /// The place of the first that is reachable from `head`. Each is asked about by itself, which is cheap for tags of
    /// neighbouring lines; when that takes too long, one walk to the end of history answers for all that are left.
    fn first(&self, history: &mut History<'_>, head: ObjectId, patience: usize) -> Result<Option<usize>, GitError> {
        let mut patience = patience;
        let mut last = None;
        for (n, id) in self.tags.iter().enumerate() {
            if last.replace(*id) == Some(*id) || !history.is_local_commit(*id)? {
                continue;
            }
            match is_ancestor(history, *id, head, &mut patience)? {
                Some(true) => return Ok(self.places.get(id).copied()),
                Some(false) => {}
                None => return Candidates { tags: &self.tags[n..], ..*self }.first_of_all(history, head),
            }
        }
        Ok(None)
    }

    fn first_of_all(&self, history: &mut History<'_>, head: ObjectId) -> Result<Option<usize>, GitError> {
        let mut floor = u32::MAX;
        let mut wanted: HashMap<ObjectId, usize> = HashMap::default();
        for id in self.tags {
            if history.is_local_commit(*id)? {
                let node = history.number(*id);
                history.read(node, Text::Drop)?;
                floor = floor.min(history.generation(node));
                wanted.extend(self.places.get(id).map(|place| (*id, *place)));
            }
        }
        let mut best: Option<usize> = None;
        let head = history.number(head);
        every_ancestor(history, head, Text::Drop, |history, node| {
            if let Some(place) = wanted.get(&history.id(node)) {
                best = Some(best.map_or(*place, |best| best.min(*place)));
            }
            may_reach(history.generation(node), floor)
        })?;
        Ok(best)
    }
}

/// Commits reachable from `head` and not from `exclude`, newest first, children before parents where times are equal.
pub(super) fn commits(
    history: &mut History<'_>,
    head: ObjectId,
    exclude: &[ObjectId],
) -> Result<Vec<CommitFact>, GitError> {
    let mut walk = Walk::default();
    let nodes = if exclude.is_empty() {
        let head = history.number(head);
        every_ancestor(history, head, Text::Keep, |_, _| true)?
    } else {
        between(history, &mut walk, head, exclude)?
    };
    in_order(history, &nodes, &mut Vec::new())
}

/// What `head` reaches and `exclude` does not, with a walk that begins anew.
pub(super) fn between(
    history: &mut History<'_>,
    walk: &mut Walk,
    head: ObjectId,
    exclude: &[ObjectId],
) -> Result<Vec<Node>, GitError> {
    walk.begin_anew();
    let head = history.number(head);
    for id in exclude {
        let node = history.number(*id);
        walk.paint(history, node, OTHER)?;
    }
    walk.paint(history, head, HEAD)?;
    walk.settle(history)?;
    Ok(walk.shown())
}

/// The texts of `nodes`, newest first, children before parents where times are equal. `places` is room to work in, which
/// is left as it was: whoever asks often gives the same again.
pub(super) fn in_order(
    history: &mut History<'_>,
    nodes: &[Node],
    places: &mut Vec<u32>,
) -> Result<Vec<CommitFact>, GitError> {
    let order = parents_last(history, nodes, places);
    history.read_texts(nodes);
    let mut facts = Vec::with_capacity(nodes.len());
    for (node, place) in nodes.iter().zip(order) {
        facts.push((place, history.take_fact(*node)?));
    }
    facts.sort_unstable_by_key(|(place, fact)| (Reverse(fact.time), *place));
    Ok(facts.into_iter().map(|(_, fact)| fact).collect())
}

/// `head` and its ancestors, in no order. `visit` tells whether to look below a commit.
pub(super) fn every_ancestor(
    history: &mut History<'_>,
    head: Node,
    text: Text,
    mut visit: impl FnMut(&History<'_>, Node) -> bool,
) -> Result<Vec<Node>, GitError> {
    let mut seen = vec![false; history.len()];
    seen[head as usize] = true;
    let (mut stack, mut nodes) = (vec![head], Vec::new());
    while let Some(node) = stack.pop() {
        nodes.push(node);
        history.read(node, text)?;
        if !visit(history, node) {
            continue;
        }
        seen.resize(history.len(), false);
        for parent in history.parents(node) {
            if !std::mem::replace(&mut seen[*parent as usize], true) {
                stack.push(*parent);
            }
        }
    }
    Ok(nodes)
}

/// `nodes` in an order in which children stand before parents. `places` as in [`in_order`].
pub(super) fn children_first(history: &History<'_>, nodes: &[Node], places: &mut Vec<u32>) -> Vec<Node> {
    let mut ordered = nodes.to_vec();
    for (node, place) in nodes.iter().zip(parents_last(history, nodes, places)) {
        ordered[place as usize] = *node;
    }
    ordered
}

/// For each of `nodes` its place in an order in which children stand before parents.
fn parents_last(history: &History<'_>, nodes: &[Node], index: &mut Vec<u32>) -> Vec<u32> {
    const OUTSIDE: u32 = u32::MAX;
    index.resize(history.len(), OUTSIDE);
    for (n, node) in (0..).zip(nodes) {
        index[*node as usize] = n;
    }
    let inside = |node: &Node| Some(index[*node as usize]).filter(|n| *n != OUTSIDE);
    let mut children = vec![0_u32; nodes.len()];
    for node in nodes {
        for parent in history.parents(*node).iter().filter_map(inside) {
            children[parent as usize] += 1;
        }
    }
    let mut ready: Vec<u32> = (0..nodes.len() as u32).filter(|n| children[*n as usize] == 0).collect();
    let mut places = vec![0; nodes.len()];
    let mut place = 0;
    while let Some(n) = ready.pop() {
        places[n as usize] = place;
        place += 1;
        for parent in history.parents(nodes[n as usize]).iter().filter_map(inside) {
            children[parent as usize] -= 1;
            if children[parent as usize] == 0 {
                ready.push(parent);
            }
        }
    }
    for node in nodes {
        index[*node as usize] = OUTSIDE;
    }
    places
}

/// Steps on single tags: about as much work as walking a middling history once.
pub(super) const PATIENCE: usize = 1 << 16;
