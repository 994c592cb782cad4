//! Checking the frozen artifacts.

pub mod artifacts;
