//! Makes a fixed sequence of durable writes in the folder that is named, and says before and after each one that it
//! does: `begin 3`, `done 3`. It is there to be killed on the way.
#![expect(clippy::print_stdout, reason = "what it says is how its test knows how far it came")]

use bowline_testkit::writer::{Mark, write};
use std::io::Write;

fn main() {
    let Some(root) = std::env::args_os().nth(1) else {
        println!("usage: write_state FOLDER");
        return;
    };
    write(root.as_ref(), &|mark, number| {
        let word = if mark == Mark::Begin { "begin" } else { "done" };
        println!("{word} {number}");
        // Through a pipe nothing leaves by itself at the end of a line.
        let _ = std::io::stdout().flush();
    });
}
