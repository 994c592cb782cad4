//! `[follow_up]`: what is told where people talked about the changes, after they are released.

use crate::key::{Fallback, Key, Kind, Problem, Section, Words};
use crate::values::Values;
use serde::Serialize;

/// `[follow_up]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// Template of the comment.
    pub comment: Option<String>,
    /// Labels that are added.
    pub labels: Vec<String>,
    /// What becomes of the milestone of the version: `close`.
    pub milestone: Option<String>,
    /// Whether the released commit gets a status.
    pub status: bool,
}

impl FollowUp {
    pub(crate) fn read(values: &mut Values<'_>) -> Self {
        let follow_up = Self {
            comment: values.get("follow_up.comment"),
            labels: values.get("follow_up.labels").unwrap_or_default(),
            milestone: values.get("follow_up.milestone"),
            status: values.get("follow_up.status").unwrap_or_default(),
        };
        if follow_up.comment.as_ref().is_some_and(|comment| comment.chars().count() > MAX_COMMENT) {
            values.complain("follow_up.comment", Problem::new(format!("is longer than {MAX_COMMENT} characters")));
        }
        follow_up
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Far below what forges accept, and more than a reader wants.
const MAX_COMMENT: usize = 10_000;

pub(crate) const SECTION: Section = Section {
    name: "follow_up",
    list: false,
    meaning: "What is told where people talked about the changes, after they are released. Nothing, unless it is set here. See [follow-up](follow-up.md).",
    names: None,
    keys: &[
        Key {
            name: "follow_up.comment",
            kind: Kind::Comment,
            fallback: Fallback::Words("no comments"),
            meaning: "A comment, in Markdown, on every merged pull request of the release and every issue that it closed.",
            example: "\"Released in [{tag}]({url}).\"",
        },
        Key {
            name: "follow_up.labels",
            kind: Kind::Lines,
            fallback: Fallback::Value("[]"),
            meaning: "Labels that these pull requests and issues get.",
            example: "[\"released\"]",
        },
        Key {
            name: "follow_up.milestone",
            kind: Kind::Word(Words::all(&["close"])),
            fallback: Fallback::Words("it stays as it is"),
            meaning: "What becomes of the milestone whose title is the version or the tag. It is closed only when no issue in it is open.",
            example: "\"close\"",
        },
        Key {
            name: "follow_up.status",
            kind: Kind::Boolean,
            fallback: Fallback::Value("false"),
            meaning: "Whether the released commit gets the commit status `bowline/release` that leads to the release.",
            example: "true",
        },
    ],
};
