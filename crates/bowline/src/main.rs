//! The `bowline` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bowline::start()
}
