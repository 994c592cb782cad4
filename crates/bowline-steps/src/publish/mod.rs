//! Making the release visible.

pub mod release;
