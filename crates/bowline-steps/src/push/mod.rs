//! The point of no return.

pub mod refs;
