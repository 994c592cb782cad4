//! The rules of each preset, with what the configuration says besides (`parserOpts`, `writerOpts`).

use super::parser::{Dialect, Fields, Finder, Pattern, Rules};
use super::text::pattern;
use super::{Error, Question};
use crate::options::PresetName;
use crate::profile::Profile;
use serde_json::{Map, Value};

const PARSER: &str = "parserOpts";
const WRITER: &str = "writerOpts";
const ACTIONS: [&str; 9] = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

/// What a known forge brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forge {
    pub(super) issue: &'static str,
    pub(super) commit: &'static str,
    pub(super) actions: &'static [&'static str],
    pub(super) prefixes: &'static [&'static str],
}

pub(super) const GITHUB: Forge =
    Forge { issue: "issues", commit: "commit", actions: &ACTIONS, prefixes: &["#", "gh-"] };
pub(super) const GITLAB: Forge = Forge {
    issue: "issues",
    commit: "commit",
    actions: &["close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing"],
    prefixes: &["#"],
};
pub(super) const BITBUCKET: Forge = Forge {
    issue: "issue",
    commit: "commits",
    actions: &[
        "close",
        "closes",
        "closed",
        "closing",
        "fix",
        "fixes",
        "fixed",
        "fixing",
        "resolve",
        "resolves",
        "resolved",
        "resolving",
    ],
    prefixes: &["#"],
};

/// A preset in the words of its own reader.
struct Draft {
    header: &'static str,
    parts: &'static [&'static str],
    breaking: Option<&'static str>,
    notes: &'static [&'static str],
    revert: (&'static str, &'static str),
    merge: Option<(&'static str, &'static str)>,
}

