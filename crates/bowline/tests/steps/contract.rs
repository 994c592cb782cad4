//! The contract of steps, over every registered step, in six kinds of repositories.

use crate::forge::{Trick, Tricky};
use crate::worlds;
use bowline_testkit::contract::prove;
use std::sync::Mutex;

#[test]
fn with_files_and_artifacts() {
    let cases = prove(&|| worlds::bench(worlds::with_artifacts()));
    assert!(cases > 50, "{cases}");
}

#[test]
fn with_a_build_in_the_checkout() {
    prove(&|| worlds::bench(worlds::with_build("checkout")));
}

#[test]
fn with_a_build_in_a_clone() {
    prove(&|| worlds::bench(worlds::with_build("clone")));
}

#[test]
fn with_tags_only() {
    prove(&|| worlds::bench(worlds::tags_only()));
}

#[test]
fn with_floating_tags() {
    prove(&|| worlds::bench(worlds::with_floating_tags()));
}

#[test]
fn with_a_discussion() {
    prove(&|| {
        let mut bench = worlds::bench(worlds::with_discussion());
        Tricky::play(&mut bench, Trick::Discusses(None, Mutex::default()));
        bench
    });
}
