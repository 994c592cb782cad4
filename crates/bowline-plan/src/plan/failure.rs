//! Which kind of failure each refusal to plan is, and what to do about it.

use super::PlanError;
use crate::bump::BumpError;
use crate::edits::EditsError;
use crate::history::ChangeFileError;
use bowline_model::version::NextError;
use bowline_model::{Failure, FailureKind};

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let failure = |kind, code| Self::from_error(kind, code, &error);
        match &error {
            PlanError::Channel(channel) => Self::from(channel.clone()),
            PlanError::Bump(bump) => of_bump(bump),
            PlanError::Edits(EditsError::Ineffective { .. } | EditsError::Unfit { .. }) => {
                failure(FailureKind::Internal, "version_edit_failed")
            }
            PlanError::Edits(EditsError::NotWritable { .. }) => failure(FailureKind::Config, "version_not_writable")
                .hint(
                    "choose a version that it can be: `--pre alpha`, `--pre beta` and `--pre rc` are known everywhere",
                ),
            PlanError::Edits(_) => failure(FailureKind::Config, "version_file_unusable")
                .hint("name the version files to edit with `[[version_file]]` in bowline.toml"),
            PlanError::Changelog(_) => failure(FailureKind::Config, "changelog_unusable")
                .hint("set `path` of `[changelog]` to a text file, or to false"),
            PlanError::Template(_) => failure(FailureKind::Config, "template_invalid")
                .hint("correct it under `[changelog]` or `[notes]` in bowline.toml"),
            PlanError::Message(_) => {
                failure(FailureKind::Config, "message_invalid").hint("known places are {version}, {tag} and {package}")
            }
            PlanError::Tag { .. } => failure(FailureKind::Config, "tag_unusable").hint("change `tag` of `[release]`"),
            PlanError::FloatingTag(_) => failure(FailureKind::Config, "floating_tag_unusable")
                .hint("change `floating_tags` of `[release]`: \"v{major}\" is one"),
            PlanError::ChangeFile(file) => of_change_file(file),
            PlanError::Promotion(promotion) => Self::from(promotion),
            PlanError::Pulls(failure) => Self::clone(failure),
            PlanError::Date(_) => failure(FailureKind::Internal, "no_day"),
        }
    }
}

fn of_change_file(error: &ChangeFileError) -> Failure {
    let failure = |code| Failure::from_error(FailureKind::Config, code, error);
    let invalid = || failure("change_file_invalid");
    match error {
        ChangeFileError::Form { .. } => {
            invalid().hint("write it like this: `---`, then `\"package\": minor`, then `---`, then what has changed")
        }
        ChangeFileError::Package { own, .. } => invalid()
            .hint(format!("write `\"{own}\": minor`, or take the line out: with no line left it asks for nothing")),
        ChangeFileError::Word { near, .. } => {
            let known =
                "write `major`, `minor`, `patch`, `none`, or a type such as `feat`; `[commits.types]` adds types";
            let near = near.as_ref().map(|near| format!("did you mean `{near}`?"));
            near.into_iter().chain([known.to_owned()]).fold(invalid(), Failure::hint)
        }
        ChangeFileError::TooBig { .. } => invalid().hint("shorten it, and link to what is longer"),
        ChangeFileError::TooMany { .. } => failure("change_files_unusable").hint(
            "merge some of them into one or remove some, or name another folder with `change_files` under `[commits]`",
        ),
        ChangeFileError::PreMode { path } => failure("change_files_unusable")
            .hint(format!("remove it: git rm {path}"))
            .hint("and make pre-releases from a branch with a channel: `[channel.beta]` with `prerelease = true`"),
    }
}

fn of_bump(error: &BumpError) -> Failure {
    let failure = |kind, code| Failure::from_error(kind, code, error);
    match error {
        BumpError::NotAbove { tag, free, line, merge, .. } => {
            let free = free.as_ref().map(|free| format!("release a version above it: --version {free}"));
            let line = line.map(|line| {
                format!("to mend an older line, release from a branch that is called like it: git switch -c {line}")
            });
            let merge = merge.then(|| format!("or bring that version in first: git merge {tag}"));
            let hints = [free, line, merge].into_iter().flatten();
            hints.fold(failure(FailureKind::Conflict, "version_not_above"), Failure::hint)
        }
        BumpError::OutsideRange { range, within, .. } => {
            let failure = failure(FailureKind::Refused, "version_outside_channel")
                .hint(format!("release it from the branch of its own line; this one makes {range}"));
            match within {
                Some(within) => failure.hint(format!("or, if it belongs here all the same: --version {within}")),
                None => failure,
            }
        }
        BumpError::LaterLine { tag, range, .. } => failure(FailureKind::Refused, "later_line_merged")
            .hint(format!(
                "begin the branch again from a version of {range}, and pick what it needs: git cherry-pick COMMIT"
            ))
            .hint(format!("or release from a branch whose range has {tag}")),
        BumpError::Foreign { .. } => failure(FailureKind::Refused, "version_outside_channel")
            .hint("release it from a branch of the channel that makes such versions: see `[channel]` in bowline.toml")
            .hint("or name neither a version nor --pre: the channel decides then"),
        BumpError::NotForward { .. } => failure(FailureKind::Usage, "version_not_above").hint(
            "name a higher one with --version, which wins over a `Release-As` footer, or none: the commits decide then",
        ),
        BumpError::Contradiction(_) => failure(FailureKind::Usage, "flags_contradict").hint("leave one of them out"),
        BumpError::Calendar(NextError::Taken { .. }) => failure(FailureKind::Refused, "calendar_taken")
            .hint("release it when that has passed, or give `format` under `[version]` a MICRO: \"YYYY.MM.MICRO\""),
        BumpError::Calendar(NextError::Day(_)) => failure(FailureKind::Internal, "no_day"),
        BumpError::Calendar(NextError::Overflow(_)) | BumpError::Version(_) => {
            failure(FailureKind::Usage, "version_invalid").hint("name the version yourself: --version X")
        }
    }
}
