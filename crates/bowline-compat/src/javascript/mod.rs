//! The rules of JavaScript that the originals live by, and a way to run it.
//!
//! [`Value`] is what JSON can say, with the order of keys that JavaScript gives an object; [`parse`] reads it with the messages of
//! `JSON.parse`, [`mod@print`] writes it as `JSON.stringify` does, and [`node`] runs configuration and updaters that are code.

pub mod node;
pub mod parse;
pub mod print;
pub mod value;

pub use value::{Object, Value};
