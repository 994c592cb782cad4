//! A value of the file against its [`Kind`]: the plain value, or what is wrong with it.

use super::kind::{Kind, LINK_PLACES, Words};
use super::quantity;
use crate::suggest::closest;
use bowline_model::Version;
use bowline_model::tag::{TagForm, floating_tag};
use bowline_model::text::one_line;
use bowline_model::tool::ToolVersion;
use bowline_model::version::Range;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

/// What is wrong, as the rest of a sentence that begins with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Where, when it is not the whole value.
    pub(crate) offset: Option<usize>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, offset: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Reads `value` as `kind` says.
pub(crate) fn check(kind: Kind, value: &DeValue<'_>) -> Result<Value, Problem> {
    match kind {
        Kind::Boolean => boolean(value),
        Kind::Count(least) => count(value, least).map(Value::from),
        Kind::Size if value.is_integer() => count(value, 1).map(Value::from),
        Kind::FileOrFalse if value.as_bool() == Some(false) => Ok(Value::Bool(false)),
        Kind::FileOrFalse if value.is_bool() => Err(Problem::new("must be a path, or `false` for none")),
        Kind::Identifier if value.as_bool() == Some(true) => Ok(Value::Bool(true)),
        Kind::Identifier if value.is_bool() => {
            Err(Problem::new("must be an identifier, or `true` for the channel's name").hint("leave it out for none"))
        }
        Kind::Globs | Kind::Lines => list(value, &|text| line(text).map(Value::from)),
        Kind::FloatingTags => list(value, &|text| floating(text).map(Value::from)),
        Kind::Patterns => list(value, &|text| pattern(text).map(Value::from)),
        Kind::WordList(words) => word_list(value, words),
        Kind::Command => command(value),
        _ => text(kind, string(value)?),
    }
}

fn text(kind: Kind, text: &str) -> Result<Value, Problem> {
    match kind {
        Kind::Name => name(text),
        Kind::Person if text.contains(['<', '>']) => Err(Problem::new("must not contain `<` or `>`")),
        Kind::Email => email(text),
        Kind::Text => lines(text),
        Kind::Message => message(text, &PLACEHOLDERS),
        Kind::Comment => message(text, &COMMENT_PLACEHOLDERS),
        Kind::Tag => TagForm::new(text, "package").map(|_| text.to_owned()).map_err(|error| bad_tag(&error)),
        Kind::File | Kind::FileOrFalse => file(text),
        Kind::VersionedFile => versioned_file(text),
        Kind::Folder => folder(text),
        Kind::Variable if text.contains('\0') => Err(Problem::new("must not contain a zero byte")),
        Kind::Variable => Ok(text.to_owned()),
        Kind::Size => return size(text).map(Value::from),
        Kind::Duration => return duration(text).map(Value::from),
        Kind::Version => version(text),
        Kind::Address => address(text),
        Kind::Link(places) => link(text, places),
        Kind::Slug => slug(text),
        Kind::Numbers => numbers(text),
        Kind::Glob => glob(text),
        Kind::Pattern => compiled(text, regex(text)),
        Kind::Identifier => identifier(text),
        Kind::Range => range(text),
        Kind::Program => program(text),
        Kind::Store => super::store::check(text),
        Kind::Word(words) => word(text, words),
        _ => line(text),
    }
    .map(Value::from)
}

fn address(text: &str) -> Result<String, Problem> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| Problem::new("must begin with `https://`"))?;
    if rest.contains('@') {
        return Err(Problem::new("must not hold a login").hint("tokens come from variables, files or commands"));
    }
    let is_plain =
        !rest.starts_with('/') && !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || "?#".contains(c));
    is_plain
        .then(|| text.trim_end_matches('/').to_owned())
        .ok_or_else(|| Problem::new("must be an address with a host"))
}

