//! The point of no return.

mod by_forge;
pub mod refs;
pub mod rules;
mod workflows;
