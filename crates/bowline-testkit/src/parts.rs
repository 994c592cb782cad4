//! Parts of the real world that a test needs and a machine may lack.
//!
//! A laptop without one skips the test and says so; continuous integration has them all, so there a missing one is a
//! failure and cannot pass for a test that was run.

/// Whether a test that needs `what` can run. One that cannot prints why.
///
/// # Panics
///
/// When continuous integration lacks it.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen by who runs it")]
pub fn require(what: &str, present: bool) -> bool {
    assert!(present || !is_ci(), "{what} is missing, and continuous integration may not skip a test");
    if !present {
        eprintln!("skipped: {what} is missing");
    }
    present
}

/// Whether `strace` can watch a program here and change what its system calls come to.
///
/// # Panics
///
/// When continuous integration lacks it.
#[must_use]
pub fn strace() -> bool {
    let watched = std::process::Command::new("strace")
        .args(["-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:error=EIO:when=9999", "true"])
        .output();
    require("strace, or the right to use it,", watched.is_ok_and(|ran| ran.status.success()))
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
