//! Putting everything into a release that nobody can see yet.

pub mod adopt;
pub mod create;
mod together;
pub mod upload;
pub mod verify;