const BOTH_NOTES: &[&str] = &["BREAKING CHANGE", "BREAKING-CHANGE"];
const ONE_NOTE: &[&str] = &["BREAKING CHANGE"];
const PLAIN_REVERT: (&str, &str) = (r#"^Revert\s"([\s\S]*)"\s*This reverts commit (\w*)\."#, "");
const ANY_REVERT: (&str, &str) = (r#"^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w*)\."#, "i");

const fn draft(preset: PresetName) -> Draft {
    let plain = Draft { header: "", parts: &[], breaking: None, notes: BOTH_NOTES, revert: PLAIN_REVERT, merge: None };
    match preset {
        PresetName::ConventionalCommits => Draft {
            header: r"^(\w*)(?:\((.*)\))?!?: (.*)$",
            parts: &["type", "scope", "subject"],
            breaking: Some(r"^(\w*)(?:\((.*)\))?!: (.*)$"),
            revert: ANY_REVERT,
            ..plain
        },
        PresetName::Angular => Draft {
            header: r"^(\w*)(?:\((.*)\))?: (.*)$",
            parts: &["type", "scope", "subject"],
            notes: ONE_NOTE,
            revert: ANY_REVERT,
            ..plain
        },
        PresetName::Atom => Draft { header: r"^(:.*?:) (.*)$", parts: &["emoji", "shortDesc"], ..plain },
        PresetName::CodeMirror => {
            Draft { header: r"^\[(.*?)(?: (.*))?\] (.*)$", parts: &["language", "type", "message"], ..plain }
        }
        PresetName::Ember => Draft {
            header: r"^\[(.*) (.*)\] (.*)$",
            parts: &["tag", "taggedAs", "message"],
            merge: Some((r"^Merge pull request #(.*) from .*$", "pr")),
            ..plain
        },
        PresetName::EsLint => Draft { header: r"^(\w*):\s*(.*)$", parts: &["tag", "message"], ..plain },
        PresetName::Express | PresetName::JQuery => {
            Draft { header: r"^(\w*): (.*)$", parts: &["component", "shortDesc"], ..plain }
        }
        PresetName::JsHint => {
            Draft { header: r"^\[\[(.*)\]\] (.*)$", parts: &["type", "shortDesc"], notes: ONE_NOTE, ..plain }
        }
    }
}

/// How commits are read: for the bump when no forge counts, for the changelog with the one that was found.
pub(super) fn rules(question: &Question<'_>, forge: Option<Forge>) -> Result<Rules, Error> {
    let is_modern = question.profile == Profile::CatV13;
    let preset = draft(question.preset.name);
    let given = object(question, &question.preset.parser_opts, PARSER)?;
    refuse_unknown(
        given,
        PARSER,
        &[
            "headerPattern",
            "headerCorrespondence",
            "breakingHeaderPattern",
            "mergePattern",
            "mergeCorrespondence",
            "revertPattern",
            "revertCorrespondence",
            "noteKeywords",
            "fieldPattern",
            "commentChar",
            "referenceActions",
            "issuePrefixes",
            "issuePrefixesCaseSensitive",
            "warn",
        ],
    )?;
    let own = |key: &str, flags: &str, source: &str| {
        pattern(source, flags).map_err(|reason| Error::Pattern { what: key.to_owned(), reason })
    };
    let given_pattern = |key: &str, default: Option<(&str, &str)>| match given.and_then(|given| given.get(key)) {
        None => default.map(|(source, flags)| own(key, flags, source)).transpose(),
        Some(Value::Null) => Ok(None),
        Some(Value::String(source)) => own(&format!("{PARSER}.{key}"), "", source).map(Some),
        Some(_) => Err(refused(PARSER, key, "is no text")),
    };
    let given_list =
        |key: &str| given.and_then(|given| given.get(key)).map(|value| list(value, PARSER, key)).transpose();
    let names = |key: &str, default: &[&str]| -> Result<Vec<std::rc::Rc<str>>, Error> {
        let given = given_list(key)?.flatten();
        let names = given.unwrap_or_else(|| default.iter().map(|&name| name.to_owned()).collect());
        Ok(names.iter().map(|name| super::text::trim(name).into()).collect())
    };
    let header = given_pattern("headerPattern", Some((preset.header, "")))?;
    let header = Pattern {
        regex: header.map_or_else(|| own("headerPattern", "", r"[^\s\S]"), Ok)?,
        names: names("headerCorrespondence", preset.parts)?,
    };
    let breaking = given_pattern("breakingHeaderPattern", preset.breaking.map(|source| (source, "")))?;
    let breaking_header = breaking.map(|regex| Pattern { regex, names: header.names.clone() });
    let merge = given_pattern("mergePattern", preset.merge.map(|(source, _)| (source, "")))?;
    let merge_names =
        names("mergeCorrespondence", preset.merge.as_ref().map_or(&[], |(_, name)| std::slice::from_ref(name)))?;
    let revert = given_pattern("revertPattern", Some(preset.revert))?;
    let revert_names = names("revertCorrespondence", &["header", "hash"])?;
    let keywords = given_list("noteKeywords")?;
    let keywords = keywords.unwrap_or_else(|| Some(preset.notes.iter().map(|&word| word.to_owned()).collect()));
    let notes = keywords.map(|keywords| notes(&keywords, is_modern)).transpose()?;
    let fields = match given.and_then(|given| given.get("fieldPattern")) {
        None => Fields::Dashes,
        Some(_) => given_pattern("fieldPattern", None)?.map_or(Fields::None, Fields::Custom),
    };
    let comment = match given.and_then(|given| given.get("commentChar")) {
        None | Some(Value::Null) => None,
        Some(Value::String(comment)) => Some(comment.clone()),
        Some(_) => return Err(refused(PARSER, "commentChar", "is no text")),
    };
    let is_case_sensitive = given.and_then(|given| given.get("issuePrefixesCaseSensitive")) == Some(&Value::Bool(true));
    let actions = actions(given_list("referenceActions")?, forge, is_modern);
    let prefixes = prefixes(question, given_list("issuePrefixes")?, forge);
    let references = Finder::new(actions.as_deref(), prefixes.as_deref(), is_case_sensitive, is_modern)
        .map_err(|reason| Error::Pattern { what: "issuePrefixes or referenceActions".to_owned(), reason })?;
    Ok(Rules {
        dialect: if is_modern { Dialect::Modern } else { Dialect::Classic },
        header,
        breaking_header,
        merge: merge.map(|regex| Pattern { regex, names: merge_names }),
        revert: revert.map(|regex| Pattern { regex, names: revert_names }),
        notes,
        fields,
        comment,
        references,
    })
}

/// A forge that is known decides in the older ones, whatever people say; in 13 it fills in.
fn actions(given: Option<Option<Vec<String>>>, forge: Option<Forge>, is_modern: bool) -> Option<Vec<String>> {
    let of = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
    match (given, forge) {
        (Some(Some(given)), Some(_)) if is_modern && !given.is_empty() => Some(given),
        (_, Some(forge)) => of(forge.actions),
        (Some(given), None) => given,
        (None, None) => of(&ACTIONS),
    }
}

fn prefixes(question: &Question<'_>, given: Option<Option<Vec<String>>>, forge: Option<Forge>) -> Option<Vec<String>> {
    let preset = if question.is_default_preset() && !question.preset_by_name {
        Some(question.preset.issue_prefixes.clone())
    } else if question.is_default_preset() {
        Some(vec!["#".to_owned()])
    } else {
        None
    };
    let of = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    match given.unwrap_or(preset.clone()).filter(|prefixes| !prefixes.is_empty()) {
        Some(prefixes) => Some(prefixes),
        None => Some(forge.map_or_else(|| of(&["#"]), |forge| of(forge.prefixes))),
    }
}

fn notes(keywords: &[String], is_modern: bool) -> Result<regex::Regex, Error> {
    let words = keywords.iter().map(|word| super::text::trim(word)).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| if is_modern { regex::escape(word) } else { word.to_owned() }).collect();
    let words = words.join("|");
    let source =
        if is_modern { format!(r"^(?:\*\s+)?({words}):\s*(.*)") } else { format!(r"^[\s|*]*({words})[:\s]+(.*)") };
    pattern(&source, "i").map_err(|reason| Error::Pattern { what: "noteKeywords".to_owned(), reason })
}

/// What the writer does besides the preset.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer {
    pub(super) group_by: Option<String>,
    pub(super) commit_groups_sort: Option<Sort>,
    pub(super) commits_sort: Option<Sort>,
    pub(super) note_groups_sort: Option<Sort>,
    pub(super) notes_sort: Option<Sort>,
    pub(super) keeps_reverted: bool,
    pub(super) reverse: bool,
    pub(super) flush: Option<bool>,
    pub(super) generate_on: Option<GenerateOn>,
}

