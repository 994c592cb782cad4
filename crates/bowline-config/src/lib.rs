//! File, environment and flags become one resolved [`Config`], each value with its origin.

pub mod section;

pub use section::Config;
