//! The text of `--help`.

use super::table::{Known, ROWS, Row};
use crate::profile::Profile;

/// Lines are no longer than this.
const WIDTH: usize = 96;
/// Where descriptions begin.
const COLUMN: usize = 36;

/// Help for the program that is stood in for.
pub(super) fn text(program: &str, profile: Profile) -> String {
    let package = profile.package();
    let mut out = format!(
        "Usage: {program} [options]\n\n\
         Raises the version, writes the changelog, commits and tags, as {package} does (profile {profile}).\n\
         Nothing is pushed or published.\n\nOptions:\n"
    );
    for row in ROWS.iter().filter(|row| row.is_known(profile) && !row.help.is_empty() && row.known != Known::Here) {
        describe(&mut out, row);
    }
    out.push_str("\nOnly here:\n");
    for row in ROWS.iter().filter(|row| row.known == Known::Here) {
        describe(&mut out, row);
    }
    out.push_str(&format!(
        "\nOptions also stand in package.json under \"{package}\", and in .versionrc, .versionrc.json or .versionrc.js\n\
         (then `node` is needed). The command line counts most, then package.json.\n\n\
         Different from {package}: known mistakes of it are mended, and a note says so where it matters;\n\
         `--compat exact` makes them again. Flags that nobody knows are warned about. Without --profile,\n\
         the program's name and the dependencies in package.json decide whose habits are followed.\n\n\
         Examples:\n  {program} --dry-run        see what would be done\n  {program} -r minor -p rc   a pre-release of the next minor version"
    ));
    out
}

fn describe(out: &mut String, row: &Row) {
    let short = row.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = if row.value.is_empty() { String::new() } else { format!(" {}", row.value) };
    // Lists and mappings go by their names in configuration, because that is where they mostly stand.
    let left = format!("  {short}--{}{value}", row.flag());
    out.push_str(&left);
    let mut at = left.chars().count();
    if at + 2 > COLUMN {
        out.push('\n');
        at = 0;
    }
    out.push_str(&" ".repeat(COLUMN - at));
    at = COLUMN;
    for word in row.help.split(' ') {
        let length = word.chars().count();
        if at + length + 1 > WIDTH && at > COLUMN {
            out.push('\n');
            out.push_str(&" ".repeat(COLUMN));
            at = COLUMN;
        }
        if at > COLUMN {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += length;
    }
    out.push('\n');
}