/// By which fields things are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Not at all.
    None,
    /// By one field.
    Field(String),
    /// By several, joined.
    Fields(Vec<String>),
}

/// What begins a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GenerateOn {
    /// A commit that has this field.
    Field(String),
    /// Nothing.
    Never,
}

/// What `writerOpts` says.
pub(super) fn writer(question: &Question<'_>) -> Result<Writer, Error> {
    let Some(given) = object(question, &question.preset.writer_opts, WRITER)? else { return Ok(Writer::default()) };
    refuse_unknown(
        Some(given),
        WRITER,
        &[
            "groupBy",
            "commitGroupsSort",
            "commitsSort",
            "noteGroupsSort",
            "notesSort",
            "ignoreReverted",
            "reverse",
            "doFlush",
            "generateOn",
        ],
    )?;
    let sort = |key: &str| match given.get(key) {
        None => Ok(None),
        Some(Value::Null | Value::Bool(false)) => Ok(Some(Sort::None)),
        Some(Value::String(field)) => Ok(Some(Sort::Field(field.clone()))),
        Some(value) => list(value, WRITER, key).map(|fields| fields.map(Sort::Fields)),
    };
    let flag = |key: &str| match given.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(refused(WRITER, key, "is neither true nor false")),
    };
    Ok(Writer {
        group_by: match given.get("groupBy") {
            None => None,
            Some(Value::String(field)) => Some(field.clone()),
            Some(_) => return Err(refused(WRITER, "groupBy", "is no text")),
        },
        commit_groups_sort: sort("commitGroupsSort")?,
        commits_sort: sort("commitsSort")?,
        note_groups_sort: sort("noteGroupsSort")?,
        notes_sort: sort("notesSort")?,
        keeps_reverted: flag("ignoreReverted")? == Some(false),
        reverse: flag("reverse")? == Some(true),
        flush: flag("doFlush")?,
        generate_on: match given.get("generateOn") {
            None => None,
            Some(Value::String(field)) => Some(GenerateOn::Field(field.clone())),
            Some(Value::Null | Value::Bool(_)) => Some(GenerateOn::Never),
            Some(_) => return Err(refused(WRITER, "generateOn", "is no text")),
        },
    })
}

/// standard-version knows neither object, and passes over it without a word.
fn object<'v>(
    question: &Question<'_>,
    value: &'v Value,
    object: &'static str,
) -> Result<Option<&'v Map<String, Value>>, Error> {
    match value {
        _ if !question.profile.is_catv() => Ok(None),
        Value::Null => Ok(None),
        Value::Object(given) => Ok(Some(given)),
        _ => Err(refused(object, object, "is no object")),
    }
}

fn refuse_unknown(given: Option<&Map<String, Value>>, object: &'static str, known: &[&str]) -> Result<(), Error> {
    let unknown = given.into_iter().flat_map(Map::keys).find(|key| !known.contains(&key.as_str()));
    unknown.map_or(Ok(()), |key| Err(refused(object, key, "is not one that can be followed here")))
}

fn refused(object: &'static str, key: &str, reason: &str) -> Error {
    Error::Key { object, key: key.to_owned(), reason: reason.to_owned() }
}

/// A list, or a text with commas; `None` when it is null.
fn list(value: &Value, object: &'static str, key: &str) -> Result<Option<Vec<String>>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(joined) => Ok(Some(joined.split(',').map(str::to_owned).collect())),
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
            texts.map(Some).ok_or_else(|| refused(object, key, "holds something that is no text"))
        }
        _ => Err(refused(object, key, "is neither a text nor a list of texts")),
    }
}
