//! Messages of the release commit and the tag, from their short templates.

use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::text::one_line;

/// Why a message cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Something in braces that is not known.
    #[error("`{key}` has the unknown place `{{{place}}}`")]
    Place {
        /// The configuration key.
        key: &'static str,
        /// What stands in the braces.
        place: String,
    },
    /// No text, or a byte that no git message can hold.
    #[error("`{key}` gives an empty message or one with a NUL character")]
    Unusable {
        /// The configuration key.
        key: &'static str,
    },
}

/// `template` (the value of `key`) with `{version}`, `{tag}` and `{package}` filled in. Braces around anything but a
/// word are text.
pub fn fill(
    key: &'static str,
    template: &str,
    version: &Version,
    tag: &TagName,
    package: &str,
) -> Result<String, MessageError> {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').filter(|(name, _)| is_word(name));
        rest = match place {
            Some(("version", rest)) => {
                out.push_str(&version.to_string());
                rest
            }
            Some(("tag", rest)) => {
                out.push_str(tag.as_str());
                rest
            }
            Some(("package", rest)) => {
                out.push_str(package);
                rest
            }
            Some((unknown, _)) => return Err(MessageError::Place { key, place: one_line(unknown, 40).into_owned() }),
            None => {
                out.push('{');
                after
            }
        };
    }
    out.push_str(rest);
    let message = out.trim();
    if message.is_empty() || message.contains('\0') {
        return Err(MessageError::Unusable { key });
    }
    Ok(message.to_owned())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let tag = TagName::new("v1.2.3").unwrap();
        for (template, expected) in [
            ("chore(release): {version}", "chore(release): 1.2.3"),
            ("{package} {tag}{tag}\n\nbody\n", "app v1.2.3v1.2.3\n\nbody"),
            ("{ not a place } {} {", "{ not a place } {} {"),
            ("{verison}", "`k` has the unknown place `{verison}`"),
            (" \n", "`k` gives an empty message or one with a NUL character"),
            ("a\0b", "`k` gives an empty message or one with a NUL character"),
        ] {
            let found = fill("k", template, &Version::new(1, 2, 3), &tag, "app");
            assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
        }
    }
}
