//! The habits of standard-version: its command line, its arithmetic of versions, its changelog, byte for byte.
//!
//! [`options`] says what was asked for, from the command line and from every place where the originals look; [`versions`] is
//! the arithmetic of npm's `semver`; [`conventional`] reads commits and writes the section of a changelog; [`updaters`] read
//! and write a version in a file; [`drop_in`] does it all in order. [`versionrc`] says
//! their configuration in Bowline's words, for `bowline release`. Three programs are meant, told apart by [`Profile`].

pub mod conventional;
pub mod drop_in;
pub mod options;
pub mod profile;
pub mod updaters;
pub mod versionrc;
pub mod versions;

pub use profile::{Exactness, Profile};
