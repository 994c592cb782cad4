//! The shape of the project, held by tests: which crate may see which, which modules may know each other, what every
//! step and every file comes with, and documentation that says what the program does. Each message says what to do.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "every place was found by searching, so it is a border of characters")]

#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/docs.rs"]
mod docs;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/seeded.rs"]
mod seeded;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/steps.rs"]
mod steps;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/workflows.rs"]
mod workflows;
