//! Where a request goes.
//!
//! An address of ours is `http` or `https`, has a host, and holds no login: what stands in an address travels into logs,
//! headers and error messages of others.

use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// A checked address without login and without fragment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(Url);

/// Why a text is no address that requests may go to. The text is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL, by the WHATWG URL standard.
    #[error("it is no address like `https://host/path`")]
    NoUrl,
    /// Some other scheme.
    #[error("only https and http are spoken")]
    Scheme,
    /// User or password inside.
    #[error("it holds a user name or a password, which belong into a token")]
    Login,
}

impl Address {
    /// Reads an absolute address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::checked(Url::parse(text.trim()).map_err(|_| AddressError::NoUrl)?)
    }

    /// Reads `reference` as somebody at this address means it (RFC 3986, section 5): a `Location`, a link.
    pub fn join(&self, reference: &str) -> Result<Self, AddressError> {
        Self::checked(self.0.join(reference.trim()).map_err(|_| AddressError::NoUrl)?)
    }

    /// The address below this one that these path segments lead to, each escaped, so that none can leave it.
    #[must_use]
    pub fn with_segments<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            // A segment of dots alone would be resolved; nothing that we address is called so.
            path.pop_if_empty().extend(segments.into_iter().filter(|segment| !matches!(*segment, "." | "..")));
        }
        Self(url)
    }

    /// The same address with these parameters after those it has, escaped.
    #[must_use]
    pub fn with_query<'q>(&self, parameters: impl IntoIterator<Item = (&'q str, &'q str)>) -> Self {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        Self(url)
    }

    fn checked(mut url: Url) -> Result<Self, AddressError> {
        if !matches!(url.scheme(), "https" | "http") {
            return Err(AddressError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Login);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The whole address, for the one who sends.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host and port as people write them, `api.github.com` or `127.0.0.1:8080`.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether what is sent is encrypted on its way.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether the host is an address that only a near network has: this machine, a private network, or the one at which
    /// clouds hand out credentials.
    pub fn is_near(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name == "metadata.google.internal",
            Some(Host::Ipv4(address)) => is_near(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_near(address.to_canonical()),
            None => false,
        }
    }

    /// Whether both have the same scheme, host and port: what a login for one may go to.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }
}

/// The IANA special-purpose ranges that are not reached through the internet (RFC 6890).
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
                || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

/// Without parameters: those of links that storage hands out are as good as a password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        let had_query = shown.query().is_some();
        shown.set_query(None);
        write!(f, "{shown}{}", if had_query { "?…" } else { "" })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn only_plain_addresses_are_accepted() {
        for (text, expected) in [
            ("https://api.github.com/x", None),
            (" http://127.0.0.1:8080 \n", None),
            ("ftp://host/x", Some(AddressError::Scheme)),
            ("file:///etc/passwd", Some(AddressError::Scheme)),
            ("git@github.com:o/r.git", Some(AddressError::NoUrl)),
            ("", Some(AddressError::NoUrl)),
            ("https://", Some(AddressError::NoUrl)),
            ("https://user@host/", Some(AddressError::Login)),
            ("https://:secret@host/", Some(AddressError::Login)),
        ] {
            assert_eq!(Address::parse(text).err(), expected, "{text}");
        }
    }

    #[test]
    fn parameters_are_not_shown() {
        let signed = address("https://bucket.example/file?X-Signature=s3cret#part");
        assert_eq!(signed.to_string(), "https://bucket.example/file?…");
        assert_eq!(format!("{signed:?}"), "Address(https://bucket.example/file?…)");
        assert_eq!(signed.as_str(), "https://bucket.example/file?X-Signature=s3cret");
    }

    #[test]
    fn paths_cannot_be_left() {
        let base = address("https://ghe.example/api/v3/");
        let made = base.with_segments(["repos", "o", "a/../b", "..", "x?y#z %", "ü"]);
        assert_eq!(made.as_str(), "https://ghe.example/api/v3/repos/o/a%2F..%2Fb/x%3Fy%23z%20%25/%C3%BC");
        let asked = base.with_segments(["a"]).with_query([("name", "a&b=c"), ("page", "2")]);
        assert_eq!(asked.as_str(), "https://ghe.example/api/v3/a?name=a%26b%3Dc&page=2");
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let base = address("https://host/x");
        for (other, same) in [
            ("https://host:443/y", true),
            ("https://HOST/", true),
            ("http://host/x", false),
            ("https://host:444/", false),
            ("https://host.example/", false),
        ] {
            assert_eq!(base.same_origin(&address(other)), same, "{other}");
        }
        assert!(base.join("//evil.example/x").unwrap().host() == "evil.example");
        assert_eq!(base.join("javascript:alert(1)"), Err(AddressError::Scheme));
        assert_eq!(base.join("https://a:b@host/"), Err(AddressError::Login));
    }

    #[test]
    fn near_hosts_are_known() {
        for near in [
            "http://localhost/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            // Other spellings of 127.0.0.1.
            "https://2130706433/",
            "https://0x7f.1/",
            "http://metadata.google.internal/",
        ] {
            assert!(address(near).is_near(), "{near}");
        }
        for far in ["https://github.com/", "https://1.1.1.1/", "https://localhost.example/", "https://[2606:4700::1]/"]
        {
            assert!(!address(far).is_near() && !address(far).is_loopback(), "{far}");
        }
    }
}
