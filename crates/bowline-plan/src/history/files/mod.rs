//! Change files: what people commit beside a change to say what it means for a version.
//!
//! Each file is one change, like a commit. They are read strictly: a file that cannot be understood stops planning, because
//! what it says would otherwise be lost with the next version.

mod parse;

pub use parse::{ChangeFile, Entry, Problem, parse};

use super::{Change, Ignored, Rules};
use bowline_config::Config;
use bowline_config::candidates::{MOST_CHANGE_FILES, change_folder, pre_mode_file};
use bowline_config::section::version::BeforeOne;
use bowline_model::Oid;
use bowline_model::facts::{ChangeFileFact, CommitFact, FileContent, FileFact};
use bowline_model::git::TagName;
use bowline_model::plan::PlannedCommit;
use bowline_model::text::{markdown, one_line};
use bowline_model::version::Level;

/// Where a change is from, when it is not a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromFile {
    /// The file.
    pub path: String,
    /// The commit that added it, where that is known.
    pub commit: Option<Oid>,
    /// Who wrote that commit, by name, safe to show.
    pub author: Option<String>,
    /// What stands below its summary, as lines of Markdown that continue an entry of a list; empty when nothing does.
    pub details: String,
}

/// Change files, and what is known around them.
#[derive(Clone, Copy, Debug)]
pub struct ChangeFiles<'f> {
    /// The package they may be about.
    pub package: &'f str,
    /// The files, by path.
    pub files: &'f [ChangeFileFact],
    /// The commits among which are those that added them.
    pub commits: &'f [CommitFact],
    /// The commit that holds the files.
    pub head: Oid,
    /// The pre-release before, when the next version is one as well: what it contains is no news.
    pub before: Option<&'f TagName>,
}

/// Why change files cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeFileError {
    /// One is not written as it must be.
    #[error("change file {path}, line {line}, {what}")]
    Form {
        /// Its path, safe to show.
        path: String,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong, and what is expected.
        what: &'static str,
    },
    /// One is about another package.
    #[error("change file {path}, line {line}, is about `{package}`, and the only package here is `{own}`")]
    Package {
        /// Its path, safe to show.
        path: String,
        /// The line's number, from 1.
        line: usize,
        /// The package it names, safe to show.
        package: String,
        /// The one that there is.
        own: String,
    },
    /// One asks for something unknown.
    #[error("change file {path}, line {line}, asks for `{word}`, which is no level and no type")]
    Word {
        /// Its path, safe to show.
        path: String,
        /// The line's number, from 1.
        line: usize,
        /// What it asks for, safe to show.
        word: String,
        /// A known word that is near.
        near: Option<String>,
    },
    /// One is no text that a person wrote.
    #[error("change file {path} has {bytes} bytes, and at most {MOST_BYTES} are read")]
    TooBig {
        /// Its path, safe to show.
        path: String,
        /// How many.
        bytes: usize,
    },
    /// There are more than a person wrote.
    #[error("{folder} has more than {MOST_CHANGE_FILES} change files")]
    TooMany {
        /// Their folder, safe to show.
        folder: String,
    },
    /// Changesets keeps its own account of pre-releases.
    #[error("{path} is there: changesets makes pre-releases by it, and Bowline makes them by channels")]
    PreMode {
        /// The file, safe to show.
        path: String,
    },
}

/// Refuses a folder that changesets has in its pre mode.
pub(crate) fn check_mode(config: &Config, files: &[FileFact]) -> Result<(), ChangeFileError> {
    let Some(path) = pre_mode_file(config) else { return Ok(()) };
    if files.iter().any(|file| file.path == path) {
        return Err(ChangeFileError::PreMode { path: one_line(&path, 200).into_owned() });
    }
    Ok(())
}

/// Reads all change files. `before_one` as in [`read`](super::read).
pub fn read_files(
    config: &Config,
    found: &ChangeFiles<'_>,
    before_one: Option<BeforeOne>,
) -> Result<Vec<Change>, ChangeFileError> {
    if found.files.len() > MOST_CHANGE_FILES {
        let folder = one_line(change_folder(config).unwrap_or_default(), 200).into_owned();
        return Err(ChangeFileError::TooMany { folder });
    }
    let rules = Rules::new(config, before_one);
    found.files.iter().map(|file| Reader { config, found, rules: &rules, file }.change()).collect()
}

struct Reader<'r> {
    config: &'r Config,
    found: &'r ChangeFiles<'r>,
    rules: &'r Rules<'r>,
    file: &'r ChangeFileFact,
}

