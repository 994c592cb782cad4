//! `bowline completions` and `bowline man`: made from the same definitions as the help.

use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::session::Session;
use bowline_model::{Failure, FailureKind};
use clap::CommandFactory;

/// Prints completions.
pub fn completions(session: &Session, args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "bowline", &mut out);
    session.screen.raw(&String::from_utf8_lossy(&out));
    Ok(0)
}

/// Prints the manual page, or writes all of them.
pub fn man(session: &Session, args: &ManArgs) -> Result<u8, Failure> {
    match &args.into {
        Some(dir) => {
            let dir = session.dir()?.join(dir);
            let write = std::fs::create_dir_all(&dir).and_then(|()| clap_mangen::generate_to(Args::command(), &dir));
            write.map_err(|error| failure(&error).hint(format!("make {} writable", dir.display())))?;
            session.screen.note(&format!("Wrote the manual pages into {}", dir.display()));
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page).map_err(|error| failure(&error))?;
            session.screen.raw(&String::from_utf8_lossy(&page));
        }
    }
    Ok(0)
}

fn failure(error: &std::io::Error) -> Failure {
    Failure::from_error(FailureKind::Failed, "man", error)
}
