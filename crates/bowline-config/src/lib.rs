//! File and flags become one resolved [`Config`], each value with its origin.
//!
//! [`load()`] is the way in. It reports everything that is wrong with a file at once, each finding with its line, and
//! nothing that it does not understand passes: an unknown key and a key of another version are errors, so no setting
//! looks as if it were on. Every key is described once, beside the section that reads it ([`section`]); the
//! reference ([`reference()`], [`explain`], [`reference_markdown`]) and the JSON Schema ([`json_schema`]) are made
//! from the same table that the loader walks by.

pub mod candidates;
mod document;
mod finding;
mod flags;
mod key;
mod load;
mod origin;
mod reference;
mod schema;
pub mod section;
mod suggest;
mod unavailable;
mod values;

pub use finding::{ConfigError, Finding};
pub use flags::Flags;
pub use load::{Entry, File, Input, Loaded, Translated, load};
pub use origin::{Origin, Origins};
pub use reference::{KeyDoc, UnknownKey, explain, reference, reference_markdown};
pub use schema::json_schema;
pub use section::{Config, Evaluated};

/// Milliseconds in a length of time as files and flags write it: `90s`, `10m`, `24h`, `7d`; none when it is not one.
pub fn duration_ms(text: &str) -> Option<u64> {
    key::quantity::duration(text)
}
