//! The habits of standard-version: its command line, its arithmetic of versions, its changelog, byte for byte.
//!
//! [`options`] says what was asked for, from the command line and from every place where the originals look; [`versions`] is
//! the arithmetic of npm's `semver`; [`conventional`] reads commits and writes the section of a changelog; [`updaters`] read
//! and write a version in a file; [`javascript`] has the rules of JavaScript for JSON, and runs it; [`drop_in`] does it all in
//! order. Three programs are meant, told apart by [`Profile`]. [`world`] is what they see of it. [`versionrc`] makes the same configuration one of Bowline's own.

pub mod conventional;
pub mod drop_in;
pub mod javascript;
pub mod options;
pub mod profile;
#[cfg(test)]
mod testing;
pub mod updaters;
pub mod versionrc;
pub mod versions;
pub mod world;

pub use profile::{Exactness, Profile};
