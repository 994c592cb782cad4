//! Where a value comes from, for `config show`, the schedule and every explanation.

use std::collections::BTreeMap;
use std::fmt;

/// Where one value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody asked: the documented default.
    #[default]
    Default,
    /// The configuration file.
    File {
        /// The file as shown.
        name: String,
        /// Line, from 1.
        line: usize,
    },
    /// A variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag.
    Flag {
        /// Its name without dashes.
        flag: String,
    },
    /// A key of another tool's configuration.
    Key {
        /// The file as shown.
        file: String,
        /// The key there, dotted.
        key: String,
    },
    /// What another tool does, whose configuration is read, where that says nothing.
    Habit {
        /// The tool.
        tool: String,
    },
    /// Found in the repository.
    Detected,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment { variable } => f.write_str(variable),
            Self::Flag { flag } => write!(f, "--{flag}"),
            Self::Key { file, key } => write!(f, "{file}: {key}"),
            Self::Habit { tool } => write!(f, "as {tool} does"),
            Self::Detected => f.write_str("detected"),
        }
    }
}

/// The origins of all values that are not defaults, by dotted key (`version_file[0].path` inside lists).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// The origin of `key`. A table or list has the origin of the first of its values in the file.
    pub fn of(&self, key: &str) -> Origin {
        if let Some(origin) = self.0.get(key) {
            return origin.clone();
        }
        let below = |name: &str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', '[']));
        let line = |origin: &Origin| if let Origin::File { line, .. } = origin { *line } else { 0 };
        self.0
            .iter()
            .filter(|(name, _)| below(name))
            .map(|(_, origin)| origin)
            .min_by_key(|origin| line(origin))
            .cloned()
            .unwrap_or_default()
    }

    /// Records the origin of `key`.
    pub fn set(&mut self, key: impl Into<String>, origin: Origin) {
        self.0.insert(key.into(), origin);
    }

    /// Every recorded origin, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.0.iter().map(|(key, origin)| (key.as_str(), origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_found_and_shown() {
        let mut origins = Origins::default();
        origins.set("release.tag", Origin::File { name: "bowline.toml".into(), line: 12 });
        origins.set("version_file[0].path", Origin::File { name: "bowline.toml".into(), line: 30 });
        origins.set("version_file[1].at", Origin::File { name: "bowline.toml".into(), line: 20 });
        origins.set("request.bump", Origin::Flag { flag: "bump".into() });
        origins.set("request.pre", Origin::Environment { variable: "BOWLINE_PRE".into() });
        origins.set("project.name", Origin::Detected);
        origins.set("changelog.path", Origin::Key { file: ".versionrc".into(), key: "infile".into() });
        origins.set("changelog.date", Origin::Habit { tool: "standard-version".into() });
        for (key, expected) in [
            ("release.tag", "bowline.toml:12"),
            ("release", "bowline.toml:12"),
            ("rel", "default"),
            ("release.tag_message", "default"),
            ("version_file", "bowline.toml:20"),
            ("request.bump", "--bump"),
            ("request.pre", "BOWLINE_PRE"),
            ("project.name", "detected"),
            ("changelog.path", ".versionrc: infile"),
            ("changelog.date", "as standard-version does"),
        ] {
            assert_eq!(origins.of(key).to_string(), expected, "{key}");
        }
    }
}
