//! The options that the originals know, and what kind each is of. Their names are those of the configuration.

use crate::profile::Profile;

/// What an option takes on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or `true` or `false`.
    Switch,
    /// A text; empty when nothing follows.
    Text,
    /// A text that has to follow.
    NeededText,
    /// A number.
    Number,
    /// Everything that follows up to the next flag.
    List,
    /// Anything.
    Any,
}

/// An option.
#[derive(Debug)]
pub(super) struct Row {
    /// As in a configuration file.
    pub(super) name: &'static str,
    /// One letter for the command line.
    pub(super) short: Option<char>,
    pub(super) kind: Kind,
    /// Which programs know it.
    pub(super) known: Known,
    /// What it is for; empty when help does not name it.
    pub(super) help: &'static str,
    /// The words for its value in help.
    pub(super) value: &'static str,
}

/// Which programs know an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// All three.
    All,
    /// commit-and-tag-version.
    Catv,
    /// This program only.
    Here,
}

const fn row(
    name: &'static str,
    short: Option<char>,
    kind: Kind,
    known: Known,
    value: &'static str,
    help: &'static str,
) -> Row {
    Row { name, short, kind, known, help, value }
}

/// All options, in the order of help.
pub(super) const ROWS: &[Row] = &[
    row(
        "releaseAs",
        Some('r'),
        Kind::NeededText,
        Known::All,
        "LEVEL",
        "release as major, minor or patch, or as this version",
    ),
    row(
        "prerelease",
        Some('p'),
        Kind::Text,
        Known::All,
        "[ID]",
        "make a pre-release, with this identifier if there is one",
    ),
    row("firstRelease", Some('f'), Kind::Switch, Known::All, "", "release the version that is there already"),
    row("dryRun", None, Kind::Switch, Known::All, "", "show what would be done, and change nothing"),
    row(
        "packageFiles",
        None,
        Kind::List,
        Known::All,
        "FILE...",
        "files to read the version from; the first that can be read counts",
    ),
    row("bumpFiles", None, Kind::List, Known::All, "FILE...", "files to write the version to"),
    row("infile", Some('i'), Kind::Any, Known::All, "FILE", "the changelog (CHANGELOG.md)"),
    row(
        "releaseCount",
        None,
        Kind::Number,
        Known::Catv,
        "N",
        "write the last N releases into the changelog; 0: all of them, anew (1)",
    ),
    row("noBumpWhenEmptyChanges", None, Kind::Switch, Known::Catv, "", "release nothing when no commit asks for it"),
    row("tagPrefix", Some('t'), Kind::Text, Known::All, "TEXT", "what stands before the version in a tag (v)"),
    row("tagForce", None, Kind::Switch, Known::Catv, "", "replace a tag that is there"),
    row("gitTagFallback", None, Kind::Switch, Known::All, "", "take the version from tags when no file has one (true)"),
    row(
        "commitAll",
        Some('a'),
        Kind::Switch,
        Known::All,
        "",
        "commit all that is staged, not only the files of the release",
    ),
    row("sign", Some('s'), Kind::Switch, Known::All, "", "sign commit and tag"),
    row("signoff", None, Kind::Switch, Known::Catv, "", "add a Signed-off-by line to the commit"),
    row("noVerify", Some('n'), Kind::Switch, Known::All, "", "commit without the hooks of git"),
    row(
        "skip",
        None,
        Kind::Any,
        Known::All,
        "",
        "--skip.bump, --skip.changelog, --skip.commit, --skip.tag: leave that out",
    ),
    row(
        "scripts",
        None,
        Kind::Any,
        Known::All,
        "",
        "--scripts.HOOK COMMAND: run a command at a hook, such as postbump",
    ),
    row("path", None, Kind::Text, Known::All, "FOLDER", "only commits that touch this folder"),
    row("lernaPackage", None, Kind::Text, Known::All, "NAME", "only tags of this package count for the next version"),
    row("npmPublishHint", None, Kind::Text, Known::Catv, "TEXT", "say this in place of `npm publish` at the end"),
    row("preset", None, Kind::Text, Known::All, "NAME", "rules for commits and changelog (conventionalcommits)"),
    row("header", None, Kind::Text, Known::All, "TEXT", "what stands on top of the changelog"),
    row("types", None, Kind::List, Known::All, "", "types of commits and their sections; in a configuration file"),
    row("preMajor", None, Kind::Switch, Known::All, "", "treat the version as one before 1.0.0"),
    row("commitUrlFormat", None, Kind::Text, Known::All, "URL", "address of a commit"),
    row("compareUrlFormat", None, Kind::Text, Known::All, "URL", "address of a comparison of two tags"),
    row("issueUrlFormat", None, Kind::Text, Known::All, "URL", "address of an issue"),
    row("userUrlFormat", None, Kind::Text, Known::All, "URL", "address of a person"),
    row(
        "releaseCommitMessageFormat",
        None,
        Kind::Text,
        Known::All,
        "TEXT",
        "message of commit and tag; {{currentTag}} is the version",
    ),
    row("issuePrefixes", None, Kind::List, Known::All, "TEXT...", "what stands before the number of an issue (#)"),
    row("silent", None, Kind::Switch, Known::All, "", "print nothing"),
    row("verbose", None, Kind::Any, Known::All, "", "say more"),
    row("config", Some('c'), Kind::Text, Known::Catv, "FILE", "read this configuration file"),
    row(
        "message",
        Some('m'),
        Kind::Text,
        Known::All,
        "TEXT",
        "deprecated: message of the commit, %s is the version; use --releaseCommitMessageFormat",
    ),
    row("changelogHeader", None, Kind::Text, Known::All, "TEXT", "deprecated: use --header"),
    row("profile", None, Kind::Text, Known::Here, "NAME", "whose habits: sv9, catv12 or catv13"),
    row("compat", None, Kind::Text, Known::Here, "exact", "make the known mistakes of the original again"),
    row("help", Some('h'), Kind::Switch, Known::All, "", "show this help"),
    row("version", Some('v'), Kind::Switch, Known::All, "", "show the version of the program that is stood in for"),
    row("parserOpts", None, Kind::Any, Known::Catv, "", ""),
    row("writerOpts", None, Kind::Any, Known::Catv, "", ""),
    // What `--no-verify` is for the originals: a switch `verify` that is off.
    row("verify", None, Kind::Any, Known::All, "", ""),
];

impl Row {
    /// Its name as a flag without a capital letter.
    pub(super) fn flag(&self) -> String {
        let mut flag = String::new();
        for char in self.name.chars() {
            if char.is_ascii_uppercase() {
                flag.push('-');
            }
            flag.push(char.to_ascii_lowercase());
        }
        flag
    }

    /// Whether this profile knows it.
    pub(super) const fn is_known(&self, profile: Profile) -> bool {
        match self.known {
            Known::All | Known::Here => true,
            Known::Catv => profile.is_catv(),
        }
    }
}

/// The option that people mean by `name`: its name, its name as a flag, or its letter.
pub(super) fn named(name: &str, profile: Profile) -> Option<&'static Row> {
    let mut chars = name.chars();
    let letter = chars.next().filter(|_| chars.next().is_none());
    ROWS.iter().filter(|row| row.is_known(profile)).find(|row| {
        row.name == name || (letter.is_some() && row.short == letter) || (name.contains('-') && row.flag() == name)
    })
}
