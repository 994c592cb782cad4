//! Merged pull requests as a forge tells them.
//!
//! They are read only when configuration asks. What they say was written by strangers: titles are shown safely, labels are
//! looked up, and a description counts for nothing but its override, and that only when its writer may write.

use crate::failure::Failure;
use crate::git::Oid;

/// What is known of merged pull requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pulls {
    /// Configuration does not ask for them.
    #[default]
    NotAsked,
    /// These, by number.
    Known(Vec<PullFact>),
    /// Configuration asks, and they cannot be read: whoever needs them fails with this.
    Unreadable(Box<Failure>),
}

impl Pulls {
    /// Those that are known; none where nobody asked.
    pub fn known(&self) -> Result<&[PullFact], &Failure> {
        match self {
            Self::NotAsked => Ok(&[]),
            Self::Known(pulls) => Ok(pulls),
            Self::Unreadable(failure) => Err(failure),
        }
    }
}

/// A merged pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullFact {
    /// Its number.
    pub number: u64,
    /// Its title, as it stands there.
    pub title: String,
    /// Its labels, as they stand there.
    pub labels: Vec<String>,
    /// Who opened it, as the forge calls them; none when they are gone.
    pub author: Option<String>,
    /// The commits of the release that it brought, its merge among them, newest first.
    pub commits: Vec<Oid>,
    /// The commit that its branch stood on after it was merged, when the forge tells.
    pub merge: Option<Oid>,
    /// The override in its description, when it has one and configuration wants it.
    pub override_block: Option<OverrideFact>,
}

/// The override that a description holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideFact {
    /// What stands between its marks.
    pub block: OverrideBlock,
    /// Who wrote the description last, as the forge calls them; none when it does not tell.
    pub writer: Option<String>,
    /// Whether they may write to the repository.
    pub may_write: bool,
}

/// What stands between the marks of an override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverrideBlock {
    /// This, with plain line ends.
    Whole(String),
    /// Nothing.
    Empty,
    /// The mark that ends it is missing.
    Unfinished,
}

impl OverrideBlock {
    /// What `description` holds; none when it has no such mark. As release-please reads it, the first mark counts; unlike
    /// there, a mark is alone on its line, so that a sentence can name it.
    pub fn find(description: &str) -> Option<Self> {
        let mut lines = description.lines();
        lines.find(|line| is_mark(line, BEGIN))?;
        let mut block: Vec<&str> = Vec::new();
        for line in lines {
            if is_mark(line, END) {
                let text = block.join("\n").trim().to_owned();
                return Some(if text.is_empty() { Self::Empty } else { Self::Whole(text) });
            }
            block.push(line);
        }
        Some(Self::Unfinished)
    }
}

impl OverrideFact {
    /// Its text, when it counts.
    pub fn trusted(&self) -> Option<&str> {
        match &self.block {
            OverrideBlock::Whole(text) if self.may_write => Some(text),
            _ => None,
        }
    }
}

/// Whether `line` is `mark` with nothing around it but white space and a comment of HTML, which can hide it, or the block.
fn is_mark(line: &str, mark: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("<!--").unwrap_or(line);
    line.strip_suffix("-->").unwrap_or(line).trim() == mark
}

const BEGIN: &str = "BEGIN_COMMIT_OVERRIDE";
const END: &str = "END_COMMIT_OVERRIDE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_descriptions() {
        let whole = |text: &str| Some(OverrideBlock::Whole(text.to_owned()));
        for (description, expected) in [
            ("text", None),
            (
                "a\r\nBEGIN_COMMIT_OVERRIDE\r\nfeat: x\r\n\r\nfix: y\r\nEND_COMMIT_OVERRIDE\r\nb",
                whole("feat: x\n\nfix: y"),
            ),
            ("BEGIN_COMMIT_OVERRIDE\nfeat: x", Some(OverrideBlock::Unfinished)),
            ("END_COMMIT_OVERRIDE\nBEGIN_COMMIT_OVERRIDE\nfeat: x", Some(OverrideBlock::Unfinished)),
            ("BEGIN_COMMIT_OVERRIDE \n END_COMMIT_OVERRIDE", Some(OverrideBlock::Empty)),
            (
                "BEGIN_COMMIT_OVERRIDE\na\nEND_COMMIT_OVERRIDE\nBEGIN_COMMIT_OVERRIDE\nb\nEND_COMMIT_OVERRIDE",
                whole("a"),
            ),
            ("<!-- BEGIN_COMMIT_OVERRIDE -->\na\n<!--END_COMMIT_OVERRIDE-->", whole("a")),
            ("<!-- BEGIN_COMMIT_OVERRIDE\na\n\tEND_COMMIT_OVERRIDE -->", whole("a")),
            // Who only speaks of the marks corrects nothing.
            ("Docs say: use BEGIN_COMMIT_OVERRIDE and END_COMMIT_OVERRIDE to fix it.", None),
            (
                "BEGIN_COMMIT_OVERRIDE\nfix: tell of END_COMMIT_OVERRIDE\nEND_COMMIT_OVERRIDE",
                whole("fix: tell of END_COMMIT_OVERRIDE"),
            ),
        ] {
            assert_eq!(OverrideBlock::find(description), expected, "{description}");
        }
    }
}
