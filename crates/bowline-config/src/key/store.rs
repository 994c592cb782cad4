//! Where state is kept: a word, or the address of a bucket.
//!
//! An address names a bucket and a folder in it and nothing else: which host that is and who may use it comes from the
//! environment, never from a file of the repository.

use super::check::Problem;
use crate::suggest::closest;
use bowline_model::text::one_line;

/// The words.
pub(crate) const WORDS: [&str; 4] = ["auto", "file", "git", "git-branch"];
/// [`check`] for addresses, as a pattern.
pub(crate) const ADDRESS_PATTERN: &str =
    "^(s3|gs|az)://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";
const SCHEMES: [&str; 3] = ["s3://", "gs://", "az://"];

/// Accepts a word or an address.
pub(crate) fn check(text: &str) -> Result<String, Problem> {
    if WORDS.contains(&text) {
        return Ok(text.to_owned());
    }
    let shown = one_line(text, 60);
    let Some(rest) = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        let problem = Problem::new(format!(
            "has `{shown}`, and must be \"auto\", \"file\", \"git\", \"git-branch\" or an address such as `s3://bucket/folder`"
        ));
        return Err(match closest(text, WORDS.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        });
    };
    let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let bucket_ok = (3..=63).contains(&bucket.len())
        && edge(bucket.chars().next())
        && edge(bucket.chars().next_back())
        && bucket.chars().all(inner);
    if !bucket_ok {
        return Err(Problem::new(format!("has `{shown}`, which names no bucket"))
            .hint("a bucket has 3 to 63 lowercase letters, digits and `. _ -`; no login, port or host belongs here"));
    }
    let part_ok = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if rest.contains('/') && !folder.split('/').all(part_ok) {
        return Err(Problem::new(format!("has `{shown}`, whose folder is not made of letters, digits and `. _ -`")));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_addresses() {
        for good in ["auto", "git", "git-branch", "s3://bucket", "gs://my.bucket-1/a/b_c", "az://abc/x.y"] {
            assert_eq!(check(good).ok().as_deref(), Some(good));
        }
        for bad in [
            "",
            "gti",
            "s3:",
            "s3://",
            "s3://ab",
            "s3://Bucket",
            "s3://user:secret@bucket",
            "s3://bucket:9000/x",
            "s3://bucket/",
            "s3://bucket/../x",
            "s3://bucket/a b",
            "s3://bucket?x=1",
            "https://bucket",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check("gti").unwrap_err().hint.unwrap().contains("`git`"));
    }
}
