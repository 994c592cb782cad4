//! The point of no return.

pub mod refs;
pub mod rules;
mod workflows;
