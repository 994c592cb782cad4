//! The command line as its users meet it: one program, a world of its own for every test, whole outputs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test world must stop the test, loudly")]

mod bad_input;
mod behaviour;
mod demo;
mod support;
mod views;
