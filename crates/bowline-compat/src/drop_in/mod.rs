//! The run: bump, changelog, commit, tag, and a hint how to publish.
//!
//! It reads and writes the working tree, with the user's git, hooks and identity, and pushes nothing: what the originals do, in their
//! order and in their words. [`Exactness::Exact`](crate::Exactness) makes their mistakes again; else a run that fails before its tag
//! is there leaves everything as it was.

mod bump;
pub mod changelog;
mod commit;
mod console;
mod next;
mod past;
mod programs;
mod tag;
mod undo;

pub use console::Console;

use crate::conventional::{self, Question};
use crate::options::{Options, World};
use crate::profile::Exactness;
use crate::versions::Version;
use bowline_port::clock::Clock;
use bowline_port::files::plain::PlainFiles;
use bowline_port::git::GitReader;
use bowline_port::process::Process;
use console::{Figure, Voice};
use past::History;
use std::path::{Path, PathBuf};
use undo::Undo;

/// What a run works with.
pub struct Surroundings<'a> {
    /// The folder that it was started in, absolute.
    pub dir: &'a Path,
    /// The repository; none where there is none.
    pub git: Option<&'a dyn GitReader>,
    /// Files of the working tree, and what is above it.
    pub files: &'a dyn PlainFiles,
    /// Starts hooks.
    pub process: &'a dyn Process,
    /// Starts `git` and `node`.
    pub tools: &'a dyn Process,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The names of all variables: git and hooks get them.
    pub variables: &'a [String],
}

impl<'a> Surroundings<'a> {
    /// What configuration and updaters see of it.
    const fn world(&self) -> World<'a> {
        World { folder: self.dir, files: self.files, process: self.tools, pass_env: self.variables }
    }
}

/// Why a run went no further.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ended {
    /// It failed. The message is said once more at the end, as the originals do it.
    Failed(String),
    /// It failed without a word.
    Wordless,
    /// There is nothing to do, which was said.
    Done,
}

/// Runs. Gives the exit code: 0, or 1 when something went wrong and was said.
pub fn run(options: &Options, world: &Surroundings<'_>, console: &mut dyn Console) -> u8 {
    let mut voice = Voice::new(console, options);
    for warning in &options.warnings {
        voice.aloud(warning);
    }
    let mut run = Run {
        options,
        world,
        history: History::new(world, options),
        is_null: false,
        voice,
        undo: Undo::default(),
        updated: Vec::new(),
        message: options.preset.release_commit_message_format.clone(),
    };
    match run.all() {
        Ok(()) | Err(Ended::Done) => 0,
        Err(Ended::Wordless) => 1,
        Err(Ended::Failed(message)) => {
            run.voice.error(&message);
            if !options.exactness.is_exact() && !options.dry_run {
                run.undo.take_back(world, &mut run.voice);
            }
            1
        }
    }
}

struct Run<'a> {
    options: &'a Options,
    world: &'a Surroundings<'a>,
    history: History<'a>,
    voice: Voice<'a>,
    undo: Undo,
    /// Files that got the new version, as they are named, in order.
    updated: Vec<String>,
    /// The format of commit and tag message.
    message: String,
    /// The version is JavaScript's `null`, as standard-version makes it of one that is none.
    is_null: bool,
}

/// The current version, and whether npm may publish the package.
struct Current {
    version: Option<String>,
    private: bool,
}

