//! Names of files that are published.
//!
//! A forge rewrites what it does not like, and then the list of checksums names files that do not exist; a file system
//! can take two names for one. So only what is the same everywhere is accepted.

use super::one_line;
use std::borrow::Cow;

/// Why a text cannot be an asset's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not a name for an asset: letters, digits and `. _ + -`, no dot at either end, at most {LONGEST}; a safe one is `{safe}`"
)]
pub struct AssetNameError {
    name: String,
    /// A name that would be accepted.
    pub safe: String,
}

/// Accepts an asset's name when every forge keeps it as it is and no file system takes it for anything else.
pub fn check_asset(name: &str) -> Result<(), AssetNameError> {
    let safe = safe_asset(name);
    if safe == name {
        return Ok(());
    }
    Err(AssetNameError { name: one_line(name, 80).into_owned(), safe: safe.into_owned() })
}

/// `name` as forges would rewrite it: letters, digits and `. _ + -`, no dot at either end, at most 200 characters.
pub fn safe_asset(name: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let kept = super::replaced(name, |_, c| (!plain(c)).then_some(super::Piece::Text(".")));
    let short = kept.trim_matches('.');
    let short = short.get(..LONGEST).unwrap_or(short).trim_end_matches('.');
    match kept {
        _ if short.is_empty() => Cow::Borrowed("asset"),
        Cow::Borrowed(name) if short.len() == name.len() => Cow::Borrowed(name),
        _ => Cow::Owned(short.to_owned()),
    }
}

/// Bytes; file systems take 255, and signatures and checksums append to names.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_forges_keep() {
        let long = "a".repeat(200);
        for (name, safe) in [
            ("app-1.2.3_x86+musl.tar.gz", "app-1.2.3_x86+musl.tar.gz"),
            ("a b~c.txt", "a.b.c.txt"),
            (".env", "env"),
            ("dot.", "dot"),
            ("größe", "gr..e"),
            ("...", "asset"),
            ("", "asset"),
            ("a:b", "a.b"),
            ("../../etc/passwd", "etc.passwd"),
            ("a\u{202e}\u{200b}b\n", "a..b"),
            ("-x", "-x"),
            (&format!("{long}.gz"), &long),
            (&long, &long),
        ] {
            assert_eq!(safe_asset(name), safe, "{name:?}");
            let error = check_asset(name).err();
            assert_eq!(error.as_ref().map_or(name, |error| &error.safe), safe, "{name:?} {error:?}");
            assert!(check_asset(safe).is_ok(), "{safe:?}");
        }
    }
}
