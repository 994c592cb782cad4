//! The real doors: git, forges, HTTP, processes, files, state and the clock of the machine we run on.
//!
//! Nothing here decides anything; each module implements one trait of `bowline-port` and passes its exam. Written for
//! Unix-like systems.

pub mod clock;
pub mod files;
mod folder;
pub mod forge;
pub mod git;
pub mod http;
pub mod machine;
pub mod process;
pub mod state;
#[cfg(test)]
mod testing;
pub mod tokens;
