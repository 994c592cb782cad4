//! May this release happen at all?

pub mod branch;
pub mod remote;
pub mod tree;
