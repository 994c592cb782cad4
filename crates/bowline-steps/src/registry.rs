//! The list of steps in the order of effects.
//!
//! Everything before `push/refs` can be taken back; everything after it only goes forward. A forge keeps the draft
//! invisible, so a lost machine loses no bytes and a failed upload is nobody's business.

use crate::{build, commit, draft, gate, notify, publish, push, validate, verify};
use bowline_engine::Registry;

/// All steps, in order.
pub fn all() -> Registry {
    Registry::default()
        .check(gate::branch::Branch)
        .check(gate::tree::Tree)
        .check(gate::remote::Remote)
        .check(gate::checks::Checks)
        .check(gate::environment::Environment)
        .step(commit::staged::Staged)
        .step(commit::objects::Objects)
        .step(build::command::Command)
        .step(build::promoted::Fetch)
        .step(build::manifest::Freeze)
        .check(validate::artifacts::Artifacts)
        .step(draft::create::Create)
        .step(draft::upload::Upload)
        .check(draft::verify::Verify)
        .step(push::refs::Refs)
        .step(publish::release::Publish)
        .check(verify::release::Verify)
        .step(notify::checkout::Checkout)
        .step(notify::floating_tags::FloatingTags)
        .step(notify::discussion::Discussion)
        .step(notify::status::Status)
        .step(notify::released::Released)
}
