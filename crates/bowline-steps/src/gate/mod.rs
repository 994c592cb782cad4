//! May this release happen at all?

pub mod branch;
pub mod checks;
pub mod environment;
pub mod judge;
pub mod remote;
pub mod tree;
