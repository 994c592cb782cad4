//! The command line, read as yargs 16 (standard-version) and 17 (commit-and-tag-version) read it.

use super::argv::Argv;
use super::table::{Kind, named};
use super::{defaults, table};
use crate::javascript::Value;
use crate::profile::Profile;

/// What the command line said besides values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Flags that nobody knows, as they were typed, without what is behind `=`.
    pub(super) unknown: Vec<String>,
    /// Words that are no flags.
    pub(super) words: Vec<String>,
    /// What is wrong, in the words of the originals.
    pub(super) wrong: Option<String>,
}

/// Reads `arguments` into `argv`.
pub(super) fn read(arguments: &[String], argv: &mut Argv) -> Said {
    let mut reader = Reader { arguments, argv, said: Said::default(), at: 0 };
    while reader.at < arguments.len() {
        if arguments.get(reader.at).is_some_and(|argument| argument == "--") {
            reader.said.words.extend(arguments.iter().skip(reader.at + 1).cloned());
            break;
        }
        reader.argument();
        reader.at += 1;
    }
    reader.said
}

struct Reader<'a> {
    arguments: &'a [String],
    argv: &'a mut Argv,
    said: Said,
    at: usize,
}

impl<'a> Reader<'a> {
    fn argument(&mut self) {
        let Some(argument) = self.arguments.get(self.at) else { return };
        let dashes = argument.chars().take_while(|char| *char == '-').count();
        let rest = argument.get(dashes..).unwrap_or_default();
        if dashes >= 3 && (rest.is_empty() || rest.starts_with('=')) {
            self.said.words.push(argument.clone());
        } else if let Some(long) = argument.strip_prefix("--").filter(|long| !long.is_empty()) {
            self.long(long);
        } else if argument.len() > 1 && dashes == 1 && !is_negative(argument) {
            self.short(rest);
        } else {
            self.said.words.push(argument.clone());
        }
    }

    fn long(&mut self, long: &str) {
        if let Some((key, value)) = long.split_once('=').filter(|(key, _)| !key.is_empty()) {
            self.note(key);
            match self.argv.kind(key) {
                Kind::List => self.list(key, Some(value)),
                Kind::NeededText => self.needed(key, Some(value)),
                _ => self.set(key, Value::Text(value.to_owned()), true),
            }
            return;
        }
        if let Some(key) = long.strip_prefix("no-").filter(|key| !key.is_empty()) {
            self.note_negated(key);
            let value = Value::Bool(false);
            self.set(key, if self.argv.kind(key) == Kind::List { Value::List(vec![value]) } else { value }, false);
            return;
        }
        self.note(long);
        self.spaced(long, |next| !next.starts_with('-') || is_negative(next));
    }

    /// A flag whose value is the next argument, if `is_value` takes it for one.
    fn spaced(&mut self, key: &str, is_value: impl Fn(&str) -> bool) {
        let kind = self.argv.kind(key);
        match kind {
            Kind::List => return self.list(key, None),
            Kind::NeededText => return self.needed(key, None),
            _ => {}
        }
        let next = self.next().map(str::to_owned);
        match next {
            Some(next) if (kind != Kind::Switch && is_value(&next)) || next == "true" || next == "false" => {
                self.set(key, Value::Text(next), false);
                self.at += 1;
            }
            _ => self.set_bare(key),
        }
    }

    /// One or more letters, the last of which may have a value.
    fn short(&mut self, letters: &str) {
        // `-x.y` is nested.
        let mut chars = letters.chars();
        let (first, second, third) = (chars.next(), chars.next(), chars.next());
        if first.is_some() && second == Some('.') && third.is_some() {
            if let Some((key, value)) = letters.split_once('=') {
                self.note(key);
                return self.set(key, Value::Text(value.to_owned()), false);
            }
            self.note(letters);
            let next = self.next().filter(|next| !next.starts_with('-')).map(str::to_owned);
            match next {
                Some(next) if self.argv.kind(letters) != Kind::Switch => {
                    self.set(letters, Value::Text(next), false);
                    self.at += 1;
                }
                _ => self.set_bare(letters),
            }
            return;
        }
        let all: Vec<char> = letters.chars().collect();
        let Some((last, firsts)) = all.split_last() else { return };
        for (place, letter) in firsts.iter().enumerate() {
            let key = letter.to_string();
            let next: String = all.iter().skip(place + 1).collect();
            self.note(&key);
            // The last letter is never looked at here: `-t=` is `-t`, and a flag that is called `=`.
            let behind = firsts.get(place + 1);
            if let Some(value) = next.strip_prefix('=').filter(|_| behind.is_some()) {
                match self.argv.kind(&key) {
                    Kind::List => self.list(&key, Some(value)),
                    Kind::NeededText => self.needed(&key, Some(value)),
                    _ => self.set(&key, Value::Text(value.to_owned()), false),
                }
                return;
            }
            if next == "-" {
                self.set(&key, Value::Text(next), false);
                continue;
            }
            let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
            let is_value =
                (letter.is_ascii_alphabetic() && is_short_number(&next)) || behind.is_some_and(|char| !is_word(*char));
            if is_value {
                return self.set(&key, Value::Text(next), false);
            }
            self.set_bare(&key);
        }
        if *last != '-' {
            let key = last.to_string();
            self.note(&key);
            // Here, unlike after a long flag, one dash alone is a value.
            self.spaced(&key, |next| {
                let dashes = next.chars().take_while(|char| *char == '-').count();
                let is_flag = (dashes == 1 || dashes == 2) && next.chars().count() > dashes;
                !is_flag || is_negative(next)
            });
        }
    }

