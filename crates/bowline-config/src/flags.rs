//! What flags ask for this time, checked.

use crate::finding::ConfigError;
use crate::origin::{Origin, Origins};
use crate::section::version::Request;
use crate::suggest::closest;
use bowline_model::Version;
use bowline_model::text::one_line;
use bowline_model::version::Level;
use std::collections::BTreeSet;

/// The flags a plan depends on, as given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--version X`.
    pub version: Option<String>,
    /// `--bump LEVEL`.
    pub bump: Option<String>,
    /// `--pre ID`.
    pub pre: Option<String>,
    /// `--draft`: `forge.draft`, whatever the file says.
    pub draft: bool,
    /// Which of them (`version`, `bump`, `pre`, `draft`) come from their `BOWLINE_…` variable.
    pub from_environment: BTreeSet<String>,
}

impl Flags {
    /// What they ask for; `origins` learns where each came from.
    pub(crate) fn read(&self, origins: &mut Origins) -> Result<Request, ConfigError> {
        let version = self.version.as_deref().map(|text| self.version(text)).transpose()?;
        let bump = self.bump.as_deref().map(|text| self.bump(text)).transpose()?;
        let pre = self.pre.as_deref().map(|text| self.pre(text)).transpose()?;
        for (name, other) in [("bump", bump.is_some()), ("pre", pre.is_some())] {
            if version.is_some() && other {
                let message = format!("cannot be combined with {}", self.origin(name));
                let hint = "the version is either given or worked out".to_owned();
                return Err(self.error("version", message, Some(hint)));
            }
        }
        for (name, given) in [("version", version.is_some()), ("bump", bump.is_some()), ("pre", pre.is_some())] {
            if given {
                origins.set(format!("request.{name}"), self.origin(name));
            }
        }
        Ok(Request { version, bump, pre })
    }

    fn version(&self, text: &str) -> Result<Version, ConfigError> {
        text.parse().map_err(|error: bowline_model::version::VersionError| {
            let bare = text.trim_start_matches(['v', 'V']);
            let hint = match bare != text && bare.parse::<Version>().is_ok() {
                true => format!("write `{bare}`"),
                false => "write it like 1.2.3 or 1.2.3-rc.1".to_owned(),
            };
            self.error("version", error.to_string(), Some(hint))
        })
    }

    fn bump(&self, text: &str) -> Result<Level, ConfigError> {
        let levels = [Level::Major, Level::Minor, Level::Patch];
        levels.into_iter().find(|level| level.as_str() == text).ok_or_else(|| {
            let near = closest(text, levels.map(Level::as_str));
            let message = format!("`{}` is not `major`, `minor` or `patch`", one_line(text, 40));
            let hint = near.map_or_else(
                || "name one of the three, or leave it out: the commits decide then".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error("bump", message, Some(hint))
        })
    }

    fn pre(&self, text: &str) -> Result<String, ConfigError> {
        Version::new(0, 0, 0).next_prerelease(text).map(|_| text.to_owned()).map_err(|_| {
            let message = format!("`{}` cannot name a pre-release", one_line(text, 40));
            self.error("pre", message, Some("letters, digits and hyphens, such as `rc` or `beta`".to_owned()))
        })
    }

    /// Where the value of the flag `name` comes from.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        if self.from_environment.contains(name) {
            Origin::Environment { variable: format!("BOWLINE_{}", name.to_ascii_uppercase()) }
        } else {
            Origin::Flag { flag: name.to_owned() }
        }
    }

    fn error(&self, name: &str, message: String, hint: Option<String>) -> ConfigError {
        ConfigError::Flag { flag: self.origin(name).to_string(), message, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(version: &str, bump: &str, pre: &str) -> Flags {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Flags { version: some(version), bump: some(bump), pre: some(pre), ..Flags::default() }
    }

    #[test]
    fn requests() {
        let mut origins = Origins::default();
        let request = flags("", "minor", "rc").read(&mut origins).unwrap();
        assert_eq!(request, Request { version: None, bump: Some(Level::Minor), pre: Some("rc".into()) });
        assert_eq!(origins.of("request.bump").to_string(), "--bump");
        let mut from_variable = flags("2.0.0", "", "");
        from_variable.from_environment.insert("version".into());
        assert_eq!(from_variable.read(&mut origins).unwrap().version, Some(Version::new(2, 0, 0)));
        assert_eq!(origins.of("request.version").to_string(), "BOWLINE_VERSION");
    }

    #[test]
    fn impossible_requests() {
        for (given, expected) in [
            (flags("v1.2.3", "", ""), "--version: `v1.2.3` is not a SemVer version"),
            (flags("1.2.3", "major", ""), "--version: cannot be combined with --bump"),
            (flags("1.2.3", "", "rc"), "--version: cannot be combined with --pre"),
            (flags("", "none", ""), "--bump: `none` is not `major`, `minor` or `patch`"),
            (flags("", "mayor", ""), "--bump: `mayor` is not"),
            (flags("", "", "a b"), "--pre: `a b` cannot name a pre-release"),
            (flags("", "", "\u{1b}"), "--pre: `\\u{001B}` cannot"),
        ] {
            let message = given.read(&mut Origins::default()).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
