//! One file for each step, and the contract that all of them keep.
#![cfg(test)]

mod build_command;
mod build_manifest;
mod build_promoted;
mod commit_objects;
mod commit_staged;
mod contract;
mod draft_create;
mod draft_upload;
mod draft_verify;
mod forge;
mod gate_branch;
mod gate_checks;
mod gate_environment;
mod gate_remote;
mod gate_tree;
mod notify_checkout;
mod notify_discussion;
mod notify_floating_tags;
mod notify_released;
mod notify_status;
mod publish_release;
mod push_refs;
mod shared;
mod talking;
mod tools;
mod validate_artifacts;
mod verify_release;
mod worlds;
