//! One file per step, and the one list of them.
//!
//! A step's id is its path here (`draft/upload` is `draft/upload.rs`), its journal key, its documentation page and
//! its `--skip` value. [`registry::all`] lists them in the order of effects; read that list first.

pub mod assets;
pub mod build;
pub mod commit;
pub mod draft;
pub mod files;
pub mod gate;
pub mod notify;
pub mod objects;
pub mod publish;
pub mod push;
pub mod refs;
pub mod registry;
pub mod validate;
pub mod verify;
