//! Runs the target that has this program's name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bowline_testkit::fuzz::run(env!("CARGO_BIN_NAME"), data));
