//! How a version becomes a tag name and back.
//!
//! A [`TagForm`] is a template with the place of the version (and the package's name) in it. Four forms are
//! recognised by themselves; the form of the newest version tag is kept, so a project never changes its spelling by
//! adopting Bowline.

use crate::git::{NameError, TagName};
use crate::version::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A template such as `v{version}` or `{package}-v{version}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct TagForm {
    before: String,
    after: String,
}

/// Why a template is unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagFormError {
    /// `{version}` is missing or stands there twice.
    #[error("tag template `{0}` must contain `{{version}}` exactly once")]
    NoVersion(String),
    /// A placeholder other than `{version}` and `{package}`.
    #[error("tag template `{0}` has a placeholder other than `{{version}}` and `{{package}}`")]
    Placeholder(String),
    /// A placeholder that a floating tag cannot have.
    #[error("floating tag `{0}` has a placeholder other than `{{major}}`, `{{minor}}` and `{{package}}`")]
    Floating(String),
    /// The resulting names would not be safe.
    #[error("tag template `{template}` makes an unusable tag")]
    Unsafe {
        /// The template as given.
        template: String,
        /// What is wrong with a tag made from it.
        #[source]
        source: NameError,
    },
}

impl TagForm {
    /// Parses a template for `package`.
    pub fn new(template: &str, package: &str) -> Result<Self, TagFormError> {
        let shown = || crate::text::one_line(template, 80).into_owned();
        let text = template.replace("{package}", package);
        let mut parts = text.split("{version}");
        let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(TagFormError::NoVersion(shown()));
        };
        if text.replace("{version}", "").contains(['{', '}']) {
            return Err(TagFormError::Placeholder(shown()));
        }
        let form = Self { before: before.to_owned(), after: after.to_owned() };
        form.tag(&Version::new(1, 0, 0)).map_err(|source| TagFormError::Unsafe { template: shown(), source })?;
        Ok(form)
    }

    /// The four forms that are recognised without configuration, the default first.
    pub fn known(package: &str) -> Vec<Self> {
        ["v{version}", "{version}", "{package}-v{version}", "{package}@{version}"]
            .iter()
            .filter_map(|template| Self::new(template, package).ok())
            .collect()
    }

    /// The tag of `version`.
    pub fn tag(&self, version: &Version) -> Result<TagName, NameError> {
        TagName::new(format!("{}{version}{}", self.before, self.after))
    }

    /// The version that `tag` names in this form, if any.
    pub fn version(&self, tag: &str) -> Option<Version> {
        tag.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?.parse().ok()
    }
}

/// The floating tag that `template` (`v{major}`) makes of `version`.
pub fn floating_tag(template: &str, package: &str, version: &Version) -> Result<TagName, TagFormError> {
    let shown = || crate::text::one_line(template, 80).into_owned();
    let text = template
        .replace("{major}", &version.major().to_string())
        .replace("{minor}", &version.minor().to_string())
        .replace("{package}", package);
    if text.contains(['{', '}']) {
        return Err(TagFormError::Floating(shown()));
    }
    TagName::new(text).map_err(|source| TagFormError::Unsafe { template: shown(), source })
}

impl fmt::Display for TagForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{version}}{}", self.before, self.after)
    }
}

impl TryFrom<String> for TagForm {
    type Error = TagFormError;
    fn try_from(template: String) -> Result<Self, TagFormError> {
        Self::new(&template, "")
    }
}

impl From<TagForm> for String {
    fn from(form: TagForm) -> Self {
        form.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_there_and_back() {
        for (template, tag) in [
            ("v{version}", "v1.2.3"),
            ("{version}", "1.2.3"),
            ("{package}-v{version}", "app-v1.2.3"),
            ("{package}@{version}", "app@1.2.3"),
            ("release/{version}/final", "release/1.2.3/final"),
        ] {
            let form = TagForm::new(template, "app").unwrap();
            assert_eq!(form.tag(&Version::new(1, 2, 3)).unwrap().as_str(), tag);
            assert_eq!(form.version(tag), Some(Version::new(1, 2, 3)));
        }
        assert_eq!(TagForm::new("v{version}", "app").unwrap().version("v1.2"), None);
        assert_eq!(TagForm::new("v{version}", "app").unwrap().version("1.2.3"), None);
    }

    #[test]
    fn floating_tags() {
        let make = |template| floating_tag(template, "app", &Version::new(1, 20, 3));
        for (template, tag) in [("v{major}", "v1"), ("{package}-v{major}.{minor}", "app-v1.20"), ("stable", "stable")] {
            assert_eq!(make(template).unwrap().as_str(), tag);
        }
        for bad in ["v{patch}", "v{version}", "v{major", "", "a b", "-{major}"] {
            assert!(make(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bad_templates() {
        for bad in
            ["v", "{version}{version}", "{major}-{version}", "-{version}", "a b{version}", "{version", "v{version}}"]
        {
            assert!(TagForm::new(bad, "app").is_err(), "{bad}");
        }
    }
}
