//! `bowline plan --snapshot`: a version for a build of the head commit that is no release. Only the version goes to standard
//! output, so that a script can take it as it is.

use crate::args::PlanArgs;
use crate::output::snapshot::{SCHEMA, SnapshotDocument, Spellings};
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::Failure;
use bowline_model::version::Spelling;

/// Prints the version.
pub fn show(session: &Session, args: &PlanArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, args))?;
    let facts = workspace.observe_build(session, args.branch.as_deref())?;
    let found = bowline_plan::snapshot(&workspace.config.config, &facts, Some(&workspace.today()))?;
    let spelled = |spelling: Spelling| spelling.write(&found.version).ok();
    session.screen.text(&format!("{}\n", found.version));
    session
        .screen
        .note(&format!("A snapshot of {}, for builds: it is never tagged nor published.", facts.head.oid.short()));
    session.screen.document(&SnapshotDocument {
        schema: SCHEMA.to_owned(),
        spellings: Spellings {
            pep440: spelled(Spelling::Pep440),
            maven: spelled(Spelling::Maven),
            debian: spelled(Spelling::Debian),
        },
        version: found.version.clone(),
        next: found.next,
        current: found.current,
        head: facts.head.oid,
        time: facts.head.committed,
        commits: found.commits,
        provisional: workspace.config.provisional,
    });
    Ok(0)
}
