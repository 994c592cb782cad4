//! What [`resolve`](super::resolve) is asked, and what it answers.

use super::Options;
use crate::world::World;

/// A call of the program, with the doors that its answer needs.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The arguments, without the program's name.
    pub arguments: &'a [String],
    /// The options of a call from JavaScript, as one JSON object. They count as the command line does, and no configuration is looked
    /// for beside them: `require('standard-version')(options)` reads none.
    pub api: Option<&'a str>,
    /// How it was called: the last part of its path. `standard-version` and `commit-and-tag-version` mean a profile.
    pub program: &'a str,
    /// The world.
    pub world: World<'a>,
}

/// What is to be done.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, and nearly always it is a run")]
pub enum Asked {
    /// A release.
    Run(Options),
    /// Print this help on standard output, and succeed.
    Help(String),
    /// Print this version on standard output, and succeed.
    Version(String),
}

/// Why nothing is done. Its text says what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The text; may have several lines.
    pub message: String,
    /// Help that is printed on standard error in front of the message, with an empty line between, as the originals do for a wrong
    /// command line.
    pub help: Option<String>,
    /// What is said on standard error before that.
    pub warnings: Vec<String>,
    /// Whether it is about `node`, which is not there or of no use.
    pub is_tool: bool,
}

impl Refusal {
    /// A refusal that is only a text.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, warnings: Vec::new(), is_tool: false }
    }
}
