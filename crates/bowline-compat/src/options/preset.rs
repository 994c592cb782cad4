//! The preset: its name, and what may be set about it.

use super::settle::{Settling, text};
use super::{CommitType, Preset, PresetName, Refusal, defaults};
use crate::javascript::parse::parse;
use crate::javascript::{Object, Value};
use crate::profile::Profile;

/// The package of the default preset.
const DEFAULT: &str = "conventional-changelog-conventionalcommits";

/// The preset that was asked for, with its parts.
pub(super) fn preset(said: &Settling<'_>) -> Result<Preset, Refusal> {
    let profile = said.argv.profile;
    let mut preset = Preset {
        name: PresetName::ConventionalCommits,
        types: types(&said.value("types").unwrap_or(Value::Null))?,
        pre_major: said.value("preMajor").is_some_and(|value| value.is_truthy()),
        commit_url_format: said.text("commitUrlFormat")?,
        compare_url_format: said.text("compareUrlFormat")?,
        issue_url_format: said.text("issueUrlFormat")?,
        user_url_format: said.text("userUrlFormat")?,
        release_commit_message_format: said.text("releaseCommitMessageFormat")?,
        issue_prefixes: prefixes(&said.value("issuePrefixes").unwrap_or(Value::Null))?,
        pre_major_by_version: true,
        parser_opts: passed(said, "parserOpts")?,
        writer_opts: passed(said, "writerOpts")?,
    };
    let asked = said.argv.get("preset").filter(|value| value.is_truthy());
    let (name, own) = match asked {
        None => return Ok(preset),
        // Only this very name takes what is configured beside it.
        Some(Value::Text(name)) if profile == Profile::CatV13 && name == DEFAULT => return Ok(preset),
        Some(Value::Text(name)) => (name.clone(), None),
        Some(Value::Object(object)) => (text("preset.name", object.get("name").unwrap_or(&Value::Null))?, Some(object)),
        Some(other) => return Err(Refusal::new(format!("preset must be a string but is {}", other.described()))),
    };
    preset.name = named(&name, profile)?;
    preset.pre_major_by_version = own.is_some();
    preset.pre_major = false;
    own_parts(&mut preset, own, profile)?;
    Ok(preset)
}

/// A preset that is asked for by name has its own defaults, and only an object changes them.
fn own_parts(preset: &mut Preset, own: Option<&Object>, profile: Profile) -> Result<(), Refusal> {
    let part = |key: &str| own.and_then(|object| object.get(key)).filter(|value| value.is_truthy());
    preset.types = match part("types") {
        Some(value) => types(value)?,
        None => types(&parse(defaults::PRESET_TYPES).unwrap_or(Value::Null))?,
    };
    preset.issue_prefixes = match part("issuePrefixes") {
        Some(value) => prefixes(value)?,
        None => vec!["#".to_owned()],
    };
    preset.pre_major = part("preMajor").is_some();
    for (key, format) in [
        ("commitUrlFormat", &mut preset.commit_url_format),
        ("compareUrlFormat", &mut preset.compare_url_format),
        ("issueUrlFormat", &mut preset.issue_url_format),
        ("userUrlFormat", &mut preset.user_url_format),
    ] {
        let value = part(key).cloned().or_else(|| defaults::of(key, profile)).unwrap_or(Value::Null);
        *format = text(&format!("preset.{key}"), &value)?;
    }
    Ok(())
}

fn named(name: &str, profile: Profile) -> Result<PresetName, Refusal> {
    const NAMES: [(&str, PresetName); 9] = [
        ("conventionalcommits", PresetName::ConventionalCommits),
        ("angular", PresetName::Angular),
        ("atom", PresetName::Atom),
        ("codemirror", PresetName::CodeMirror),
        ("ember", PresetName::Ember),
        ("eslint", PresetName::EsLint),
        ("express", PresetName::Express),
        ("jquery", PresetName::JQuery),
        ("jshint", PresetName::JsHint),
    ];
    let short = name.to_lowercase();
    let short = short.strip_prefix("conventional-changelog-").unwrap_or(&short);
    let known = if profile == Profile::CatV13 { NAMES.get(..1).unwrap_or_default() } else { NAMES.as_slice() };
    if let Some((_, preset)) = known.iter().find(|(known, _)| *known == short) {
        return Ok(*preset);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let others = if profile == Profile::CatV13 { "; --profile catv12 has the others" } else { "" };
    Err(Refusal::new(format!(
        "there is no preset {name} here: presets that are packages or files of their own cannot be run\nUse one of {}{others}.",
        names.join(", ")
    )))
}

fn types(value: &Value) -> Result<Vec<CommitType>, Refusal> {
    let refused = |what: String| {
        Refusal::new(format!(
            "{what}: write [{{\"type\": \"feat\", \"section\": \"Features\"}}] into a configuration file"
        ))
    };
    let Value::List(entries) = value else {
        return Err(refused(format!("types must be an array of objects but is {}", value.described())));
    };
    let texts = |entry: &Object, key: &str| entry.get(key).filter(|value| value.is_truthy()).map(Value::to_text);
    let parsed = entries.iter().enumerate().map(|(place, entry)| match entry {
        Value::Object(entry) => Ok(CommitType {
            name: texts(entry, "type").unwrap_or_default(),
            scope: texts(entry, "scope"),
            section: texts(entry, "section"),
            hidden: entry.get("hidden").is_some_and(Value::is_truthy),
            effect: texts(entry, "effect"),
        }),
        other => Err(refused(format!("entry {place} in types is {}", other.described()))),
    });
    parsed.collect()
}

fn prefixes(value: &Value) -> Result<Vec<String>, Refusal> {
    match value {
        Value::List(values) => values.iter().map(|value| text("an entry in issuePrefixes", value)).collect(),
        other => Err(Refusal::new(format!("issuePrefixes must be an array of strings but is {}", other.described()))),
    }
}

/// Options for the parser or the writer, as they are. Functions cannot be run from here.
fn passed(said: &Settling<'_>, name: &str) -> Result<serde_json::Value, Refusal> {
    let Some(value) = said.argv.get(name).filter(|_| said.argv.profile.is_catv()) else {
        return Ok(serde_json::Value::Null);
    };
    if let Some(at) = function(value, name) {
        return Err(Refusal::new(format!(
            "{at} is a function, and the changelog is not made by JavaScript here\nRemove it, or use {} for this project.",
            said.argv.profile.package()
        )));
    }
    Ok(value.to_json())
}

/// Where a function stands in a value.
fn function(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::Function => Some(at.to_owned()),
        Value::List(values) => {
            values.iter().enumerate().find_map(|(place, value)| function(value, &format!("{at}.{place}")))
        }
        Value::Object(object) => object.iter().find_map(|(key, value)| function(value, &format!("{at}.{key}"))),
        _ => None,
    }
}
