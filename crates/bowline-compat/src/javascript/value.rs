//! What JSON can say.

/// A value. Configuration that is code may also hold functions; they cannot be printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Keys and values.
    Object(Object),
    /// A function; only in configuration that is code.
    Function,
}

/// Keys and values in the order that JavaScript has them in: keys that are array indices first, by size, then the others as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    entries: Vec<(String, Value)>,
    indices: usize,
    /// Places of the keys that are no indices, when there are many: a lock file has thousands.
    places: std::collections::HashMap<String, usize>,
}

impl Object {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.place(key).and_then(|place| self.entries.get(place)).map(|(_, value)| value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let place = self.place(key)?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Sets the value of `key`; a key that is there keeps its place.
    pub fn set(&mut self, key: &str, value: Value) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else if let Some(number) = index(key) {
            let place =
                self.entries.iter().take(self.indices).take_while(|(other, _)| index(other) < Some(number)).count();
            self.entries.insert(place, (key.to_owned(), value));
            self.indices += 1;
        } else {
            self.places.insert(key.to_owned(), self.entries.len() - self.indices);
            self.entries.push((key.to_owned(), value));
        }
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn place(&self, key: &str) -> Option<usize> {
        if index(key).is_some() {
            return self.entries.iter().take(self.indices).position(|(other, _)| other == key);
        }
        self.places.get(key).map(|place| place + self.indices)
    }
}

/// The number that `key` is as an array index (ECMAScript, 6.1.7).
fn index(key: &str) -> Option<u32> {
    let is_canonical = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    is_canonical.then(|| key.parse().ok())?.filter(|number| *number != u32::MAX)
}

impl Value {
    /// Whether JavaScript takes it for true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Object(_) | Self::Function => true,
        }
    }

    /// What `typeof` says.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Null | Self::List(_) | Self::Object(_) => "object",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Function => "function",
        }
    }

    /// What it is, for messages.
    #[must_use]
    pub const fn described(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
            Self::Function => "a function",
        }
    }

    /// The value of `key`, when this is an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object().and_then(|object| object.get(key))
    }

    /// The text, when this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The object, when this is one.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// As a text is made of it (`String(value)`).
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => super::print::number(*number),
            Self::Text(text) => text.clone(),
            Self::List(values) => {
                let texts =
                    values.iter().map(|value| if *value == Self::Null { String::new() } else { value.to_text() });
                texts.collect::<Vec<_>>().join(",")
            }
            Self::Object(_) => "[object Object]".to_owned(),
            Self::Function => "[function]".to_owned(),
        }
    }

    /// The same for other parts of the program. Functions become null.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Function => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => {
                let whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
                // Exact: the number is whole and small enough.
                #[expect(clippy::cast_possible_truncation, reason = "checked just now")]
                if whole { (*number as i64).into() } else { (*number).into() }
            }
            Self::Text(text) => text.clone().into(),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Object(object) => object
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}