impl Run<'_> {
    fn all(&mut self) -> Result<(), Ended> {
        self.tell_of_shallow();
        let current = self.current()?;
        let version = self.bump(&current)?;
        self.changelog(&version)?;
        self.commit(&version)?;
        self.tag(&version, current.private)
    }

    /// Where history is cut off the version may come out too low, and the changelog too short.
    fn tell_of_shallow(&mut self) {
        let is_shallow = self.world.git.is_some_and(|git| git.is_shallow().unwrap_or(false));
        if is_shallow && !self.options.exactness.is_exact() {
            self.voice.warn(
                "note: this clone is shallow, so commits and tags may be missing: run `git fetch --unshallow --tags` first, or \
                 let the checkout of your workflow fetch everything (fetch-depth: 0)",
            );
        }
    }

    /// Runs the hook called `name`, if there is one; what it printed.
    fn hook(&mut self, name: &str) -> Result<Option<String>, Ended> {
        let Some(command) = self.options.scripts.get(name).filter(|command| !command.is_empty()) else {
            return Ok(None);
        };
        self.voice.say(Figure::Tick, "Running lifecycle script \"%s\"", &[name]);
        self.voice.say(Figure::Info, "- execute command: \"%s\"", &[command]);
        if self.options.dry_run {
            return Ok(None);
        }
        programs::shell(self.world, &mut self.voice, command).map(Some)
    }

    fn changelog(&mut self, version: &str) -> Result<(), Ended> {
        if self.options.skip.changelog {
            return Ok(());
        }
        self.hook("prechangelog")?;
        self.write_changelog(version)?;
        self.hook("postchangelog")?;
        Ok(())
    }

    fn write_changelog(&mut self, version: &str) -> Result<(), Ended> {
        let (options, name) = (self.options, self.options.infile.as_str());
        let path = self.world.dir.join(name);
        let unreadable = |error: std::io::Error| Ended::Failed(format!("{name} cannot be read: {error}"));
        let is_there = self.world.files.kind(&path).map_err(unreadable)?.is_some();
        if !is_there {
            self.voice.say(Figure::Tick, "created %s", &[name]);
            if options.exactness.is_exact() {
                self.write(&path, name, b"\n")?;
            }
        }
        // A dry run shows the new section alone.
        let old = if options.dry_run || options.release_count == 0 && options.profile.is_catv() {
            String::new()
        } else {
            let bytes = self.world.files.read(&path).map_err(unreadable)?.unwrap_or_else(|| b"\n".to_vec());
            self.text(name, bytes)?
        };
        let section = self.section(version, options.exactness)?;
        self.voice.say(Figure::Tick, "outputting changes to %s", &[name]);
        self.tell_of_mended(version, &section, &old);
        if options.dry_run {
            self.voice.show("\n---\n", section.trim(), "\n---\n");
            return Ok(());
        }
        self.write(&path, name, changelog::merged(options, options.exactness, &section, &old).as_bytes())
    }

    /// What a file says. The originals replace bytes that are no text, and lose them when they write the file.
    fn text(&self, name: &str, bytes: Vec<u8>) -> Result<String, Ended> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(error) if self.options.exactness.is_exact() => {
                Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
            }
            Err(_) => Err(Ended::Failed(format!(
                "{name} is not UTF-8, and writing it would lose what it says: convert it first, with `iconv -t UTF-8`"
            ))),
        }
    }

    fn section(&self, version: &str, exactness: Exactness) -> Result<String, Ended> {
        self.ask_as(exactness, if self.is_null { "" } else { version }, None, conventional::section)
    }

    /// Says that the original would have written something else. Not looked for in very long sections, where it costs as much as
    /// the changelog itself.
    fn tell_of_mended(&mut self, version: &str, section: &str, old: &str) {
        let options = self.options;
        if options.exactness.is_exact() || section.lines().take(LONG + 1).count() > LONG {
            return;
        }
        let Ok(theirs) = self.section(version, Exactness::Exact) else { return };
        let differs = if options.dry_run {
            theirs.trim() != section.trim()
        } else {
            let written = |exactness, section: &str| changelog::merged(options, exactness, section, old);
            written(Exactness::Exact, &theirs) != written(Exactness::Mended, section)
        };
        if differs {
            let program = options.profile.package();
            self.voice.warn(&format!(
                "note: a known mistake of {program} is mended in {}; --compat exact writes what {program} would",
                options.infile
            ));
        }
    }

    /// Asks history something, for `version`.
    fn ask<T>(
        &self,
        version: &str,
        current: Option<&Version>,
        what: impl FnOnce(&Question<'_>) -> Result<T, conventional::Error>,
    ) -> Result<T, Ended> {
        self.ask_as(self.options.exactness, version, current, what)
    }

    fn ask_as<T>(
        &self,
        exactness: Exactness,
        version: &str,
        current: Option<&Version>,
        what: impl FnOnce(&Question<'_>) -> Result<T, conventional::Error>,
    ) -> Result<T, Ended> {
        let options = self.options;
        let (package, date) = (self.package_json(), self.world.clock.now().date());
        let origin = self.origin();
        let question = Question {
            profile: options.profile,
            exactness,
            preset: &options.preset,
            preset_by_name: !options.preset.pre_major_by_version,
            types_given: options.types_given,
            tag_prefix: &options.tag_prefix,
            path: options.path.as_deref(),
            lerna_package: options.lerna_package.as_deref(),
            release_count: if options.profile.is_catv() { options.release_count } else { 1 },
            no_bump_when_empty_changes: options.no_bump_when_empty_changes,
            current,
            version,
            date: &date,
            package: package.as_ref(),
            origin: origin.as_deref(),
            log: &self.history,
        };
        what(&question).map_err(|error| {
            Ended::Failed(match error {
                conventional::Error::Log(error) => error.to_string(),
                error => error.to_string(),
            })
        })
    }

    fn origin(&self) -> Option<String> {
        let remotes = self.world.git?.remotes().ok()?;
        remotes.into_iter().find(|remote| remote.name == "origin").map(|remote| remote.url)
    }

    /// The `package.json` that links are taken from: the nearest one.
    fn package_json(&self) -> Option<serde_json::Value> {
        let folders = self.world.dir.ancestors();
        let bytes =
            folders.map(|folder| folder.join("package.json")).find_map(|path| self.world.files.read(&path).ok()?)?;
        serde_json::from_slice(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes)).ok()
    }

    /// Writes unless this is a dry run.
    fn write(&mut self, path: &Path, name: &str, bytes: &[u8]) -> Result<(), Ended> {
        if self.options.dry_run {
            return Ok(());
        }
        let exact = self.options.exactness.is_exact();
        let unwritable = |error: std::io::Error| {
            Ended::Failed(match error.kind() {
                // Node's words.
                std::io::ErrorKind::NotFound if exact => {
                    format!("ENOENT: no such file or directory, open '{name}'")
                }
                std::io::ErrorKind::NotFound => {
                    format!("{name} cannot be written: its folder is not there; create it first")
                }
                _ => format!("{name} cannot be written: {error}"),
            })
        };
        self.undo.before_writing(self.world, PathBuf::from(path)).map_err(unwritable)?;
        self.world.files.write(path, bytes).map_err(unwritable)
    }

    /// The message of commit and tag.
    fn message(&self, version: &str) -> String {
        self.message.replace("{{currentTag}}", version)
    }
}

/// How many lines a section has at most that is compared with what the original would write.
const LONG: usize = 2000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
