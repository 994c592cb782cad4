//! Making the objects that will be pushed.

pub mod objects;
pub mod staged;
