//! The release workflow and the scripts of its actions, run by `act` in host mode from a repository that calls them.
//!
//! `stage.rs` builds what they need: the caller, the engine's own files in a temporary copy, doubles of GitHub and its git server, and
//! stand-ins for GitHub's own actions under the commits that the workflow pins.

#![cfg(test)]

mod callers;
mod inputs;
mod installing;
mod interface;
mod quality;
mod rough;
mod scripts;
mod stage;
