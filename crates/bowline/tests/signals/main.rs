//! Signals, as a terminal, a cancelled job or a shutdown sends them: the program is gone within two seconds, nothing it
//! has started is left, and the release can go on.
//!
//! Every test here runs the real program in a world of its own and signals the program alone, never its children.
//! `scene` starts and signals it, `pausing` is about releases, `dying` about commands that keep the default.
#![cfg(test)]

mod dying;
mod ladder;
mod pausing;
mod scene;
