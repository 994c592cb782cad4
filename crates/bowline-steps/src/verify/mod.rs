//! Looking at the release as a reader would.

pub mod release;
