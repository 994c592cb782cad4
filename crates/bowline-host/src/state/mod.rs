//! Where state is kept: on this machine, and where other machines find it.
//!
//! [`mod@file`] is both; [`dir`] says where on this machine. [`object`] is a bucket that many machines share.

pub mod dir;
pub mod file;
#[cfg(feature = "object-store")]
pub mod object;

pub use dir::{repository_key, state_dir};
pub use file::FileState;
#[cfg(feature = "object-store")]
pub use object::ObjectState;
