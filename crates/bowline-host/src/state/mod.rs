//! Where state is kept: on this machine, and where other machines find it.
//!
//! [`file`] is both; [`dir`] says where on this machine.

pub mod dir;
pub mod file;

pub use dir::{repository_key, state_dir};
pub use file::FileState;
