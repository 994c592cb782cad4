//! What weakens a release, found by reading and never by running.
//!
//! [`finding`] has the words in which everything is reported, and [`sarif`] says them to code scanning. [`workflow`] judges workflows by
//! the checklist for releases: as text from outside ([`yaml`]), of which nothing is carried out, and what cannot be read is a finding
//! itself. Who looks at forges and machines (the program) reports in the same words.

pub mod finding;
pub mod sarif;
pub mod workflow;
pub mod yaml;
