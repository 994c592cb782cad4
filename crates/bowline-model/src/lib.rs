//! The words of the release domain as plain serialisable types.
//!
//! Everything here is a value: no I/O, no clock, no threads. Other crates turn the world into these values
//! (`bowline-facts`), these values into intentions (`bowline-plan`), and intentions into effects (`bowline-engine`).
//! Start with [`plan`], which is the document everything else revolves around; [`facts`] is what goes in,
//! [`step`] and [`event`] are what comes out, and [`failure`] is how anything says no.

pub mod canonical;
pub mod event;
pub mod facts;
pub mod failure;
pub mod git;
pub mod hash;
pub mod plan;
pub mod release;
pub mod repository;
pub mod seeded;
pub mod step;
pub mod tag;
pub mod text;
pub mod time;
pub mod tool;
pub mod version;

pub use failure::{Failure, FailureKind};
pub use git::Oid;
pub use hash::Digest;
pub use time::Timestamp;
pub use version::Version;
