//! The command line as its users meet it: one program, a world of its own for every test, whole outputs.

mod bad_input;
mod behaviour;
mod demo;
mod support;
