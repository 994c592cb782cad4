//! Floating tags: names that move from release to release, `v1` and `v1.2`.

use bowline_config::Config;
use bowline_model::Version;
use bowline_model::facts::Facts;
use bowline_model::git::TagName;
use bowline_model::tag::{TagForm, TagFormError, floating_tag};

/// Why a floating tag cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum FloatingTagError {
    /// The template makes none.
    #[error(transparent)]
    Template(#[from] TagFormError),
    /// It would be taken for the tag of a version, and those never move.
    #[error("floating tag `{template}` makes {tag}, which is the tag of a version")]
    Version {
        /// The template.
        template: String,
        /// What it makes.
        tag: TagName,
    },
    /// A name that is also the branch's means neither to git: pushing that branch by its name fails from then on.
    #[error("floating tag `{template}` makes {tag}, which is the name of the branch that is released")]
    Branch {
        /// The template.
        template: String,
        /// What it makes.
        tag: TagName,
    },
}

/// The tags that move to `version`; a pre-release moves none.
pub(crate) fn tags(config: &Config, facts: &Facts, version: &Version) -> Result<Vec<TagName>, FloatingTagError> {
    if version.is_prerelease() {
        return Ok(Vec::new());
    }
    let mut tags = Vec::new();
    for template in config.release.floating_tags.iter().flatten() {
        let tag = floating_tag(template, &facts.package, version)?;
        let known = TagForm::known(&facts.package);
        if known.iter().chain([&facts.tag_form]).any(|form| form.version(tag.as_str()).is_some()) {
            return Err(FloatingTagError::Version { template: template.clone(), tag });
        }
        if tag.as_str() == facts.branch.as_str() {
            return Err(FloatingTagError::Branch { template: template.clone(), tag });
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}
