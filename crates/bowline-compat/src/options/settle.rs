//! The options of a run, out of everything that was said.

use super::argv::Argv;
use super::sources::Source;
use super::{FileEntry, Options, Refusal, ScriptUpdater, Skip, UpdaterChoice, defaults, preset};
use crate::javascript::print::stringify;
use crate::javascript::{Object, Value};
use crate::profile::{Exactness, Profile};
use crate::versions::{Release, Version};
use regex::Regex;
use std::collections::BTreeMap;

/// A heading of a release, or what stood in for one once: a header may not look like it, because the changelog is cut there.
pub(crate) const START_OF_RELEASE: &str = r"(?m)(^#+ \[?[0-9]+\.[0-9]+\.[0-9]+|<a name=)";

/// Everything settled. `file` is the configuration file, for what has to be called in it.
pub(super) fn settle(argv: &Argv, exactness: Exactness, file: Option<&Source>, help: &str) -> Result<Options, Refusal> {
    let said = Settling { argv, exactness };
    let profile = argv.profile;
    let object = |name: &str| match said.value(name) {
        Some(Value::Object(object)) => Ok(object),
        // The words of the originals, which show help for these two.
        _ => Err(Refusal { help: Some(help.to_owned()), ..Refusal::new(format!("{name} must be an object")) }),
    };
    let (scripts, skip) = (object("scripts")?, object("skip")?);
    let silent = said.switch("silent");
    let mut warnings = Vec::new();
    let deprecated = |flags: &str, new: &str| {
        format!("[{}]: {flags} will be removed in the next major release. Use {new}.", profile.package())
    };
    let mut preset = preset::preset(&said)?;
    if let Some(message) = said.text_if_any("message")? {
        preset.release_commit_message_format = message.replace("%s", "{{currentTag}}");
        warnings.push(deprecated("--message (-m)", "--releaseCommitMessageFormat"));
    }
    let mut header = said.text("header")?;
    if let Some(old) = said.text_if_any("changelogHeader")? {
        header = old;
        warnings.push(deprecated("--changelogHeader", "--header"));
    }
    if Regex::new(START_OF_RELEASE).is_ok_and(|pattern| pattern.is_match(&header)) {
        let pattern = r"/(^#+ \[?[0-9]+\.[0-9]+\.[0-9]+|<a name=)/m";
        return Err(Refusal::new(format!("custom changelog header must not match {pattern}")));
    }
    if silent {
        warnings.clear();
    }
    let skip = Skip {
        bump: is_set(&skip, "bump"),
        changelog: is_set(&skip, "changelog"),
        commit: is_set(&skip, "commit"),
        tag: is_set(&skip, "tag"),
    };
    let prerelease = said.value("prerelease").and_then(|value| value.as_text().map(str::to_owned));
    let first_release = said.switch("firstRelease");
    let is_asked = !skip.bump && (profile.is_catv() || !first_release);
    Ok(Options {
        profile,
        exactness,
        package_files: said.files("packageFiles", file)?,
        bump_files: said.files("bumpFiles", file)?,
        release_as: if is_asked { said.release_as()? } else { None },
        prerelease,
        infile: said.text("infile")?,
        first_release,
        sign: said.switch("sign"),
        signoff: said.switch("signoff"),
        // `--no-verify` switches off `verify`, `-n` and a configuration switch on `noVerify`.
        no_verify: said.switch("noVerify") || argv.get("verify") == Some(&Value::Bool(false)),
        commit_all: said.switch("commitAll"),
        silent,
        tag_prefix: said.text("tagPrefix")?,
        tag_force: said.switch("tagForce"),
        release_count: said.count("releaseCount")?,
        scripts: commands(&scripts)?,
        skip,
        dry_run: said.switch("dryRun"),
        git_tag_fallback: said.switch("gitTagFallback"),
        path: said.text_if_any("path")?,
        header,
        preset,
        lerna_package: said.text_if_any("lernaPackage")?,
        npm_publish_hint: said.text_if_any("npmPublishHint")?,
        no_bump_when_empty_changes: said.switch("noBumpWhenEmptyChanges"),
        types_given: argv.get("types").is_some(),
        verbose: said.switch("verbose"),
        warnings,
    })
}

/// What was said, with the defaults under it.
pub(super) struct Settling<'a> {
    pub(super) argv: &'a Argv,
    exactness: Exactness,
}

