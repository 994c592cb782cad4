//! Making the artifacts and freezing them.

pub mod command;
pub mod frozen;
pub mod manifest;
pub mod promoted;
