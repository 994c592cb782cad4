//! Programs that a test needs and a machine may lack.

/// Whether a test that needs `what` can go on: on a laptop it is skipped with a reason, in CI it must be there.
///
/// # Panics
///
/// When it is absent and `CI` is set.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see what was not tried")]
pub fn require(what: &str, present: bool) -> bool {
    if !present {
        assert!(std::env::var_os("CI").is_none(), "{what} is missing: scripts/check installs it");
        eprintln!("skipped: {what} is missing; scripts/check installs it");
    }
    present
}
