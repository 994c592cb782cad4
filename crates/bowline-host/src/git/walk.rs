//! Walking history: two colours spread from two ends until the question is answered.
//!
//! Dates lie, so no answer depends on them; they (or generation numbers, where git has written a commit-graph) only
//! choose which commit is looked at next, which is what makes the usual question cheap. A colour that arrives late at
//! a commit already passed is carried on from there. Every stop has a reason that holds for any dates:
//!
//! * *Is A an ancestor of D?* Colour D's ancestors and A's ancestors. A commit with both colours cannot lead to A, for
//!   then A would be its own ancestor. So the search ends when no commit in the queue has D's colour alone.
//! * *Which commits does D have and T not?* Those with D's colour alone, once nothing in the queue can still reach one
//!   of them: it is an ancestor of each of them, or its generation number is too small. See [`Walk::settle`].

use super::history::{History, Node, Text, UNKNOWN_GENERATION};
use bowline_port::git::GitError;
use std::collections::BinaryHeap;

/// Colour of what the head reaches.
pub(super) const HEAD: u8 = 1;
/// Colour of what the other end reaches.
pub(super) const OTHER: u8 = 2;
const COLOURS: u8 = HEAD | OTHER;
const QUEUED: u8 = 4;
const PASSED: u8 = 8;

/// One walk over a history.
#[derive(Default)]
pub(super) struct Walk {
    flags: Vec<u8>,
    /// Commits that have flags.
    met: Vec<Node>,
    queue: BinaryHeap<(u32, i64, Node)>,
    stack: Vec<(Node, u8)>,
    witness: Option<Node>,
    /// For [`Walk::settle`]: which of up to 64 commits each commit is an ancestor of.
    below: Vec<u64>,
    /// Commits that are known to be one.
    marked: Vec<Node>,
    pub(super) passed: usize,
}

impl Walk {
    /// Forgets what was painted and keeps the room, so that many short walks over a long history stay short.
    pub(super) fn begin_anew(&mut self) {
        for node in self.met.drain(..) {
            self.flags[node as usize] = 0;
        }
        self.queue.clear();
        (self.witness, self.passed) = (None, 0);
    }

    pub(super) fn has(&self, node: Node, colour: u8) -> bool {
        self.flags.get(node as usize).is_some_and(|flags| flags & colour != 0)
    }

    /// Gives `node` a colour, and to everything below it that was passed already.
    pub(super) fn paint(&mut self, history: &mut History<'_>, node: Node, colour: u8) -> Result<(), GitError> {
        self.stack.push((node, colour));
        while let Some((node, colour)) = self.stack.pop() {
            if self.flags.len() < history.len() {
                self.flags.resize(history.len(), 0);
            }
            let flags = &mut self.flags[node as usize];
            let new = colour & !*flags;
            if new == 0 {
                continue;
            }
            if *flags == 0 {
                self.met.push(node);
            }
            *flags |= new;
            if *flags & PASSED != 0 {
                self.stack.extend(history.parents(node).iter().map(|parent| (*parent, new)));
            } else if *flags & QUEUED == 0 {
                *flags |= QUEUED;
                // What is hidden when it is met stays hidden: its text will not be wanted.
                history.read(node, if *flags & OTHER == 0 { Text::Keep } else { Text::Drop })?;
                self.queue.push((history.generation(node), history.time(node), node));
            }
        }
        Ok(())
    }

    /// Takes the next commit from the queue and looks at its parents.
    pub(super) fn pass(&mut self, history: &mut History<'_>) -> Result<Option<Node>, GitError> {
        let Some(node) = self.pop() else { return Ok(None) };
        self.pass_on(history, node)?;
        Ok(Some(node))
    }

    /// Takes the next commit from the queue without looking at its parents.
    pub(super) fn pop(&mut self) -> Option<Node> {
        self.queue.pop().map(|(_, _, node)| node)
    }

    /// Looks at the parents of a commit that was taken from the queue.
    pub(super) fn pass_on(&mut self, history: &mut History<'_>, node: Node) -> Result<(), GitError> {
        self.passed += 1;
        self.flags[node as usize] |= PASSED;
        let colours = self.flags[node as usize] & COLOURS;
        for n in 0..history.parents(node).len() {
            let parent = history.parents(node)[n];
            self.paint(history, parent, colours)?;
        }
        Ok(())
    }

