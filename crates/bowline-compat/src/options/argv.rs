//! What yargs makes of arguments and configuration: one object, whose keys may be nested by dots.

use super::table::{Kind, named};
use crate::javascript::{Object, Value};
use crate::profile::Profile;

/// The object that grows. What is set first stays: the command line, then one configuration after the other.
#[derive(Clone, Debug)]
pub(super) struct Argv {
    pub(super) profile: Profile,
    pub(super) values: Object,
}

impl Argv {
    pub(super) fn new(profile: Profile) -> Self {
        Self { profile, values: Object::default() }
    }

    /// The kind of what `key` names. Inside of something nothing has a kind.
    pub(super) fn kind(&self, key: &str) -> Kind {
        named(key, self.profile).map_or(Kind::Any, |row| row.kind)
    }

    /// The value of an option, by its name in configuration.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The name that all names of an option stand for, with what is behind dots.
    fn path(&self, key: &str) -> Vec<String> {
        let mut path: Vec<String> = key.split('.').map(str::to_owned).collect();
        if let Some(first) = path.first_mut() {
            if let Some(row) = named(first, self.profile) {
                row.name.clone_into(first);
            } else if first.contains('-') {
                *first = camel(first);
            }
        }
        path
    }

    pub(super) fn has(&self, key: &str) -> bool {
        let mut path = self.path(key);
        let last = path.pop();
        let mut object = Some(&self.values);
        for part in &path {
            object = object.and_then(|object| object.get(part)).and_then(Value::as_object);
        }
        object.is_some_and(|object| last.is_some_and(|last| object.get(&last).is_some()))
    }

    /// Sets a value that was typed or configured.
    pub(super) fn set(&mut self, key: &str, value: Value, strips_quotes: bool) {
        let value = self.processed(key, value, strips_quotes);
        let path = self.path(key);
        let kind = self.kind(key);
        put(&mut self.values, &path, value, kind);
    }

    /// A value as its kind wants it.
    pub(super) fn processed(&self, key: &str, mut value: Value, strips_quotes: bool) -> Value {
        let kind = self.kind(key);
        if let Value::Text(text) = &mut value
            && strips_quotes
        {
            *text = without_quotes(text).to_owned();
        }
        if kind == Kind::Switch
            && let Value::Text(text) = &value
        {
            return Value::Bool(text == "true");
        }
        match value {
            Value::List(values) => Value::List(values.into_iter().map(|value| as_number(kind, value)).collect()),
            value => as_number(kind, value),
        }
    }

    /// Takes over what a configuration says and nobody said before. Nested objects are the same as dots, an empty one says nothing.
    pub(super) fn add(&mut self, configuration: &Object) {
        self.add_below(configuration, "");
    }

    fn add_below(&mut self, object: &Object, above: &str) {
        for (key, value) in object.iter() {
            let key = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
            if let Value::Object(inner) = value {
                self.add_below(inner, &key);
            } else if !self.has(&key) {
                // yargs 16 of standard-version takes quotes away wherever they come from.
                self.set(&key, value.clone(), !self.profile.is_catv());
            }
        }
    }
}

fn without_quotes(text: &str) -> &str {
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

fn as_number(kind: Kind, value: Value) -> Value {
    if matches!(kind, Kind::Text | Kind::NeededText | Kind::Switch) {
        return value;
    }
    match &value {
        Value::Text(text) => match number(text) {
            Some(number) if kind == Kind::Number || number.floor().abs() <= 9_007_199_254_740_991.0 => {
                Value::Number(number)
            }
            None if kind == Kind::Number => Value::Number(if text.trim().is_empty() { 0.0 } else { f64::NAN }),
            _ => value,
        },
        Value::Bool(is_true) if kind == Kind::Number => Value::Number(if *is_true { 1.0 } else { 0.0 }),
        _ => value,
    }
}

/// The number that a text looks like. One with a zero in front is none: it would lose that.
fn number(text: &str) -> Option<f64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let is_one = hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
        #[expect(clippy::cast_precision_loss, reason = "JavaScript loses the same")]
        return is_one.then(|| u64::from_str_radix(hexadecimal, 16).ok())?.map(|number| number as f64);
    }
    let mut chars = text.chars();
    if chars.next() == Some('0') && chars.next().is_some_and(|char| char != '.' && char != '\n') {
        return None;
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", rest)) => digits(rest),
        Some((whole, rest)) => digits(whole) && (rest.is_empty() || digits(rest)),
        None => digits(mantissa),
    };
    let is_exponent = exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    (is_mantissa && is_exponent).then(|| text.parse().ok())?
}

/// `release-as` as `releaseAs`.
fn camel(text: &str) -> String {
    let is_mixed = text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase);
    let text = if is_mixed { text.to_owned() } else { text.to_lowercase() };
    let mut out = String::new();
    let mut is_next = false;
    for char in text.trim_start_matches('-').chars() {
        match char {
            '-' | '_' => is_next = !out.is_empty(),
            char if is_next => {
                out.extend(char.to_uppercase());
                is_next = false;
            }
            char => out.push(char),
        }
    }
    out
}

fn put(object: &mut Object, path: &[String], value: Value, kind: Kind) {
    let Some((first, rest)) = path.split_first() else { return };
    if !rest.is_empty() {
        if object.get(first).is_none() {
            object.set(first, Value::Object(Object::default()));
        }
        match object.get_mut(first) {
            Some(Value::Object(inner)) => put(inner, rest, value, Kind::Any),
            // Something that is no object gets one beside it, as yargs does it.
            Some(other) => {
                let mut inner = Object::default();
                put(&mut inner, rest, value, Kind::Any);
                let mut values =
                    if let Value::List(values) = other { std::mem::take(values) } else { vec![other.clone()] };
                values.push(Value::Object(inner));
                *other = Value::List(values);
            }
            None => {}
        }
        return;
    }
    let is_list = kind == Kind::List;
    let value = match (object.get(first).cloned(), value) {
        (Some(Value::List(mut old)), Value::List(new)) if is_list => {
            old.extend(new);
            Value::List(old)
        }
        (Some(Value::List(mut old)), new) => {
            old.push(new);
            Value::List(old)
        }
        (None, new) if is_list && !matches!(new, Value::List(_)) => Value::List(vec![new]),
        (Some(old), new) if kind != Kind::Switch => Value::List(vec![old, new]),
        (_, new) => new,
    };
    object.set(first, value);
}