impl Settling<'_> {
    /// A value, or its default.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        self.argv.get(name).cloned().or_else(|| defaults::of(name, self.argv.profile))
    }

    fn switch(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value.is_truthy())
    }

    /// A text that is always there.
    pub(super) fn text(&self, name: &str) -> Result<String, Refusal> {
        text(name, &self.value(name).unwrap_or_else(|| Value::Text(String::new())))
    }

    /// A text that counts only when it is not empty.
    pub(super) fn text_if_any(&self, name: &str) -> Result<Option<String>, Refusal> {
        self.value(name).filter(Value::is_truthy).map(|value| text(name, &value)).transpose()
    }

    fn count(&self, name: &str) -> Result<u64, Refusal> {
        let value = self.value(name).unwrap_or(Value::Number(1.0));
        // No history has more releases than this.
        const MOST: f64 = 1e9;
        match value {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, not below 0, and small"
            )]
            Value::Number(number) if number.fract() == 0.0 && (0.0..=MOST).contains(&number) => Ok(number as u64),
            value => Err(Refusal::new(format!(
                "{name} must be a whole number from 0 but is {}: 1 is the coming release, 0 all of them",
                shown(&value)
            ))),
        }
    }

    fn release_as(&self) -> Result<Option<String>, Refusal> {
        let (profile, exactness) = (self.argv.profile, self.exactness);
        let Some(asked) = self.text_if_any("releaseAs")? else { return Ok(None) };
        let level = asked.to_lowercase();
        let is_level = ["major", "minor", "patch"].contains(&level.as_str());
        if is_level {
            return Ok(Some(if exactness.is_exact() { asked } else { level }));
        }
        // npm's `semver` knows more levels, and standard-version hands them on.
        let is_other_level = !profile.is_catv() && Release::named(&asked).is_some();
        let is_let_through = exactness.is_exact() && !profile.is_catv();
        if is_other_level || is_let_through || Version::parse(&asked).is_some() {
            return Ok(Some(asked));
        }
        let told = "releaseAs must be one of 'major', 'minor' or 'patch', or a valid semvar version.";
        Err(Refusal::new(if profile.is_catv() {
            told.to_owned()
        } else {
            format!("releaseAs is {asked:?}, and must be major, minor, patch or a version such as 1.2.3")
        }))
    }

    fn files(&self, name: &str, file: Option<&Source>) -> Result<Vec<FileEntry>, Refusal> {
        let Some(Value::List(entries)) = self.value(name) else {
            return Err(Refusal::new(format!(
                "{name} must be an array of files but is {}: write [\"package.json\"], or objects with a filename",
                shown(&self.value(name).unwrap_or(Value::Null))
            )));
        };
        entries.iter().enumerate().map(|(place, entry)| self.file(name, place, entry, file)).collect()
    }

    fn file(&self, name: &str, place: usize, entry: &Value, file: Option<&Source>) -> Result<FileEntry, Refusal> {
        let refused = |what: &str| {
            Refusal::new(format!(
                "{what} in {name}: an entry is a file's name, or an object with a filename and a type or an updater"
            ))
        };
        let Value::Object(object) = entry else {
            return match entry {
                Value::Text(filename) => Ok(FileEntry::named(filename)),
                Value::Number(_) => Ok(FileEntry::named(&entry.to_text())),
                other => Err(refused(&format!("entry {place} is {}", other.described()))),
            };
        };
        let filename = match object.get("filename") {
            Some(Value::Text(filename)) => filename.clone(),
            _ => return Err(refused(&format!("entry {place} has no filename"))),
        };
        let of_type =
            object.get("type").filter(|value| value.is_truthy()).map(|value| UpdaterChoice::Type(value.to_text()));
        let updater = match object.get("updater") {
            Some(Value::Text(module)) => UpdaterChoice::Script(ScriptUpdater::Module(module.clone())),
            Some(Value::Object(functions)) if is_updater(functions) => {
                let inside = inside(name, place, file).map(UpdaterChoice::Script);
                // A type counts more than functions do for standard-version, and less for the other.
                let (first, second) = if self.argv.profile.is_catv() { (inside, of_type) } else { (of_type, inside) };
                first.or(second).unwrap_or(UpdaterChoice::ByName)
            }
            _ => of_type.unwrap_or(UpdaterChoice::ByName),
        };
        Ok(FileEntry { filename, updater, shown: stringify(entry, "") })
    }
}

fn is_updater(functions: &Object) -> bool {
    ["readVersion", "writeVersion"].iter().all(|name| functions.get(name) == Some(&Value::Function))
}

/// Where a configuration that is code has an updater. Only there can functions stand.
fn inside(name: &str, place: usize, file: Option<&Source>) -> Option<ScriptUpdater> {
    let file = file.filter(|file| file.is_script)?;
    let flag = super::table::named(name, Profile::CatV13).map(super::table::Row::flag);
    let key = [Some(name.to_owned()), flag].into_iter().flatten().find(|key| file.object.get(key).is_some())?;
    let at = vec![key, place.to_string(), "updater".to_owned()];
    Some(ScriptUpdater::Inside { file: file.path.display().to_string(), at })
}

fn is_set(object: &Object, key: &str) -> bool {
    object.get(key).is_some_and(Value::is_truthy)
}

fn commands(scripts: &Object) -> Result<BTreeMap<String, String>, Refusal> {
    let set = scripts.iter().filter(|(_, value)| value.is_truthy());
    set.map(|(hook, value)| match value {
        Value::Text(command) => Ok((hook.to_owned(), command.clone())),
        other => {
            Err(Refusal::new(format!("scripts.{hook} must be a command but is {}: give it as a string", shown(other))))
        }
    })
    .collect()
}

/// A text; a number will do.
pub(super) fn text(name: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Text(_) | Value::Number(_) => Ok(value.to_text()),
        Value::List(values) if values.iter().all(|value| matches!(value, Value::Text(_))) => {
            Err(Refusal::new(format!("{name} must be a string, and there are {}: give it once", values.len())))
        }
        other => Err(Refusal::new(format!(
            "{name} must be a string but is {}: mend it on the command line, in package.json or in the configuration file",
            shown(other)
        ))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => value.to_text(),
        Value::Text(text) => format!("{text:?}"),
        other => other.described().to_owned(),
    }
}
