//! What weakens a release, found by reading and never by running.
//!
//! [`finding`] has the words in which everything is reported. Workflows are judged as text from outside: nothing of them is
//! carried out, and what cannot be read is a finding itself. Who looks at forges and machines (the program) reports in the same words.

pub mod finding;
