//! The one description of every key, from which loader, reference and schema are made.
//!
//! A [`Section`] stands in the file of the section it describes; [`Table`] is all of them together and answers the
//! only question a walk through a file asks: what may stand here?

pub(crate) mod check;
pub(crate) mod kind;
pub(crate) mod quantity;
pub(crate) mod store;

pub(crate) use check::Problem;
pub(crate) use kind::{Kind, Words};

/// A table of the file.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// Whether it is written `[[name]]`.
    pub(crate) list: bool,
    pub(crate) meaning: &'static str,
    pub(crate) keys: &'static [Key],
    /// A table inside whose names are the user's.
    pub(crate) names: Option<Names>,
}

impl Section {
    /// What stands around its name in the file.
    pub(crate) const fn brackets(&self) -> (&'static str, &'static str) {
        if self.list { ("[[", "]]") } else { ("[", "]") }
    }
}

/// One key.
pub(crate) struct Key {
    /// Dotted from the root; `<name>` stands for a name that the user chooses.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) fallback: Fallback,
    pub(crate) meaning: &'static str,
    /// A value as TOML, different from the default.
    pub(crate) example: &'static str,
}

/// What holds when the key is absent.
pub(crate) enum Fallback {
    /// It must be there when its table is.
    Required,
    /// This value, as TOML.
    Value(&'static str),
    /// In words.
    Words(&'static str),
}

/// Names that the user chooses.
pub(crate) struct Names {
    /// The table they stand in.
    pub(crate) below: &'static str,
    /// A name for examples.
    pub(crate) sample: &'static str,
    /// What a name must match, for the schema.
    pub(crate) pattern: &'static str,
    /// The same as code.
    pub(crate) check: fn(&str) -> Result<(), Problem>,
    /// Those of another table of the same section.
    pub(crate) others: Option<&'static Names>,
}

impl Names {
    /// These and the others of the section.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |names| names.others)
    }
}

/// All sections.
pub(crate) struct Table(pub(crate) &'static [&'static Section]);

/// What may stand at a place.
pub(crate) enum Child {
    Value(&'static Key),
    Table,
    List,
    Named(&'static Names),
    Nothing,
}

impl Table {
    /// All keys in the sections' order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.0.iter().flat_map(|section| section.keys)
    }

    /// The section called `name`; a list inside another section is one of its own.
    pub(crate) fn section(&self, name: &str) -> Option<&'static Section> {
        self.0.iter().copied().find(|section| section.name == name)
    }

    /// The section that `key` stands in.
    pub(crate) fn section_of(&self, key: &Key) -> Option<&'static Section> {
        self.0.iter().copied().find(|section| section.keys.iter().any(|known| known.name == key.name))
    }

    /// The table of chosen names at `below`.
    pub(crate) fn names(&self, below: &str) -> Option<&'static Names> {
        self.0
            .iter()
            .filter_map(|section| section.names.as_ref())
            .flat_map(Names::all)
            .find(|names| names.below == below)
    }

    /// What `segment` is inside the table `pattern` (empty: the root).
    pub(crate) fn child(&self, pattern: &str, segment: &str) -> Child {
        if let Some(names) = self.names(pattern) {
            return Child::Named(names);
        }
        if segment.contains(['.', '<']) {
            return Child::Nothing;
        }
        let path = join(pattern, segment);
        if let Some(key) = self.keys().find(|key| key.name == path) {
            return Child::Value(key);
        }
        if !self.keys().any(|key| key.name.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.'))) {
            return Child::Nothing;
        }
        if self.0.iter().any(|section| section.list && section.name == path) { Child::List } else { Child::Table }
    }

    /// The names that may stand directly inside the table `pattern`.
    pub(crate) fn children(&self, pattern: &str) -> Vec<&'static str> {
        let mut children: Vec<&str> = self.keys().filter_map(|key| child_name(key.name, pattern)).collect();
        children.dedup();
        children
    }
}

impl Key {
    /// Its name inside `section`.
    pub(crate) fn within(&self, section: &Section) -> &'static str {
        self.name.strip_prefix(section.name).and_then(|rest| rest.strip_prefix('.')).unwrap_or(self.name)
    }
}

/// `pattern.segment`, or `segment` at the root.
pub(crate) fn join(pattern: &str, segment: &str) -> String {
    if pattern.is_empty() { segment.to_owned() } else { format!("{pattern}.{segment}") }
}

/// The first segment of `name` below `pattern`.
pub(crate) fn child_name<'a>(name: &'a str, pattern: &str) -> Option<&'a str> {
    let rest = if pattern.is_empty() { name } else { name.strip_prefix(pattern)?.strip_prefix('.')? };
    rest.split('.').next()
}

/// The segment that stands for a chosen name.
pub(crate) const ANY: &str = "<name>";
