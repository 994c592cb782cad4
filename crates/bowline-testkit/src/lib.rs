//! A hermetic world for tests.
//!
//! [`world::World`] owns a temporary folder with its own home, state, data and git configuration; nothing of the
//! machine leaks in. [`world::World::bowline`] runs the real program in it. [`mod@bench`] holds a run in this process, so
//! that a test can stop it at any point; [`contract`] uses that to prove the same properties for every registered
//! step. [`mod@fuzz`] holds what must be true of parsers of bytes from outside. [`git_http`] is a git server
//! whose network fails on demand, [`http_double`] any other server, [`mod@github`] a GitHub with its habits, [`tls`] a
//! server that cannot be trusted, [`writer`] writes state to be killed at it, and [`parts`] says what to do on a machine
//! that lacks something real.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken test world must stop the test, loudly"
)]
#![expect(clippy::disallowed_methods, reason = "the test world starts git and the program under test itself")]

pub mod bench;
pub mod contract;
pub mod fuzz;
pub mod git_http;
pub mod github;
pub mod http_double;
pub mod interface;
pub mod parts;
pub mod tls;
pub mod world;
pub mod writer;

pub use world::{Ran, World};
