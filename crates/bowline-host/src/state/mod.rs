//! Where state is kept: on this machine, and where other machines find it.
//!
//! [`mod@file`] is both; [`dir`] says where on this machine. [`git`] keeps it in references of a remote, [`object`] in a
//! bucket.

pub mod dir;
pub mod file;
pub mod git;
#[cfg(feature = "object-store")]
pub mod object;

pub use dir::{repository_key, state_dir};
pub use file::FileState;
pub use git::GitState;
#[cfg(feature = "object-store")]
pub use object::ObjectState;
