//! What configuration says about external tools, made fit for use.
//!
//! A file inside the checkout is no tool, however its path is written: a pull request could bring a program along and name
//! it, and `bowline plan` would start it with a login for the remote at hand. Whoever owns the machine decides what
//! runs on it, with `PATH` or with a path outside.

use bowline_config::section::tools::Tools;
use bowline_model::text::one_line;
use bowline_model::tool::Tool;
use bowline_model::{Failure, FailureKind};
use bowline_port::process::tools::Wanted;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Every tool with its settings.
pub(super) fn wanted(tools: &Tools, checkout: Option<&Path>) -> Result<Vec<Wanted>, Failure> {
    let known = tools.0.iter().filter_map(|(name, settings)| Some((Tool::named(name)?, settings)));
    known
        .map(|(tool, settings)| {
            let path = settings.path.as_ref().map(PathBuf::from);
            if let (Some(path), Some(root)) = (&path, checkout)
                && is_inside(path, root)
            {
                return Err(in_checkout(tool.name, path));
            }
            Ok(Wanted {
                tool: *tool,
                policy: settings.policy,
                path,
                oldest: settings.min_version,
                timeout: Duration::from_millis(settings.timeout_ms),
            })
        })
        .collect()
}

/// Whether `path` leads into `root`, by its words or by the links on its way.
fn is_inside(path: &Path, root: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let (there, top) = (real(path), real(root));
    path.starts_with(root) || there.zip(top).is_some_and(|(there, top)| there.starts_with(top))
}

fn in_checkout(name: &str, path: &Path) -> Failure {
    let shown = one_line(&path.to_string_lossy(), 400).into_owned();
    Failure::new(
        FailureKind::Config,
        "tool_in_checkout",
        format!("`path` under `[tools.{name}]` names {shown}, which lies in the checkout"),
    )
    .hint("install it outside the repository, or leave `path` out to search PATH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_leads_into_the_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("work");
        std::fs::create_dir_all(root.join("bin")).unwrap();
        std::fs::write(root.join("bin/git"), "").unwrap();
        std::os::unix::fs::symlink(root.join("bin"), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink("/bin/sh", root.join("out")).unwrap();
        for (path, inside) in [
            (root.join("bin/git"), true),
            (root.join("not-there"), true),
            (folder.path().join("link/git"), true),
            (folder.path().join("other/../work/bin/../bin/git"), false),
            (root.join("out"), true),
            (PathBuf::from("/bin/sh"), false),
            (folder.path().join("not-there"), false),
        ] {
            assert_eq!(is_inside(&path, &root), inside, "{}", path.display());
        }
        std::fs::create_dir(folder.path().join("other")).unwrap();
        assert!(is_inside(&folder.path().join("other/../work/bin/git"), &root));
    }
}
