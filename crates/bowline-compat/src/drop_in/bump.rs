//! The version: read, raised, and written into files.

use super::console::Figure;
use super::next::{self, Next};
use super::{Current, Ended, Run};
use crate::conventional::{self, Log, Range};
use crate::options::FileEntry;
use crate::updaters::Updater;
use crate::updaters::ignored::is_ignored;
use crate::versions::Version;
use bowline_model::facts::FileContent;
use bowline_port::files::plain::Kind;
use bowline_port::git::Head;

impl Run<'_> {
    /// The version that is there: in the first file that can be read, else in tags.
    pub(super) fn current(&mut self) -> Result<Current, Ended> {
        let (options, world) = (self.options, self.world.world());
        for entry in &options.package_files {
            let updater = match self.updater(entry) {
                Ok(updater) => updater,
                Err(crash) => return Err(self.no_version(entry, crash.is_some())),
            };
            let Ok(Some(bytes)) = self.world.files.read(&self.world.dir.join(&entry.filename)) else { continue };
            let contents = String::from_utf8_lossy(&bytes);
            let (Ok(found), Ok(private)) =
                (updater.read_version(&contents, &world), updater.is_private(&contents, &world))
            else {
                continue;
            };
            self.tell_of_cut_off(entry, &updater, &found.shown);
            let version = match found.version {
                None if options.profile.is_catv() => Some(self.tagged_version()?),
                version => version,
            };
            return Ok(Current { version, private });
        }
        Ok(Current { version: Some(self.tagged_version()?), private: false })
    }

    /// A run that was killed leaves the next version in the file, and the next run would raise it once more.
    fn tell_of_cut_off(&mut self, entry: &FileEntry, updater: &Updater, here: &str) {
        let (Some(git), false) = (self.world.git, self.options.exactness.is_exact()) else { return };
        let committed = || {
            let root = git.layout().work_dir?;
            let path = self.world.dir.join(&entry.filename).strip_prefix(&root).ok()?.to_str()?.to_owned();
            let (Head::Branch(_, head) | Head::Detached(head)) = git.head().ok()? else { return None };
            let Some(FileContent::Bytes(bytes)) = git.file(head, &path).ok()? else { return None };
            updater.read_version(&String::from_utf8_lossy(&bytes), &self.world.world()).ok().map(|found| found.shown)
        };
        if let Some(committed) = committed().filter(|committed| committed != here) {
            let name = &entry.filename;
            self.voice.warn(&format!(
                "note: {name} says {here}, and the last commit says {committed}; if a run was cut off here, take it back first: git restore {name}"
            ));
        }
    }

    fn tagged_version(&mut self) -> Result<String, Ended> {
        if !self.options.git_tag_fallback {
            return Err(Ended::Failed("no package file found".to_owned()));
        }
        let prerelease = self.options.prerelease.as_deref();
        let latest = self.ask("", None, |question| conventional::latest_version(question, prerelease))?;
        Ok(latest.map_or_else(|| "1.0.0".to_owned(), |latest| latest.to_string()))
    }

    /// A file that nobody can read ends the originals: one with a stack trace, the other without a word.
    fn no_version(&self, entry: &FileEntry, crashes: bool) -> Ended {
        match (self.options.exactness.is_exact(), crashes) {
            (true, true) => Ended::Wordless,
            (true, false) => Ended::Done,
            (false, _) => {
                Ended::Failed(format!("no version can be read from {}, which packageFiles names", entry.filename))
            }
        }
    }

    /// What reads and writes the file. None does: that is said, and what the original dies of is given.
    fn updater(&mut self, entry: &FileEntry) -> Result<Updater, Option<String>> {
        let chosen = Updater::for_entry(entry, self.options.profile, &self.world.world());
        let (result, warning) = match chosen {
            Ok(chosen) => (Ok(chosen.updater), chosen.warning),
            Err(unsupported) => (Err(unsupported.crash), Some(unsupported.warning)),
        };
        if let Some(warning) = warning {
            self.voice.aloud(&warning);
        }
        result
    }

    /// Chooses the next version and writes it; gives it.
    pub(super) fn bump(&mut self, current: &Current) -> Result<String, Ended> {
        let options = self.options;
        let known = || current.version.clone().unwrap_or_else(|| "undefined".to_owned());
        if options.skip.bump {
            return Ok(known());
        }
        self.hook("prerelease")?;
        let said = self.hook("prebump")?.map(|said| said.trim().to_owned()).filter(|said| !said.is_empty());
        self.tell_of_dry_hooks();
        let release_as = self.wanted(said);
        let version = if options.first_release {
            self.voice.say(Figure::Cross, "skip version bump on first release", &[]);
            known()
        } else {
            let version = self.next(current, release_as.as_deref())?;
            self.check_tag(&version)?;
            self.update_files(&version)?;
            version
        };
        if options.first_release {
            self.check_tag(&version)?;
        }
        self.hook("postbump")?;
        // One original goes on without a version, the other one ends, with `null` in the files.
        if self.is_null && options.profile.is_catv() { Err(Ended::Done) } else { Ok(version) }
    }

    /// What was asked for, by the hook or by flag and configuration.
    fn wanted(&self, said: Option<String>) -> Option<String> {
        let said = said.map(|said| if self.options.profile.is_catv() { said.replace(['\'', '"'], "") } else { said });
        said.filter(|said| !self.options.profile.is_catv() || Version::parse(said).is_some())
            .or_else(|| self.options.release_as.clone())
            .filter(|wanted| !wanted.is_empty())
    }

    fn next(&mut self, current: &Current, release_as: Option<&str>) -> Result<String, Ended> {
        let options = self.options;
        if !options.exactness.is_exact() && release_as.is_none() && self.is_empty_release(current)? {
            self.voice.say(
                Figure::Info,
                "no commits since the last release, so not bumping version; --release-as patch does it all the same",
                &[],
            );
            return Err(Ended::Done);
        }
        let question = next::Question { options, current: current.version.as_deref(), release_as };
        let recommend = |current: &Version| {
            let found = self.ask("", Some(current), conventional::recommend)?;
            Ok(found.map(|found| found.release))
        };
        // Where tags cannot be asked for, the originals take the number as it is.
        let unique = |version: &Version, id: &str| {
            self.ask("", None, |question| conventional::unique_prerelease(question, version, id))
                .unwrap_or_else(|_| version.clone())
        };
        match next::choose(&question, recommend, unique)? {
            Next::Version(version) => Ok(version),
            Next::Null => {
                self.is_null = true;
                Ok("null".to_owned())
            }
            Next::Nothing => {
                self.voice.say(Figure::Tick, "no commits found, so not bumping version", &[]);
                Err(Ended::Done)
            }
        }
    }

    /// Whether there is nothing new since a release: no commit, and no pre-release to be continued or ended.
    fn is_empty_release(&self, current: &Current) -> Result<bool, Ended> {
        let version = current.version.as_deref().and_then(Version::parse);
        let is_prerelease = version.is_none_or(|version| !version.prerelease.is_empty());
        if is_prerelease || self.options.prerelease.is_some() {
            return Ok(false);
        }
        let Some(base) = self.ask("", None, conventional::bump_base)? else { return Ok(false) };
        let range = Range { from: Some(&base), to: None, path: self.options.path.as_deref(), merges: true };
        Ok(self.history.commits(&range).map_err(failed)?.is_empty())
    }

    /// A hook that is not run in a dry run may choose another version.
    fn tell_of_dry_hooks(&mut self) {
        let options = self.options;
        let is_run = options.scripts.get("prebump").is_some_and(|command| !command.is_empty());
        if options.dry_run && is_run && !options.exactness.is_exact() {
            self.voice
                .warn("note: the hook `prebump` is not run in a dry run; what it prints may make it another version");
        }
    }

    /// A tag that is there already is found before anything is changed.
    fn check_tag(&mut self, version: &str) -> Result<(), Ended> {
        let options = self.options;
        if options.exactness.is_exact() || options.skip.tag || options.tag_force {
            return Ok(());
        }
        let (Some(git), tag) = (self.world.git, format!("{}{version}", options.tag_prefix)) else { return Ok(()) };
        let full = format!("refs/tags/{tag}");
        let is_there = git.references(&full).is_ok_and(|found| found.iter().any(|reference| reference.name == full));
        if !is_there {
            return Ok(());
        }
        let message = format!(
            "fatal: tag '{tag}' already exists\nnothing was changed: delete the tag if it is no release, or choose a version with --release-as"
        );
        if options.dry_run {
            self.voice.warn(&format!("note: tag '{tag}' already exists, so a real run would refuse"));
            return Ok(());
        }
        Err(Ended::Failed(message))
    }

    fn update_files(&mut self, version: &str) -> Result<(), Ended> {
        for entry in &self.options.bump_files {
            match self.updater(entry) {
                Ok(updater) => self.update_file(entry, &updater, version)?,
                Err(Some(crash)) if self.options.exactness.is_exact() => return Err(Ended::Failed(crash)),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// What the file says now, what it will say, and its new text.
    fn updated_text(
        &self,
        entry: &FileEntry,
        updater: &Updater,
        version: &str,
    ) -> Result<(String, String, String), String> {
        let world = self.world.world();
        let path = self.world.dir.join(&entry.filename);
        let bytes = self.world.files.read(&path).map_err(|error| error.to_string())?.unwrap_or_default();
        let contents = self.text(&entry.filename, bytes).map_err(|ended| match ended {
            Ended::Failed(message) => message,
            _ => String::new(),
        })?;
        let from = updater.read_version(&contents, &world)?.shown;
        let text = updater.write_version(&contents, version, &world)?;
        let text = if self.is_null { text.replace("\"version\": \"null\"", "\"version\": null") } else { text };
        let to = if self.options.profile.is_catv() {
            updater.read_version(&text, &world)?.shown
        } else {
            version.to_owned()
        };
        Ok((from, to, text))
    }

    fn update_file(&mut self, entry: &FileEntry, updater: &Updater, version: &str) -> Result<(), Ended> {
        let (options, name) = (self.options, entry.filename.as_str());
        let path = self.world.dir.join(name);
        let tells = options.profile.is_catv();
        if is_ignored(name, options.profile, &self.world.world()) {
            if tells {
                self.voice.plain(&format!("Not updating file '{name}', as it is ignored in Git"));
            }
            return Ok(());
        }
        match self.world.files.kind(&path) {
            Ok(Some(Kind::File)) => {}
            Ok(None) => return Ok(()),
            Ok(Some(_)) => {
                if tells {
                    self.voice.plain(&format!("Not updating '{name}', as it is not a file"));
                }
                return Ok(());
            }
            Err(error) => {
                self.voice.aloud(&error.to_string());
                return Ok(());
            }
        }
        match self.updated_text(entry, updater, version) {
            Ok((from, to, contents)) => {
                self.voice.say(Figure::Tick, &format!("bumping version in {name} from %s to %s"), &[&from, &to]);
                self.write(&path, name, contents.as_bytes())?;
                if !self.updated.iter().any(|file| file == name) {
                    self.updated.push(name.to_owned());
                }
            }
            Err(message) => self.voice.aloud(&message),
        }
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> Ended {
    Ended::Failed(error.to_string())
}
