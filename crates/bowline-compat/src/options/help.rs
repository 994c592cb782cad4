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
    let mut out = format!("Usage: {program} [options]\n\n");
    paragraph(
        &mut out,
        &format!(
            "Raises the version, writes the changelog, commits and tags, as {package} does (profile {profile}). Nothing is pushed \
             or published."
        ),
    );
    out.push_str("\nOptions:\n");
    for row in ROWS.iter().filter(|row| row.is_known(profile) && !row.help.is_empty() && row.known != Known::Here) {
        describe(&mut out, row);
    }
    out.push_str("\nOnly here:\n");
    for row in ROWS.iter().filter(|row| row.known == Known::Here) {
        describe(&mut out, row);
    }
    out.push('\n');
    paragraph(
        &mut out,
        &format!(
            "Options also stand in package.json under \"{package}\", and in .versionrc, .versionrc.json or .versionrc.js, for which \
             `node` is needed. The command line counts most, then package.json, then the file."
        ),
    );
    out.push('\n');
    paragraph(
        &mut out,
        &format!(
            "Different from {package}: known mistakes of it are mended, and a note says so where it matters; `--compat exact` makes \
             them again. Flags that nobody knows are warned about. Without --profile, the program's name and the dependencies in \
             package.json decide whose habits are followed."
        ),
    );
    out.push_str(&format!(
        "\nExamples:\n  {program} --dry-run\n      see what would be done\n  {program} -r minor -p rc\n      \
         make a pre-release of the next minor version"
    ));
    out
}

fn paragraph(out: &mut String, text: &str) {
    words(out, text, 0);
    out.push('\n');
}

/// Adds words, and begins new lines at `column` where they get too long. The line before has got as far as that.
fn words(out: &mut String, text: &str, column: usize) {
    let mut at = column;
    for word in text.split(' ') {
        let length = word.chars().count();
        if at + length + 1 > WIDTH && at > column {
            out.push('\n');
            out.push_str(&" ".repeat(column));
            at = column;
        }
        if at > column {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += length;
    }
}

fn describe(out: &mut String, row: &Row) {
    let short = row.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = if row.value.is_empty() { String::new() } else { format!(" {}", row.value) };
    // yargs takes `--no-` for the end of something, but for the one that has a name of that kind on purpose.
    let flag = row.flag();
    let flag = if flag.starts_with("no-") && row.short.is_none() { row.name.to_owned() } else { flag };
    let left = format!("  {short}--{flag}{value}");
    out.push_str(&left);
    let mut at = left.chars().count();
    if at + 2 > COLUMN {
        out.push('\n');
        at = 0;
    }
    out.push_str(&" ".repeat(COLUMN - at));
    words(out, row.help, COLUMN);
    out.push('\n');
}