impl Reader<'_> {
    /// What it says. Of a file that is spent nothing can be lost any more, so it is never refused; one that cannot be read may be
    /// something else that lies there, so it stays.
    fn change(&self) -> Result<Change, ChangeFileError> {
        let Some(tag) = &self.file.spent else { return self.read() };
        let ignored = Ignored::Spent(format!("{tag} has used it up: it goes with the next release commit"));
        let Ok(mut change) = self.read() else {
            let stays = Ignored::Unreadable(format!("{tag} has it, and it cannot be read as a change file: it stays"));
            return Ok(Change { ignored: Some(stays), ..self.made("", Meant::nothing("none"), "") });
        };
        change.planned.level = Level::None;
        Ok(Change { ignored: Some(ignored), ..change })
    }

    fn read(&self) -> Result<Change, ChangeFileError> {
        let read = parse(self.bytes()?).map_err(|problem| self.form(problem))?;
        let meant = match read.entries.as_slice() {
            [] => Meant::nothing("empty front matter → none"),
            entries => {
                let mut all = Vec::with_capacity(entries.len());
                for entry in entries {
                    self.check_package(entry)?;
                    all.push(self.meant(entry)?);
                }
                // Two names may mean the one package: the higher wish wins, and of equals the first.
                all.into_iter().rev().max_by_key(|meant| meant.level).unwrap_or_else(|| Meant::nothing("none"))
            }
        };
        if read.summary.is_empty() && meant.level > Level::None {
            let what = "has no text below its front matter: expected a line that says what has changed";
            return Err(self.form(Problem { line: read.entries.last().map_or(1, |entry| entry.line) + 1, what }));
        }
        Ok(self.made(read.summary, meant, read.details))
    }

    fn made(&self, summary: &str, meant: Meant, details: &str) -> Change {
        let subject = one_line(summary, super::rules::MAX_SUBJECT).into_owned();
        let contained = self.found.before.filter(|_| self.file.contained);
        let added = self.file.added.and_then(|id| self.found.commits.iter().find(|commit| commit.oid == id));
        Change {
            pull: None,
            for_readers: Vec::new(),
            breaking_notes: if meant.breaking { vec![subject.clone()] } else { Vec::new() },
            closes: Vec::new(),
            ignored: contained.map(|tag| Ignored::Contained(format!("{tag} has it: it counts for the level alone"))),
            note: None,
            undecodable: false,
            release_as: None,
            planned: PlannedCommit {
                pull_request: None,
                id: self.file.added.unwrap_or(self.found.head),
                kind: meant.kind,
                scope: None,
                breaking: meant.breaking,
                subject,
                rule: meant.rule,
                level: meant.level,
            },
            file: Some(FromFile {
                path: self.file.path.clone(),
                commit: self.file.added,
                author: added.map(author).filter(|name| !name.is_empty()),
                details: markdown::block(details),
            }),
        }
    }

    fn path(&self) -> String {
        one_line(&self.file.path, 200).into_owned()
    }

    fn bytes(&self) -> Result<&[u8], ChangeFileError> {
        match &self.file.content {
            FileContent::Bytes(bytes) if bytes.len() > MOST_BYTES => {
                Err(ChangeFileError::TooBig { path: self.path(), bytes: bytes.len() })
            }
            FileContent::Bytes(bytes) => Ok(bytes),
            FileContent::NotAFile(_) => {
                Err(self.form(Problem { line: 1, what: "is no ordinary file: expected one with text" }))
            }
        }
    }

    fn form(&self, problem: Problem) -> ChangeFileError {
        ChangeFileError::Form { path: self.path(), line: problem.line, what: problem.what }
    }

    /// `default` is how knope calls the only package.
    fn check_package(&self, entry: &Entry<'_>) -> Result<(), ChangeFileError> {
        if entry.package == self.found.package || entry.package == DEFAULT {
            return Ok(());
        }
        Err(ChangeFileError::Package {
            path: self.path(),
            line: entry.line,
            package: one_line(entry.package, 100).into_owned(),
            own: one_line(self.found.package, 100).into_owned(),
        })
    }

    fn meant(&self, entry: &Entry<'_>) -> Result<Meant, ChangeFileError> {
        let types = &self.config.commits.types;
        let word = entry.word.to_ascii_lowercase();
        let level = LEVELS.iter().find(|(name, _)| *name == word).map(|(_, level)| *level);
        let Some(asked) = level.or_else(|| types.get(&word).map(|known| known.bump)) else {
            return Err(ChangeFileError::Word {
                path: self.path(),
                line: entry.line,
                word: one_line(entry.word, 60).into_owned(),
                near: self.config.commits.closest_wish(&word).map(str::to_owned),
            });
        };
        let (level, rule) = self.rules.raised(asked, &word);
        let kind = if types.contains_key(&word) { word.clone() } else { self.usual_type(asked).to_owned() };
        Ok(Meant { level, rule, kind, breaking: word == "major" })
    }

    /// The type under whose heading a change of this level stands. What breaks has a heading of its own.
    fn usual_type(&self, level: Level) -> &str {
        let usual = match level {
            Level::Minor => "feat",
            Level::Patch => "fix",
            Level::Major | Level::None => return "",
        };
        let types = &self.config.commits.types;
        let fits = |name: &str| types.get(name).is_some_and(|known| known.bump == level && !known.hidden);
        if fits(usual) {
            return usual;
        }
        types.keys().map(String::as_str).find(|name| fits(name)).unwrap_or_default()
    }
}

/// What a file means.
struct Meant {
    level: Level,
    rule: String,
    kind: String,
    breaking: bool,
}

impl Meant {
    fn nothing(rule: &str) -> Self {
        Self { level: Level::None, rule: rule.to_owned(), kind: String::new(), breaking: false }
    }
}

fn author(commit: &CommitFact) -> String {
    crate::commit::decode::one_line(&commit.author_name, commit.encoding.as_deref(), 80)
}

/// The largest file: thousands of lines.
pub const MOST_BYTES: usize = 64 << 10;
const DEFAULT: &str = "default";
const LEVELS: [(&str, Level); 4] =
    [("none", Level::None), ("patch", Level::Patch), ("minor", Level::Minor), ("major", Level::Major)];

#[cfg(test)]
mod tests;
