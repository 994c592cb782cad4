//! `bowline release` for repositories of standard-version: their configuration said in the words of `bowline.toml`.
//!
//! [`find`] looks where standard-version looks, but in a commit and not in a checkout; [`Found::translate`] says the same as a
//! [`Translated`] configuration, so that one table of keys judges it and `config show` knows where each value is from. What
//! Bowline has no counterpart for is said aloud: what would make another release than people expect is refused, and what
//! makes none is a warning. Nothing is passed over in silence but what has no meaning here.

mod files;
mod find;
mod hooks;
mod keys;
mod translate;
mod types;

pub use find::{Found, JAVASCRIPT_FILES, Look, Read, STATIC_FILES, Source, find};

use bowline_config::Translated;
use bowline_model::{Failure, FailureKind};

/// A configuration in Bowline's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// The configuration.
    pub config: Translated,
    /// What is not carried out and makes no other release, for people.
    pub warnings: Vec<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VersionrcError {
    /// A file is no JSON.
    #[error("{file} is not valid JSON: {reason}")]
    NotJson {
        /// The file.
        file: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// Something else stands where an object is expected.
    #[error("{place} must hold an object, and it holds {found}")]
    NotAnObject {
        /// The file, or the key of `package.json`.
        place: String,
        /// What it holds.
        found: &'static str,
    },
    /// Keys that cannot be carried out.
    #[error("{name} asks for what `bowline release` does not do")]
    Refused {
        /// The files.
        name: String,
        /// One entry for each key.
        problems: Vec<Problem>,
    },
    /// The files could not be read.
    #[error("{}", .0.message)]
    Outside(Box<Failure>),
}

/// A key that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, beginning with its place.
    pub message: String,
    /// What to do.
    pub hints: Vec<String>,
}

impl From<Failure> for VersionrcError {
    fn from(failure: Failure) -> Self {
        Self::Outside(Box::new(failure))
    }
}

impl From<VersionrcError> for Failure {
    fn from(error: VersionrcError) -> Self {
        let message = error.to_string();
        let invalid = |message| Self::new(FailureKind::Config, "versionrc_invalid", message);
        match error {
            VersionrcError::NotJson { .. } => {
                invalid(message).hint("standard-version takes no comments and no final commas there either")
            }
            VersionrcError::NotAnObject { .. } => invalid(message).hint("write it as { \"key\": value }"),
            VersionrcError::Outside(failure) => *failure,
            VersionrcError::Refused { problems, .. } => {
                let mut failure = Self::new(FailureKind::Config, "versionrc_refused", message);
                for Problem { message, hints } in problems {
                    failure.causes.push(message);
                    for hint in hints {
                        if !failure.hints.contains(&hint) {
                            failure.hints.push(hint);
                        }
                    }
                }
                failure.hint("or write a bowline.toml, which is read instead; see docs/versionrc.md")
            }
        }
    }
}

#[cfg(test)]
mod tests;
