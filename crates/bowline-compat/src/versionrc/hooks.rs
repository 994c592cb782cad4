//! Hooks: `bowline release` runs none of them, and a hook that silently does not run is how a release goes out untested or
//! without the files that the hook makes. So they are refused, until somebody says that releases are right without them.

use super::translate::Walk;
use bowline_model::text::one_line;

/// Refuses hooks, unless the key `bowline` leaves them out.
pub(super) fn check(walk: &mut Walk<'_>) {
    let mut left_out = false;
    for (name, said) in walk.members("bowline") {
        match (name.as_str(), said.value.as_str()) {
            ("scripts", Some("leave-out")) => left_out = true,
            _ => walk.refuse(&said, "means nothing", &[LEAVE_OUT]),
        }
    }
    for (_, said) in walk.members("scripts") {
        let Some(command) = said.value.as_str() else {
            walk.wrong(&said, "a command");
            continue;
        };
        let command = one_line(command, 80).into_owned();
        if command.trim().is_empty() {
            continue;
        }
        if left_out {
            walk.warn(&said, &format!("is left out: `{command}` does not run"));
        } else {
            let what = format!("is a hook, and `bowline release` runs none: `{command}`");
            walk.refuse(&said, &what, &[INSTEAD, LEAVE_OUT]);
        }
    }
}

const INSTEAD: &str = "do its work in a step before `bowline release`; `bowline standard-version` runs hooks";
const LEAVE_OUT: &str =
    "when releases are right without hooks, say so there: \"bowline\": { \"scripts\": \"leave-out\" }";
