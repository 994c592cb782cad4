//! Where in an object store state lives: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`.
//!
//! An address comes from the repository, so it says which bucket and nothing else: no host, no login, no option. Those
//! come from the environment.

use bowline_model::text::one_line;
use bowline_port::state::check_key;
use std::fmt;
use std::net::Ipv4Addr;

/// Whose object store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, and what speaks its language.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

impl Service {
    const ALL: [Self; 3] = [Self::S3, Self::Google, Self::Azure];

    const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

/// A bucket, and the prefix of all names in it that are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whose.
    pub service: Service,
    /// The bucket; Azure calls it a container.
    pub bucket: String,
    /// What all names begin with, without a slash at its end; may be empty.
    pub prefix: String,
}

impl Address {
    /// Reads `text`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let unknown =
            || AddressError::Scheme(one_line(text.split(['/', '?', '#', '@']).next().unwrap_or(text), 40).into_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(unknown)?;
        let service = Service::ALL.into_iter().find(|service| service.scheme() == scheme).ok_or_else(unknown)?;
        // First, because what follows is quoted in messages.
        if rest.contains('@') {
            return Err(AddressError::Login);
        }
        if let Some(found) = rest.chars().find(|c| matches!(c, '?' | '#' | ':')) {
            return Err(AddressError::Extra(found));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(service, bucket) {
            return Err(AddressError::Bucket { service, bucket: one_line(bucket, 100).into_owned() });
        }
        // One slash at the end is how people write folders.
        let prefix = prefix.strip_suffix('/').filter(|prefix| !prefix.is_empty()).unwrap_or(prefix);
        if !prefix.is_empty() && check_key(prefix).is_err() {
            return Err(AddressError::Prefix(one_line(prefix, 100).into_owned()));
        }
        Ok(Self { service, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// The name of the object that holds `key`.
    pub(super) fn name_of(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    /// The key that the object called `name` holds.
    pub(super) fn key_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        if self.prefix.is_empty() { Some(name) } else { name.strip_prefix(&self.prefix)?.strip_prefix('/') }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.service.scheme(), self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// What all three services accept, narrowed to what each of them documents.
fn is_bucket(service: Service, name: &str) -> bool {
    let more = match service {
        Service::S3 => ".-",
        Service::Google => ".-_",
        Service::Azure => "-",
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| plain(c) || more.contains(c))
        && name.starts_with(plain)
        && name.ends_with(plain)
        && !name.contains("..")
        && !(service == Service::Azure && name.contains("--"))
        && name.parse::<Ipv4Addr>().is_err()
}

/// Why an address is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error("`{0}` is no address of an object store: it begins with s3://, gs:// or az://")]
    Scheme(String),
    /// A name or password in it; not quoted.
    #[error("the address of an object store holds no login: credentials come from the environment")]
    Login,
    /// A port, a query or a fragment.
    #[error(
        "the address of an object store names a bucket and a prefix and nothing else, and this one has a `{0}` in it"
    )]
    Extra(char),
    /// No name of a bucket.
    #[error("`{bucket}` cannot be the name of a bucket: {}", rule(*.service))]
    Bucket {
        /// Whose.
        service: Service,
        /// The name.
        bucket: String,
    },
    /// No prefix.
    #[error(
        "`{0}` cannot be the prefix of state: it is made of letters, digits and `.-_`, in parts with one `/` between them"
    )]
    Prefix(String),
}

const fn rule(service: Service) -> &'static str {
    match service {
        Service::S3 => "3 to 63 lowercase letters, digits, `.` and `-`, with a letter or digit at both ends",
        Service::Google => "3 to 63 lowercase letters, digits and `.-_`, with a letter or digit at both ends",
        Service::Azure => "3 to 63 lowercase letters, digits and single `-`, with a letter or digit at both ends",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(Service, &str, &str), &str>) {
        let found = Address::parse(text);
        match (&found, expected) {
            (Ok(address), Ok((service, bucket, prefix))) => {
                assert_eq!((address.service, &*address.bucket, &*address.prefix), (service, bucket, prefix), "{text}");
                assert_eq!(address.to_string(), text.trim_end_matches('/'));
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
            _ => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn addresses() {
        check("s3://bucket", Ok((Service::S3, "bucket", "")));
        check("s3://my.bucket-1/", Ok((Service::S3, "my.bucket-1", "")));
        check("gs://my_bucket/team/releases/", Ok((Service::Google, "my_bucket", "team/releases")));
        check("az://container/Team_1.x", Ok((Service::Azure, "container", "Team_1.x")));
        for text in ["", "bucket", "s3:/bucket", "S3://bucket", "https://bucket.s3.amazonaws.com", "file:///x"] {
            check(text, Err("s3://, gs:// or az://"));
        }
        for text in ["s3://key:secret@bucket", "s3://bucket/@x", "s3://secret@"] {
            check(text, Err("no login"));
            assert!(!Address::parse(text).unwrap_err().to_string().contains("secret"));
        }
        for text in ["s3://bucket?x=y", "s3://bucket/x#y", "s3://bucket:9000/x"] {
            check(text, Err("nothing else"));
        }
        for text in [
            "s3://",
            "s3:///x",
            "s3://ab",
            "s3://Bucket",
            "s3://a_b_c",
            "s3://-abc",
            "s3://abc-",
            "s3://a..b",
            "s3://127.0.0.1",
            "s3://büchse",
            "az://a--b",
            "az://a.b.c",
            "gs://a b",
            "s3://a\nb",
        ] {
            check(text, Err("name of a bucket"));
        }
        assert!(Address::parse(&format!("s3://{}", "a".repeat(64))).is_err());
        for text in ["s3://bucket//", "s3://bucket/a//b", "s3://bucket/../x", "s3://bucket/.x", "s3://bucket/a b"] {
            check(text, Err("prefix of state"));
        }
    }

    #[test]
    fn keys_are_names_below_the_prefix() {
        let deep = Address::parse("s3://bucket/a/b").unwrap();
        assert_eq!((deep.name_of("x/y"), deep.key_of("a/b/x/y")), ("a/b/x/y".to_owned(), Some("x/y")));
        assert_eq!((deep.key_of("a/bc/x"), deep.key_of("x")), (None, None));
        let top = Address::parse("s3://bucket").unwrap();
        assert_eq!((top.name_of("x/y"), top.key_of("x/y")), ("x/y".to_owned(), Some("x/y")));
    }
}
