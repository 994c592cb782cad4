//! Where a version stands in a file, and why it could not be found.

use bowline_model::Version;
use bowline_model::plan::{Edit, EditError};
use bowline_model::version::SpellingError;
use std::ops::Range;

/// A version's bytes in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The path inside, `packages..version`.
    pub(super) at: String,
    /// The bytes, without quotes and without a leading `v`.
    pub(super) span: Range<usize>,
    /// The same bytes as text.
    pub(super) text: String,
}

impl Place {
    /// The place of the bytes `span` of `source`; a `v` before the version stays where it is.
    pub(super) fn new(source: &str, span: Range<usize>, at: impl Into<String>) -> Option<Self> {
        let raw = source.get(span.clone())?;
        let text = raw.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(raw);
        Some(Self { at: at.into(), span: span.end - text.len()..span.end, text: text.to_owned() })
    }

    pub(super) fn edit(&self, file: &str, format: &str, next: &str) -> Edit {
        Edit {
            file: file.to_owned(),
            format: format.to_owned(),
            at: self.at.clone(),
            offset: self.span.start as u64,
            from: self.text.clone(),
            to: next.to_owned(),
            create: false,
            delete: false,
        }
    }
}

/// What a finder saw in a file.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) places: Vec<Place>,
    /// Why there is no place, as the rest of a sentence that begins with the file's name.
    pub(super) notes: Vec<String>,
}

impl Look {
    pub(super) fn note(why: &str) -> Self {
        Self { places: Vec::new(), notes: vec![why.to_owned()] }
    }
}

/// Why the version files cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum EditsError {
    /// A configured file is not in the head commit.
    #[error("version file `{path}` is not in the commit to release")]
    Missing {
        /// Its path.
        path: String,
    },
    /// A symbolic link, folder or submodule stands where a file is expected.
    #[error("version file `{path}` is a {what}")]
    NotAFile {
        /// Its path.
        path: String,
        /// What stands there.
        what: &'static str,
    },
    /// The file's content lives outside git.
    #[error("version file `{path}` is a Git LFS pointer")]
    Pointer {
        /// Its path.
        path: String,
    },
    /// The file cannot be read in its format.
    #[error("version file `{path}` is not usable {format}: {reason}")]
    Malformed {
        /// Its path.
        path: String,
        /// The format.
        format: &'static str,
        /// What is wrong, with its place.
        reason: String,
    },
    /// The configured place does not exist or is no string.
    #[error("version file `{path}` has no version at `{at}`")]
    NoPlace {
        /// Its path.
        path: String,
        /// The place.
        at: String,
    },
    /// Whoever reads the file has no such version.
    #[error("version file `{path}` cannot hold the version")]
    NotWritable {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: SpellingError,
    },
    /// After the edit the file would not say the new version.
    #[error("the edit of `{path}` would not give version {next}")]
    Ineffective {
        /// Its path.
        path: String,
        /// The version it should hold.
        next: Version,
    },
    /// The edits contradict each other.
    #[error("the edits of `{path}` do not fit it")]
    Unfit {
        /// Its path.
        path: String,
        /// How.
        #[source]
        source: EditError,
    },
}
