//! The command line.
//!
//! Doc comments here are the help texts, the man pages and the completions. Every flag has a variable
//! `BOWLINE_<FLAG>`; tokens have neither flag nor place in the configuration. For a flag without a value the variable
//! says on or off: nothing, `0`, `false`, `no` and `off` leave it off.

use clap::builder::FalseyValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A release engine: plans, gates, tags, validates, publishes and audits software releases, and resumes after any
/// crash.
#[derive(Clone, Debug, Parser)]
#[command(name = "bowline", version, max_term_width = 100, disable_help_subcommand = true, after_help = AFTER_HELP)]
pub struct Args {
    /// Global flags.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Global {
    /// Work in this folder
    #[arg(short = 'C', value_name = "DIR", global = true, env = "BOWLINE_C")]
    pub dir: Option<PathBuf>,
    /// Use this configuration file
    #[arg(long, value_name = "FILE", global = true, env = "BOWLINE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print one JSON document on standard output
    #[arg(long, global = true, env = "BOWLINE_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// How log lines look on standard error
    #[arg(long, value_name = "FORMAT", global = true, default_value = "human", env = "BOWLINE_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// Which log lines are shown
    #[arg(long, value_name = "LEVEL", global = true, env = "BOWLINE_LOG_LEVEL")]
    pub log_level: Option<LogLevel>,
    /// Append JSON log lines to this file as well
    #[arg(long, value_name = "FILE", global = true, env = "BOWLINE_LOG_FILE")]
    pub log_file: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", env = "BOWLINE_COLOR")]
    pub color: ColorWhen,
    /// No live progress line, even on a terminal
    #[arg(long, global = true, env = "BOWLINE_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    pub no_progress: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, env = "BOWLINE_QUIET", value_parser = FalseyValueParser::new())]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, env = "BOWLINE_VERBOSE", value_parser = FalseyValueParser::new())]
    pub verbose: bool,
    /// Do not use the network
    #[arg(long, global = true, env = "BOWLINE_OFFLINE", value_parser = FalseyValueParser::new())]
    pub offline: bool,
    /// Leave out these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',', global = true, env = "BOWLINE_SKIP")]
    pub skip: Vec<String>,
    /// Show what would happen and change nothing
    #[arg(long, global = true, env = "BOWLINE_DRY_RUN", value_parser = FalseyValueParser::new())]
    pub dry_run: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object a line
    Json,
}

/// Which log lines are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
    /// Failures only
    Error,
    /// And warnings
    Warn,
    /// And steps
    Info,
    /// And intents
    Debug,
    /// And every call that changes something
    Trace,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On terminals, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Release: observe, plan, gate, run every step, report
    Release(ReleaseArgs),
    /// Release a published pre-release under another version: the same files, no new commit
    Promote(PromoteArgs),
    /// Show what a release would do; needs no write access
    Plan(PlanCommandArgs),
    /// Show what would stop a release now
    Check(PlanArgs),
    /// Continue an interrupted release
    Resume(RunArgs),
    /// Take back what can be taken back of an interrupted release
    Abort(RunArgs),
    /// Show open and past runs, what is public and what is missing
    Status,
    /// Render the changelog without releasing
    Changelog(ChangelogArgs),
    /// Render release notes without releasing
    Notes(NotesArgs),
    /// Say why this version: per commit, the rule that hit
    Explain(ExplainArgs),
    /// Find commit messages that will be misread, and say how to write them
    LintCommits(LintCommitsArgs),
    /// Verify a release: every file, and on the forge its tag and commit
    Verify(VerifyArgs),
    /// Write the workflow that releases this repository, and a configuration
    Init(InitArgs),
    /// Find what weakens a release: settings of the forge, workflows, tools; or judge one workflow
    Doctor(DoctorArgs),
    /// Do what standard-version or commit-and-tag-version would do here
    ///
    /// Takes their flags and reads their configuration; `bowline standard-version --help` lists both. Called as
    /// `standard-version` or `commit-and-tag-version`, the program is this command.
    #[command(disable_help_flag = true)]
    StandardVersion(StandardVersionArgs),
    /// Make a sample repository, release it, kill a second release and resume it
    Demo(DemoArgs),
    /// Read the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them into a folder
    Man(ManArgs),
}

/// Flags that decide about the plan.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct PlanArgs {
    /// Release exactly this version
    #[arg(long, value_name = "X", env = "BOWLINE_VERSION")]
    pub version: Option<String>,
    /// Raise the version by this much, whatever the commits say
    #[arg(long, value_name = "LEVEL", env = "BOWLINE_BUMP")]
    pub bump: Option<String>,
    /// Make a pre-release with this identifier, such as rc
    #[arg(long, value_name = "ID", env = "BOWLINE_PRE")]
    pub pre: Option<String>,
    /// Release to this branch
    #[arg(long, value_name = "NAME", env = "BOWLINE_BRANCH")]
    pub branch: Option<String>,
    /// Leave the release a draft for a person to publish, as `forge.draft` does
    #[arg(long, env = "BOWLINE_DRAFT", value_parser = FalseyValueParser::new())]
    pub draft: bool,
    /// Release nothing when this commit is released already, also when a version is asked for
    #[arg(long, env = "BOWLINE_UNLESS_RELEASED", value_parser = FalseyValueParser::new())]
    pub unless_released: bool,
}