    /// Whether the queue holds a commit of the head's colour alone that may lead to a commit of generation `floor`.
    pub(super) fn is_open(&mut self, history: &History<'_>, floor: u32) -> bool {
        self.any_queued(|walk, node| {
            walk.flags[node as usize] & COLOURS == HEAD && may_reach(history.generation(node), floor)
        })
    }

    /// Whether `holds` is true for a queued commit. The commit found is remembered, so that asking again is cheap.
    fn any_queued(&mut self, holds: impl Fn(&Self, Node) -> bool) -> bool {
        let queued = |walk: &Self, node: Node| walk.flags[node as usize] & PASSED == 0;
        if let Some(node) = self.witness
            && queued(self, node)
            && holds(self, node)
        {
            return true;
        }
        self.witness = self.queue.iter().map(|(_, _, node)| *node).filter(|node| holds(self, *node)).last();
        self.witness.is_some()
    }

    /// Commits of the head's colour alone that were passed, in the order in which they got their numbers.
    pub(super) fn shown(&self) -> Vec<Node> {
        let wanted = |node: &Node| self.flags[*node as usize] & (COLOURS | PASSED) == HEAD | PASSED;
        let mut shown: Vec<Node> = self.met.iter().copied().filter(wanted).collect();
        shown.sort_unstable();
        shown
    }

    /// Goes on until no queued commit can still reach a shown one, so that [`Walk::shown`] is final.
    ///
    /// Every way down from a shown commit that stays among shown commits ends at a *bottom*, one without shown
    /// parents. A queued commit that is an ancestor of every bottom reaches none of them, so it reaches no shown
    /// commit. Usually the queue has fallen below the oldest fork in question by then, and this costs nothing more.
    pub(super) fn settle(&mut self, history: &mut History<'_>) -> Result<(), GitError> {
        loop {
            while self.is_open(history, 0) {
                self.pass(history)?;
            }
            let shown = self.shown();
            let is_shown = |node: &Node| self.flags[*node as usize] & (COLOURS | PASSED) == HEAD | PASSED;
            let bottoms: Vec<Node> =
                shown.iter().copied().filter(|node| !history.parents(*node).iter().any(is_shown)).collect();
            for bottoms in bottoms.chunks(64) {
                self.fall_below(history, bottoms)?;
            }
            if self.shown().len() == shown.len() {
                return Ok(());
            }
        }
    }

    /// Goes on until every queued commit is an ancestor of all `bottoms` (at most 64) or cannot reach any.
    fn fall_below(&mut self, history: &mut History<'_>, bottoms: &[Node]) -> Result<(), GitError> {
        let all = u64::MAX >> (64 - bottoms.len());
        let floor = bottoms.iter().map(|node| history.generation(*node)).min().unwrap_or(0);
        for node in self.marked.drain(..) {
            self.below[node as usize] = 0;
        }
        self.witness = None;
        for (n, node) in bottoms.iter().enumerate() {
            self.mark_below(history, *node, 1 << n);
        }
        while self.any_queued(|walk, node| {
            walk.below.get(node as usize).is_none_or(|mask| *mask != all) && may_reach(history.generation(node), floor)
        }) {
            let Some(node) = self.pass(history)? else { break };
            let mask = self.below.get(node as usize).copied().unwrap_or(0);
            for n in 0..history.parents(node).len() {
                self.mark_below(history, history.parents(node)[n], mask);
            }
        }
        self.witness = None;
        Ok(())
    }

    /// Notes that `node` and what was passed below it is an ancestor of the commits in `mask`.
    fn mark_below(&mut self, history: &History<'_>, node: Node, mask: u64) {
        let mut stack = vec![(node, mask)];
        self.below.resize(history.len(), 0);
        while let Some((node, mask)) = stack.pop() {
            let known = &mut self.below[node as usize];
            let new = mask & !*known;
            if new == 0 {
                continue;
            }
            if *known == 0 {
                self.marked.push(node);
            }
            *known |= new;
            if self.flags[node as usize] & PASSED != 0 {
                stack.extend(history.parents(node).iter().map(|parent| (*parent, new)));
            }
        }
    }
}

/// Whether a commit of generation `from` may have one of generation `to` among its ancestors. Ancestors of a commit
/// with a known generation all have a known and smaller one.
pub(super) const fn may_reach(from: u32, to: u32) -> bool {
    from > to || from == UNKNOWN_GENERATION
}
