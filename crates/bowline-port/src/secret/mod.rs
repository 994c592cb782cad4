//! Secrets, and keeping them out of everything that leaves the process.
//!
//! A [`Secret`] can be used and cannot be shown: it has no `Debug`, no `Display` and no serialised form, so it cannot
//! reach a log by being part of something else. A [`Redactor`] is the second line: it knows the secrets of this process
//! and takes them out of text that others wrote, in the `forms` that text takes on its way: as it is, in base64 at any
//! offset, percent-encoded, as a JSON string, and in hexadecimal. `pieces` finds what was broken into lines, and `found`
//! says which secrets variables, headers, addresses and password files hold. Bowline's own tokens are in [`token`].

mod forms;
mod found;
mod pieces;
mod redactor;
pub mod token;

pub use found::{
    TOKENS, is_about_secrets, is_login, of_environment, of_header, of_names, of_netrc, passwords, percent_decoded,
    too_short,
};
pub use redactor::Redactor;

/// A value that must not be shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl Secret {
    /// Takes a value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What stands in the place of a secret.
pub const MASK: &str = "***";
/// In bytes. A shorter secret is found in every other word, so it is not searched for.
pub const SHORTEST: usize = 8;