/// `plan`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct PlanCommandArgs {
    /// What decides about the plan.
    #[command(flatten)]
    pub plan_args: PlanArgs,
    /// Show what is different from this plan instead: a file from `bowline plan --json`, or a digest
    #[arg(long, value_name = "FILE|DIGEST", env = "BOWLINE_DIFF")]
    pub diff: Option<String>,
    /// Print a version for a build of the head commit that is no release
    #[arg(long, conflicts_with_all = ["diff", "pre"], env = "BOWLINE_SNAPSHOT", value_parser = FalseyValueParser::new())]
    pub snapshot: bool,
}

/// `release`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct ReleaseArgs {
    /// What decides about the plan.
    #[command(flatten)]
    pub plan_args: PlanArgs,
    /// Run exactly this plan: a file from `bowline plan --json`, or a digest
    #[arg(long, value_name = "FILE|DIGEST", env = "BOWLINE_PLAN")]
    pub plan: Option<String>,
    /// Exit with 4 when there is nothing to release
    #[arg(long, env = "BOWLINE_REQUIRE_RELEASE", value_parser = FalseyValueParser::new())]
    pub require_release: bool,
    /// Ask nothing; local commits go out with the push
    #[arg(short, long, env = "BOWLINE_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Take over a release that was made by hand, if it holds nothing else, or a tag of standard-version that is not pushed
    #[arg(long, env = "BOWLINE_ADOPT", value_parser = FalseyValueParser::new())]
    pub adopt: bool,
    /// Stop after this stage; the release is resumable
    #[arg(long, value_name = "STAGE", env = "BOWLINE_UNTIL")]
    pub until: Option<String>,
    /// Hand the release over to another job in this folder, or take it over from there
    #[arg(long, value_name = "DIR", env = "BOWLINE_HANDOFF")]
    pub handoff: Option<PathBuf>,
    /// Take over exactly what was handed over with this digest
    #[arg(long, value_name = "DIGEST", env = "BOWLINE_HANDOFF_DIGEST", requires = "handoff")]
    pub handoff_digest: Option<String>,
    /// Wait this long for another run to end, or for gates that wait, such as 15m
    #[arg(long, value_name = "DURATION", env = "BOWLINE_WAIT")]
    pub wait: Option<String>,
    /// Refused, with the reason: a snapshot is no release
    // Somebody who has read of `plan --snapshot` will try it here.
    #[arg(long, hide = true, env = "BOWLINE_SNAPSHOT", value_parser = FalseyValueParser::new())]
    pub snapshot: bool,
}

/// `promote`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct PromoteArgs {
    /// The pre-release, such as 2.0.0-rc.3
    #[arg(value_name = "VERSION")]
    pub version: String,
    /// The channel that gets it, such as stable
    #[arg(long, value_name = "CHANNEL", env = "BOWLINE_TO")]
    pub to: String,
    /// Release to this branch
    #[arg(long, value_name = "NAME", env = "BOWLINE_BRANCH")]
    pub branch: Option<String>,
    /// Ask nothing
    #[arg(short, long, env = "BOWLINE_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Stop after this stage; the release is resumable
    #[arg(long, value_name = "STAGE", env = "BOWLINE_UNTIL")]
    pub until: Option<String>,
    /// Wait this long for another run to end, or for gates that wait, such as 15m
    #[arg(long, value_name = "DURATION", env = "BOWLINE_WAIT")]
    pub wait: Option<String>,
}

/// `resume` and `abort`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct RunArgs {
    /// The run, or its beginning; by default the only open one
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Release to this branch
    #[arg(long, value_name = "NAME", env = "BOWLINE_BRANCH")]
    pub branch: Option<String>,
    /// Ask nothing; local commits go out with the push
    #[arg(short, long, env = "BOWLINE_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Wait this long for another run to end, or for gates that wait, such as 15m
    #[arg(long, value_name = "DURATION", env = "BOWLINE_WAIT")]
    pub wait: Option<String>,
}

/// `changelog`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct ChangelogArgs {
    /// From the whole history
    #[arg(long, conflicts_with_all = ["unreleased", "version"])]
    pub all: bool,
    /// Only what is not released yet (the default)
    #[arg(long, conflicts_with = "version")]
    pub unreleased: bool,
    /// Only this released version
    #[arg(value_name = "VERSION")]
    pub version: Option<String>,
}

