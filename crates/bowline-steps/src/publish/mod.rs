//! Making the release visible.

pub mod burned;
pub mod release;