    /// All arguments up to the next flag.
    fn list(&mut self, key: &str, first: Option<&str>) {
        let is_flag = |text: &str| text.starts_with('-') && !is_negative(text);
        let stripped = !self.argv.profile.is_catv();
        let mut values = Vec::new();
        if first.is_none() && self.next().is_none_or(is_flag) {
            if let Some(Value::List(default)) =
                named(key, self.argv.profile).and_then(|row| defaults::of(row.name, self.argv.profile))
            {
                values = default;
            }
        } else {
            if let Some(first) = first {
                values.push(self.argv.processed(key, Value::Text(first.to_owned()), true));
            }
            while let Some(next) = self.next().filter(|next| !is_flag(next)) {
                values.push(self.argv.processed(key, Value::Text(next.to_owned()), stripped));
                self.at += 1;
            }
        }
        self.argv.set(key, Value::List(values), false);
    }

    /// A text that must be there.
    fn needed(&mut self, key: &str, given: Option<&str>) {
        if let Some(given) = given {
            return self.set(key, Value::Text(given.to_owned()), false);
        }
        let is_value = |next: &str| {
            let mut chars = next.chars();
            let is_flag = chars.next() == Some('-') && chars.next().is_some_and(|char| !char.is_ascii_digit());
            !is_flag || is_negative(next)
        };
        match self.next().filter(|next| is_value(next)).map(str::to_owned) {
            Some(next) => {
                self.set(key, Value::Text(next), false);
                self.at += 1;
            }
            None => self.said.wrong = Some(format!("Not enough arguments following: {key}")),
        }
    }

    /// A flag without a value.
    fn set_bare(&mut self, key: &str) {
        let default = named(key, self.argv.profile).and_then(|row| defaults::of(row.name, self.argv.profile));
        let value = match (self.argv.kind(key), default) {
            (Kind::Switch, _) | (Kind::Any, None) => Value::Bool(true),
            (_, Some(default)) => default,
            (Kind::Text | Kind::NeededText, None) => Value::Text(String::new()),
            (Kind::Number, None) => return,
            (Kind::List, None) => Value::List(Vec::new()),
        };
        self.set(key, value, false);
    }

    fn set(&mut self, key: &str, value: Value, strips_quotes: bool) {
        // yargs 16 takes quotes away always, 17 only behind `--key=`.
        self.argv.set(key, value, strips_quotes || !self.argv.profile.is_catv());
    }

    fn next(&self) -> Option<&'a str> {
        self.arguments.get(self.at + 1).map(String::as_str)
    }

    fn note(&mut self, key: &str) {
        let first = key.split('.').next().unwrap_or(key);
        if named(first, self.argv.profile).is_none() {
            let dashes = if first.chars().count() == 1 { "-" } else { "--" };
            self.said.unknown.push(format!("{dashes}{key}"));
        }
    }

    fn note_negated(&mut self, key: &str) {
        let first = key.split('.').next().unwrap_or(key);
        if named(first, self.argv.profile).is_none() {
            self.said.unknown.push(format!("--no-{key}"));
        }
    }
}

/// What may be meant by a flag that nobody knows.
pub(super) fn near(flag: &str, profile: Profile) -> Option<String> {
    // Nobody mistypes a name into a paragraph, and distance is quadratic.
    const LONGEST: usize = 40;
    let normal = |flag: &str| flag.to_lowercase().replace('-', "");
    let given = normal(flag);
    if given.len() > LONGEST {
        return None;
    }
    let known = table::ROWS.iter().filter(|row| row.is_known(profile) && !row.help.is_empty());
    let flags = known.flat_map(|row| [format!("--{}", row.flag()), format!("--{}", row.name)]);
    let distances =
        flags.filter(|near| near != flag).map(|near| (strsim::damerau_levenshtein(&given, &normal(&near)), near));
    let found = distances.min_by_key(|(distance, _)| *distance)?;
    (found.0 <= given.len() / 4).then_some(found.1)
}

/// A number below zero, which is no flag.
fn is_negative(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('-').is_some_and(|number| match number.split_once('.') {
        Some((whole, rest)) => (whole.is_empty() || digits(whole)) && digits(rest),
        None => digits(number),
    })
}

/// A number right behind a letter.
fn is_short_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix('-').unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    !whole.is_empty() && digits(whole) && digits(rest) && is_exponent
}

#[cfg(test)]
mod tests;
