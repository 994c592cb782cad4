//! Facts from real repositories: each test makes its own folder with a bare remote and a clone of it, does with plain
//! git what people and crashes do, and looks at what is observed.
#![cfg(test)]

mod branches;
mod changes;
mod places;
mod pulls;
mod recompute;
mod relations;
mod releases;
mod tags;
mod world;