/// An address with places to fill in that ends no link in Markdown.
fn link(text: &str, places: &[&str]) -> Result<String, Problem> {
    let places: Vec<&str> = places.iter().chain(&LINK_PLACES).copied().collect();
    let text = message(text, &places)?;
    if !["https://", "http://", "{host}"].iter().any(|start| text.starts_with(start)) {
        return Err(Problem::new("must begin with `https://` or `{host}`"));
    }
    let is_plain = !text.contains(|c: char| c.is_whitespace() || "()<>[]\\`".contains(c));
    is_plain.then_some(text).ok_or_else(|| Problem::new("has characters that end a link in Markdown"))
}

fn glob(text: &str) -> Result<String, Problem> {
    let text = line(text)?;
    match globset::GlobBuilder::new(&text).literal_separator(true).build() {
        Ok(_) => Ok(text),
        Err(error) => Err(Problem::new(format!("is no pattern: {}", error.kind()))),
    }
}

/// One identifier of SemVer's pre-releases. Digits alone would be a number, which sorts below every word.
fn identifier(text: &str) -> Result<String, Problem> {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let word = text.bytes().any(|byte| !byte.is_ascii_digit());
    if letters && word && text.len() <= MAX_NAME {
        return Ok(text.to_owned());
    }
    Err(Problem::new("must be letters, digits and `-`, and not digits alone")
        .hint("for example `beta`: the number comes after it"))
}

fn range(text: &str) -> Result<String, Problem> {
    text.parse::<Range>().map(|range| range.to_string()).map_err(|_| {
        Problem::new(format!("has `{}`, which is no range", one_line(text, 40))).hint("write `1.x` or `1.2.x`")
    })
}

fn slug(text: &str) -> Result<String, Problem> {
    let is_part = |part: &str| {
        !part.is_empty()
            && !matches!(part, "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_part(owner) && is_part(name) => Ok(text.to_owned()),
        _ => Err(Problem::new("must be `owner/name`")),
    }
}

fn pattern(text: &str) -> Result<String, Problem> {
    compiled(text, regex::bytes::RegexBuilder::new(text).size_limit(MAX_PATTERN).build())
}

/// A regular expression for text. It takes time in proportion to text and pattern, whatever both are, and bounded space; a
/// carriage return belongs to the end of a line.
pub(crate) fn regex(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text).crlf(true).size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN).build()
}

fn compiled<R>(text: &str, built: Result<R, regex::Error>) -> Result<String, Problem> {
    match built {
        Ok(_) if text.is_empty() => Err(Problem::new("must not be empty: it would match everything")),
        Ok(_) => Ok(text.to_owned()),
        Err(regex::Error::Syntax(why)) => {
            // Its last line says what is wrong; those before it draw where.
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(Problem::new(format!("is no regular expression: {}", one_line(&why, 120))))
        }
        Err(_) => Err(Problem::new("is too large a regular expression")),
    }
}

fn string<'a>(value: &'a DeValue<'_>) -> Result<&'a str, Problem> {
    value.as_str().ok_or_else(|| {
        let problem = Problem::new(format!("must be text in quotes, not {}", article(value)));
        if value.is_array() { problem.hint("write one text instead of a list") } else { problem }
    })
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What is wrong when a table was expected.
pub(crate) fn not_a_table(value: &DeValue<'_>) -> String {
    format!("must be a table, not {}", article(value))
}

fn boolean(value: &DeValue<'_>) -> Result<Value, Problem> {
    value.as_bool().map(Value::Bool).ok_or_else(|| {
        let problem = Problem::new(format!("must be `true` or `false`, not {}", article(value)));
        if matches!(value.as_str(), Some("true" | "false")) { problem.hint("leave the quotes out") } else { problem }
    })
}

fn count(value: &DeValue<'_>, least: u64) -> Result<u64, Problem> {
    let integer = value
        .as_integer()
        .ok_or_else(|| Problem::new(format!("must be a whole number without quotes, not {}", article(value))))?;
    i128::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| (least..=quantity::MAX_NUMBER).contains(number))
        .ok_or_else(|| Problem::new(format!("must be between {least} and {}", quantity::MAX_NUMBER)))
}

