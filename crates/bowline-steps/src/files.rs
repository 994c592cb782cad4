//! The declared files of a plan: what the release commit makes of them, and how a checkout holds them.
//!
//! A checkout may hold a file with CRLF line ends where the repository holds LF. Both count as the same file, and a
//! file is written back the way the checkout had it.

use bowline_model::facts::FileContent;
use bowline_model::plan::{Plan, apply_edits};
use bowline_model::{Failure, FailureKind};
use bowline_port::files::{Files, FilesError};
use bowline_port::git::{GitError, GitReader};
use bowline_port::process::ProcessError;
use std::path::Path;

/// One declared file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredFile {
    /// Path from the root.
    pub path: String,
    /// Its bytes in the planned head; none when the release creates it.
    pub before: Option<Vec<u8>>,
    /// Its bytes in the release commit; none when the release deletes it.
    pub after: Option<Vec<u8>>,
}

/// What a checkout holds in place of a declared file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The planned head's bytes; `crlf` when with CRLF line ends.
    Before {
        /// Whether line ends are CRLF where the repository has LF.
        crlf: bool,
    },
    /// The release commit's bytes; `crlf` likewise.
    After {
        /// Whether line ends are CRLF where the repository has LF.
        crlf: bool,
    },
    /// Something else.
    Foreign,
}

/// All declared files of the plan, computed from the planned head.
pub fn declared(git: &dyn GitReader, plan: &Plan) -> Result<Vec<DeclaredFile>, Failure> {
    let mut files = Vec::new();
    for path in plan.declared_files() {
        let edits: Vec<_> = plan.edits().filter(|edit| edit.file == path).collect();
        let deletes = edits.iter().any(|edit| edit.delete);
        if deletes && edits.len() > 1 {
            return Err(unfit(path, "is to be edited and deleted"));
        }
        let creates = edits.iter().any(|edit| edit.create);
        let before = match git.file(plan.repository.head, path).map_err(git_failure)? {
            Some(FileContent::Bytes(bytes)) if !creates => Some(bytes),
            None if creates => None,
            Some(FileContent::NotAFile(what)) => return Err(unfit(path, &format!("is a {what}"))),
            Some(FileContent::Bytes(_)) => return Err(unfit(path, "exists already")),
            None => return Err(unfit(path, "does not exist")),
        };
        if deletes {
            files.push(DeclaredFile { path: path.to_owned(), before, after: None });
            continue;
        }
        let after = apply_edits(before.as_deref().unwrap_or_default(), edits).map_err(|error| {
            Failure::from_error(FailureKind::Stuck, "plan_does_not_apply", &error)
                .hint("the plan was not made for this commit: run `bowline plan` again")
        })?;
        files.push(DeclaredFile { path: path.to_owned(), before, after: Some(after) });
    }
    Ok(files)
}

impl DeclaredFile {
    /// What `bytes` (none: no file) is to this file.
    pub fn held(&self, bytes: Option<&[u8]>) -> Held {
        let Some(bytes) = bytes else {
            return match (&self.before, &self.after) {
                (_, None) => Held::After { crlf: false },
                (None, _) => Held::Before { crlf: false },
                _ => Held::Foreign,
            };
        };
        let is = |content: &[u8]| bytes == content;
        let is_crlf = |content: &[u8]| bytes.contains(&b'\r') && bytes == with_crlf(content);
        let holds = |content: &Option<Vec<u8>>, like: &dyn Fn(&[u8]) -> bool| content.as_deref().is_some_and(like);
        if holds(&self.before, &is) {
            Held::Before { crlf: false }
        } else if holds(&self.after, &is) {
            Held::After { crlf: false }
        } else if holds(&self.before, &is_crlf) {
            Held::Before { crlf: true }
        } else if holds(&self.after, &is_crlf) {
            Held::After { crlf: true }
        } else {
            Held::Foreign
        }
    }

    /// Makes of the file below `root` what the release commit makes of it, as this checkout holds files.
    pub fn put(&self, files: &dyn Files, root: &Path, crlf: bool) -> Result<(), FilesError> {
        match &self.after {
            Some(after) if crlf => files.write(root, &self.path, &with_crlf(after)),
            Some(after) => files.write(root, &self.path, after),
            None => files.remove(root, &self.path),
        }
    }
}

/// An error of the local repository.
pub fn git_failure(error: GitError) -> Failure {
    match error {
        GitError::Start { source: ProcessError::Unusable(tool), .. } => tool.into(),
        error => Failure::from_error(FailureKind::Failed, "git", &error),
    }
}

/// An error of talking to the remote.
pub fn unreachable_remote(error: GitError) -> Failure {
    if let Some(failure) = error.login_failure() {
        return failure;
    }
    if matches!(error, GitError::Start { source: ProcessError::Unusable(_), .. }) {
        return git_failure(error);
    }
    Failure::from_error(FailureKind::Failed, "remote_unreachable", &error)
        .hint("check the remote's address and your access with `git ls-remote`, then run the same command again")
}

/// `content` with CRLF line ends; existing ones are kept.
fn with_crlf(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 32);
    let mut last = 0;
    for &byte in content {
        if byte == b'\n' && last != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        last = byte;
    }
    out
}

fn unfit(path: &str, what: &str) -> Failure {
    Failure::new(FailureKind::Stuck, "plan_does_not_apply", format!("{path} {what} in the planned commit"))
        .hint("the plan was not made for this commit: run `bowline plan` again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_with_other_line_ends_holds_the_same_file() {
        let file =
            DeclaredFile { path: "VERSION".into(), before: Some(b"1\n2\n".into()), after: Some(b"1\n3\n".into()) };
        for (bytes, held) in [
            (Some(&b"1\n2\n"[..]), Held::Before { crlf: false }),
            (Some(b"1\r\n2\r\n"), Held::Before { crlf: true }),
            (Some(b"1\n3\n"), Held::After { crlf: false }),
            (Some(b"1\r\n3\r\n"), Held::After { crlf: true }),
            (Some(b"1\r\n2\n"), Held::Foreign),
            (Some(b"x"), Held::Foreign),
            (None, Held::Foreign),
        ] {
            assert_eq!(file.held(bytes), held, "{bytes:?}");
        }
        let new = DeclaredFile { path: "CHANGELOG.md".into(), before: None, after: Some(b"# x\n".into()) };
        assert_eq!(new.held(None), Held::Before { crlf: false });
        assert_eq!(new.held(Some(b"# x\n")), Held::After { crlf: false });
        assert_eq!(new.held(Some(b"mine")), Held::Foreign);
        let gone = DeclaredFile { path: ".changeset/x.md".into(), before: Some(b"x\n".into()), after: None };
        assert_eq!(gone.held(None), Held::After { crlf: false });
        assert_eq!(gone.held(Some(b"x\n")), Held::Before { crlf: false });
        assert_eq!(gone.held(Some(b"x\r\n")), Held::Before { crlf: true });
        assert_eq!(gone.held(Some(b"mine")), Held::Foreign);
    }
}