/// `notes`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct NotesArgs {
    /// A released version; by default the next one
    #[arg(value_name = "VERSION")]
    pub version: Option<String>,
    /// The notes for this audience, a table [notes.audience.NAME] of bowline.toml
    #[arg(long, value_name = "NAME", env = "BOWLINE_AUDIENCE")]
    pub audience: Option<String>,
}

/// `explain`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct ExplainArgs {
    /// The package; this version releases one a repository
    #[arg(value_name = "PACKAGE")]
    pub package: Option<String>,
    /// What decides about the plan.
    #[command(flatten)]
    pub plan_args: PlanArgs,
}

/// `lint-commits`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct LintCommitsArgs {
    /// Commits in git's way, such as origin/main..HEAD; by default everything since the last version
    #[arg(value_name = "RANGE", conflicts_with = "message_file")]
    pub range: Option<String>,
    /// Look at the message in this file instead, as git hands it to a commit-msg hook; `-` is standard input
    #[arg(long, value_name = "FILE", env = "BOWLINE_MESSAGE_FILE")]
    pub message_file: Option<PathBuf>,
}

/// `verify`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct VerifyArgs {
    /// A folder with all files of a release, or forge:@TAG, or forge:owner/name@TAG
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// Fail (30) when nobody's identity was checked; this version checks none
    #[arg(long)]
    pub require_identity: bool,
}

/// `init`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct InitArgs {
    /// Print the files instead of writing them
    #[arg(long)]
    pub print: bool,
    /// The name of the workflow's file in .github/workflows; release.yml by default
    #[arg(long, value_name = "NAME")]
    pub into: Option<String>,
    /// The environment whose rules let a release pass
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The commit or tag of Bowline whose workflow is called; that of this version by default
    #[arg(long, value_name = "REF")]
    pub workflow_ref: Option<String>,
}

/// `doctor`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct DoctorArgs {
    /// Judge this workflow by the checklist for releases instead; may be given several times
    #[arg(long, value_name = "FILE")]
    pub workflow: Vec<PathBuf>,
    /// Write the findings to this file as SARIF 2.1.0 as well
    #[arg(long, value_name = "FILE", env = "BOWLINE_SARIF")]
    pub sarif: Option<PathBuf>,
}

/// `standard-version`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct StandardVersionArgs {
    /// The flags of standard-version, and our own --profile and --compat
    // Split off before anything else is read: their short flags and ours differ. See `drop_in`.
    #[arg(value_name = "FLAGS", trailing_var_arg = true, allow_hyphen_values = true)]
    pub flags: Vec<String>,
    /// The name that the program was called by.
    #[arg(skip)]
    pub program: String,
}

/// `demo`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct DemoArgs {
    /// Where to put it; by default a new folder below the system's temporary folder
    #[arg(value_name = "DIR")]
    pub into: Option<PathBuf>,
}

/// `config`.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every value and where it comes from
    Show,
    /// Print the JSON Schema of bowline.toml
    Schema,
    /// Explain a key
    Explain {
        /// The key, such as `release.tag`; all keys when left out
        #[arg(value_name = "KEY")]
        key: Option<String>,
    },
}

/// `completions`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct ManArgs {
    /// Write a page for every command into this folder
    // Not named `dir`: that is the identity of the global -C.
    #[arg(long = "dir", value_name = "DIR")]
    pub into: Option<PathBuf>,
}

impl Args {
    /// Empty values count as absent: CI systems pass inputs that nobody set as empty variables.
    #[must_use]
    pub fn without_empty(mut self) -> Self {
        self.global.skip.retain(|step| !step.is_empty());
        match &mut self.command {
            Command::Release(args) => {
                args.handoff.take_if(|dir| dir.as_os_str().is_empty());
                for value in [&mut args.plan, &mut args.handoff_digest, &mut args.until, &mut args.wait] {
                    value.take_if(|value| value.is_empty());
                }
                args.plan_args.drop_empty();
            }
            Command::Check(args) => args.drop_empty(),
            Command::Plan(args) => {
                args.diff.take_if(|named| named.is_empty());
                args.plan_args.drop_empty();
            }
            Command::Explain(args) => args.plan_args.drop_empty(),
            Command::Promote(args) => {
                for value in [&mut args.branch, &mut args.until, &mut args.wait] {
                    value.take_if(|value| value.is_empty());
                }
            }
            Command::Notes(args) => {
                args.audience.take_if(|name| name.is_empty());
            }
            Command::Resume(args) | Command::Abort(args) => {
                for value in [&mut args.branch, &mut args.wait] {
                    value.take_if(|value| value.is_empty());
                }
            }
            _ => {}
        }
        self
    }
}

impl PlanArgs {
    fn drop_empty(&mut self) {
        for value in [&mut self.version, &mut self.bump, &mut self.pre, &mut self.branch] {
            value.take_if(|value| value.is_empty());
        }
    }
}

const AFTER_HELP: &str = "\
Start with `bowline plan`: it shows what a release would do and changes nothing.
`bowline demo` shows a whole release, a crash and a resume in a folder of its own.";