fn list(value: &DeValue<'_>, item: &dyn Fn(&str) -> Result<Value, Problem>) -> Result<Value, Problem> {
    let array = value.as_array().ok_or_else(|| {
        let problem = Problem::new(format!("must be a list, not {}", article(value)));
        match value.as_str() {
            Some(text) => problem.hint(format!("write it as a list: `[\"{}\"]`", one_line(text, 60))),
            None => problem,
        }
    })?;
    let checked = |element: &Spanned<DeValue<'_>>| {
        string(element.get_ref()).and_then(item).map_err(|problem| Problem {
            message: format!("has an element that {}", problem.message),
            offset: Some(element.span().start),
            ..problem
        })
    };
    array.iter().map(checked).collect::<Result<Vec<Value>, Problem>>().map(Value::from)
}

fn word_list(value: &DeValue<'_>, words: Words) -> Result<Value, Problem> {
    let list = list(value, &|text| word(text, words).map(Value::from))?;
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    if items.iter().enumerate().any(|(n, item)| items[..n].contains(item)) {
        return Err(Problem::new("names something twice"));
    }
    Ok(list)
}

fn command(value: &DeValue<'_>) -> Result<Value, Problem> {
    if let Some(text) = value.as_str() {
        let words: Vec<String> = text.split_whitespace().map(|word| format!("\"{}\"", one_line(word, 40))).collect();
        return Err(Problem::new("must be a list of program and arguments: no shell reads it")
            .hint(format!("for example `[{}]`", words.join(", "))));
    }
    let argv = list(value, &|text| text_without_zero(text).map(Value::from))?;
    match argv.as_array().and_then(|argv| argv.first()).and_then(Value::as_str) {
        Some(program) if !program.trim().is_empty() => Ok(argv),
        _ => Err(Problem::new("must name a program first")),
    }
}

fn text_without_zero(text: &str) -> Result<String, Problem> {
    if text.contains('\0') { Err(Problem::new("must not contain a zero byte")) } else { Ok(text.to_owned()) }
}

fn line(text: &str) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new("must not be empty"));
    }
    if text.contains(char::is_control) {
        return Err(Problem::new("must be one line without control characters"));
    }
    Ok(text.to_owned())
}

/// Line ends become `\n`, so that a checkout's setting for them changes nothing.
fn lines(text: &str) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new("must not be empty").hint("leave it out for the default"));
    }
    let text = text.replace("\r\n", "\n");
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Problem::new("must not contain control characters"));
    }
    Ok(text)
}

fn message(text: &str, places: &[&str]) -> Result<String, Problem> {
    let text = lines(text)?;
    if text.lines().next().is_none_or(|first| first.trim().is_empty()) {
        return Err(Problem::new("must not begin with an empty line"));
    }
    let rest = places.iter().fold(text.clone(), |rest, placeholder| rest.replace(placeholder, ""));
    let Some(start) = rest.find(['{', '}']) else { return Ok(text) };
    let found = rest.get(start..).unwrap_or("");
    let found = found.split_inclusive('}').next().unwrap_or(found);
    let quoted: Vec<String> = places.iter().map(|place| format!("`{place}`")).collect();
    Err(Problem::new(format!("has `{}`, which is no place to fill in", one_line(found, 40)))
        .hint(format!("there are {}", quoted.join(", "))))
}

fn floating(text: &str) -> Result<String, Problem> {
    let made = floating_tag(text, "package", &Version::new(1, 0, 0));
    made.map(|_| text.to_owned()).map_err(|error| bad_tag(&error))
}

fn bad_tag(error: &dyn std::error::Error) -> Problem {
    let reason = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    Problem::new(format!("cannot be used: {error}{reason}"))
}

