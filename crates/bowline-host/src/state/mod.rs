//! Where state is kept: on this machine, and where other machines find it.
//!
//! [`file`] is both; [`dir`] says where on this machine. [`git`] keeps it in references of a remote.

pub mod dir;
pub mod file;
pub mod git;

pub use dir::{repository_key, state_dir};
pub use file::FileState;
pub use git::GitState;