fn name(text: &str) -> Result<String, Problem> {
    let text = line(text)?;
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._/-".contains(&byte));
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@');
    let parts = text.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if letters && first && parts && !text.contains("..") && text.len() <= MAX_NAME {
        return Ok(text);
    }
    Err(Problem::new(format!(
        "must be a name of letters, digits and `. _ - @ /`, at most {MAX_NAME}, that begins with a letter, a digit or `@`"
    )))
}

fn email(text: &str) -> Result<String, Problem> {
    let text = line(text)?;
    let valid = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if valid && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>')) {
        return Ok(text);
    }
    Err(Problem::new("must be a mail address such as `releases@example.org`"))
}

/// A path from the root in its one spelling, `.` for the root itself.
fn folder(text: &str) -> Result<String, Problem> {
    let text = line(text)?;
    if text.contains('\\') {
        return Err(Problem::new("must use `/` between folders"));
    }
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || drive || text.split('/').any(|part| part == "..") {
        return Err(Problem::new("must stay inside the repository").hint("write the path from the repository's root"));
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.iter().any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(Problem::new("must not lead into git's own folder"));
    }
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

fn file(text: &str) -> Result<String, Problem> {
    let path = folder(text)?;
    if path == "." || text.ends_with('/') { Err(Problem::new("must name a file, not a folder")) } else { Ok(path) }
}

/// The version stands in the file's name, so that its folder can be read before the version is known.
fn versioned_file(text: &str) -> Result<String, Problem> {
    let path = file(text)?;
    let name = path.rsplit('/').next().unwrap_or(&path);
    if name.matches("{version}").count() == 1 && !path.replacen("{version}", "", 1).contains(['{', '}']) {
        return Ok(path);
    }
    let problem = Problem::new("must have `{version}` once, in the file's name, and no other braces");
    Err(problem.hint("for example `docs/upgrading/{version}.md`"))
}

fn size(text: &str) -> Result<u64, Problem> {
    quantity::size(text).ok_or_else(|| {
        Problem::new(format!("has `{}`, which is no size", one_line(text, 40)))
            .hint("write a number and a unit without a space: `512kB`, `100MB`, `2GiB`")
    })
}

fn duration(text: &str) -> Result<u64, Problem> {
    quantity::duration(text).ok_or_else(|| {
        Problem::new(format!("has `{}`, which is no length of time between `1s` and `30d`", one_line(text, 40)))
            .hint("write a whole number and one unit: `90s`, `10m`, `24h`, `7d`")
    })
}

fn version(text: &str) -> Result<String, Problem> {
    text.parse::<Version>().map(|version| version.to_string()).map_err(|error| {
        let problem = Problem::new(format!("cannot be used: {error}"));
        let bare = text.trim().trim_start_matches(['v', 'V']);
        if bare != text && bare.parse::<Version>().is_ok() { problem.hint(format!("write `{bare}`")) } else { problem }
    })
}

fn numbers(text: &str) -> Result<String, Problem> {
    text.parse::<ToolVersion>().map(|version| version.to_string()).map_err(|error| {
        Problem::new(format!("cannot be used: {error}")).hint("write the numbers alone: `2.45`, `2.45.1`")
    })
}

/// What a relative path or a bare name would mean depends on the working directory or is in the repository's hands.
fn program(text: &str) -> Result<String, Problem> {
    let path = line(text)?;
    if !path.starts_with('/') {
        return Err(Problem::new("must be an absolute path").hint(
            "leave it out to search PATH; a file of the repository is no tool, because whoever changes the repository \
             would choose what runs",
        ));
    }
    if path.ends_with('/') { Err(Problem::new("must name a file, not a folder")) } else { Ok(path) }
}

fn word(text: &str, words: Words) -> Result<String, Problem> {
    if words.now.contains(&text) {
        return Ok(text.to_owned());
    }
    let shown = one_line(text, 40);
    if words.later.iter().any(|later| *later == text || (later.ends_with("://") && text.starts_with(later))) {
        return Err(Problem::new(format!("has `{shown}`, which is not available in this version of Bowline"))
            .hint(format!("use {}, or a version that has it", words.shown())));
    }
    let problem = Problem::new(format!("has `{shown}`, and must be {}", words.shown()));
    Err(match closest(text, words.now.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    })
}

/// The places in messages.
pub(crate) const PLACEHOLDERS: [&str; 3] = ["{version}", "{tag}", "{package}"];
/// Those in comments.
const COMMENT_PLACEHOLDERS: [&str; 4] = ["{version}", "{tag}", "{package}", "{url}"];
const MAX_NAME: usize = 100;
/// Bytes that a compiled regular expression may take.
const MAX_PATTERN: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, toml: &str) -> Result<Value, String> {
        let value = DeValue::parse(toml).unwrap();
        check(kind, value.get_ref()).map_err(|problem| problem.message)
    }

    #[test]
    fn good_values() {
        for (kind, toml, json) in [
            (Kind::Name, r#""@scope/app-1.x""#, r#""@scope/app-1.x""#),
            (Kind::Text, "\"a\\r\\nb\"", r#""a\nb""#),
            (Kind::Message, r#""{package} {version} ({tag})""#, r#""{package} {version} ({tag})""#),
            (Kind::Comment, r#""in {url}""#, r#""in {url}""#),
            (Kind::Lines, r#"["a: b"]"#, r#"["a: b"]"#),
            (Kind::Tag, r#""{package}@{version}""#, r#""{package}@{version}""#),
            (Kind::FloatingTags, r#"["v{major}", "stable"]"#, r#"["v{major}","stable"]"#),
            (Kind::File, r#""./docs//CHANGES.md""#, r#""docs/CHANGES.md""#),
            (Kind::VersionedFile, r#""docs/to-{version}.md""#, r#""docs/to-{version}.md""#),
            (Kind::Folder, r#""./""#, r#"".""#),
            (Kind::Folder, r#""a/./b/""#, r#""a/b""#),
            (Kind::FileOrFalse, "false", "false"),
            (Kind::Globs, r#"["main", "release/*"]"#, r#"["main","release/*"]"#),
            (Kind::Globs, "[]", "[]"),
            (Kind::Command, r#"["make", ""]"#, r#"["make",""]"#),
            (Kind::Count(0), "0x10", "16"),
            (Kind::Size, "1_000", "1000"),
            (Kind::Size, r#""2GiB""#, "2147483648"),
            (Kind::Duration, r#""90s""#, "90000"),
            (Kind::Version, r#""1.0.0-rc.1""#, r#""1.0.0-rc.1""#),
            (Kind::Numbers, r#""2.45""#, r#""2.45.0""#),
            (Kind::Program, r#""/opt/a b/git""#, r#""/opt/a b/git""#),
            (Kind::Variable, r#""""#, r#""""#),
        ] {
            assert_eq!(read(kind, toml).unwrap().to_string(), json, "{toml}");
        }
    }

    #[test]
    fn bad_values() {
        let words = Words { now: &["auto", "file"], later: &["git", "s3://"] };
        for (kind, toml, part) in [
            (Kind::Line, "3", "must be text in quotes, not a number"),
            (Kind::Line, r#"" ""#, "must not be empty"),
            (Kind::Line, r#""a\nb""#, "one line"),
            (Kind::Person, r#""A <b>""#, "`<`"),
            (Kind::Email, r#""nobody""#, "mail address"),
            (Kind::FloatingTags, r#""v{major}""#, "must be a list"),
            (Kind::FloatingTags, r#"["v{patch}"]"#, "has an element that cannot be used"),
            (Kind::Text, r#""a\u001bb""#, "control characters"),
            (Kind::Message, r#""{version} {date}""#, "has `{date}`"),
            (Kind::Message, r#""{version""#, "has `{version`"),
            (Kind::Message, r#""\n{version}""#, "begin with an empty line"),
            (Kind::Message, r#""a\u0007""#, "control characters"),
            (Kind::Message, r#""{url}""#, "has `{url}`"),
            (Kind::Comment, r#""{author}""#, "has `{author}`"),
            (Kind::Link(&["{id}"]), r#""{id}""#, "must begin with"),
            (Kind::Link(&["{id}"]), r#""https://x/{hash}""#, "has `{hash}`"),
            (Kind::Link(&["{id}"]), r#""https://x/(a)""#, "end a link"),
            (Kind::Lines, r#"["a\nb"]"#, "one line"),
            (Kind::Tag, r#""v""#, "exactly once"),
            (Kind::Tag, r#""-{version}""#, "safe reference name"),
            (Kind::Name, r#""../x""#, "must be a name"),
            (Kind::Name, r#""a b""#, "must be a name"),
            (Kind::VersionedFile, r#""docs/UPGRADING.md""#, "`{version}` once"),
            (Kind::VersionedFile, r#""{version}/x.md""#, "`{version}` once"),
            (Kind::VersionedFile, r#""{version}-{tag}.md""#, "no other braces"),
            (Kind::VersionedFile, r#""../{version}.md""#, "inside the repository"),
            (Kind::File, r#""/etc/passwd""#, "inside the repository"),
            (Kind::File, r#""a/../../b""#, "inside the repository"),
            (Kind::File, r#""C:/b""#, "inside the repository"),
            (Kind::File, r#""a\\b""#, "`/` between"),
            (Kind::File, r#"".Git/config""#, "git's own folder"),
            (Kind::File, r#"".""#, "not a folder"),
            (Kind::File, r#""docs/""#, "not a folder"),
            (Kind::FileOrFalse, "true", "or `false` for none"),
            (Kind::Globs, r#""main""#, "must be a list, not text"),
            (Kind::Globs, r#"["main", 3]"#, "has an element that must be text"),
            (Kind::Command, r#""make dist""#, "no shell"),
            (Kind::Command, "[]", "must name a program"),
            (Kind::Command, r#"[" ", "x"]"#, "must name a program"),
            (Kind::Command, r#"["a\u0000"]"#, "zero byte"),
            (Kind::Boolean, r#""true""#, "not text"),
            (Kind::Count(1), "0", "between 1"),
            (Kind::Count(0), "-1", "between 0"),
            (Kind::Count(0), "1.5", "fraction"),
            (Kind::Count(0), "9007199254740992", "between 0"),
            (Kind::Size, "0", "between 1"),
            (Kind::Size, r#""2 GiB""#, "no size"),
            (Kind::Duration, "90", "must be text"),
            (Kind::Duration, r#""1h30m""#, "no length of time"),
            (Kind::Version, r#""1.0""#, "is not a SemVer version"),
            (Kind::Numbers, r#""v2.45""#, "one to three numbers"),
            (Kind::Numbers, "2.45", "must be text in quotes"),
            (Kind::Program, r#""git""#, "must be an absolute path"),
            (Kind::Program, r#""./bin/git""#, "must be an absolute path"),
            (Kind::Program, r#""/opt/git/""#, "not a folder"),
            (Kind::Program, r#""/opt/\ngit""#, "one line"),
            (Kind::Word(words), r#""fiel""#, "\"auto\" or \"file\""),
            (Kind::Word(words), r#""git""#, "not available in this version"),
            (Kind::Word(words), r#""s3://bucket""#, "not available in this version"),
            (Kind::WordList(words), r#"["auto", "auto"]"#, "twice"),
        ] {
            let message = read(kind, toml).unwrap_err();
            assert!(message.contains(part), "{toml}: {message}");
        }
    }
}
