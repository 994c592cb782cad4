//! The release commit, by the user's own git.

use super::console::Figure;
use super::{Ended, Run, programs};
use std::path::{Component, Path};

impl Run<'_> {
    pub(super) fn commit(&mut self, version: &str) -> Result<(), Ended> {
        if self.options.skip.commit {
            return Ok(());
        }
        if let Some(message) = self.hook("precommit")?.filter(|message| !message.is_empty()) {
            self.message = message;
        }
        self.make_commit(version)?;
        self.hook("postcommit")?;
        Ok(())
    }

    fn make_commit(&mut self, version: &str) -> Result<(), Ended> {
        let options = self.options;
        let (mut words, mut shown, mut add) = ("committing %s".to_owned(), Vec::new(), Vec::new());
        if !options.skip.changelog {
            shown.push(options.infile.clone());
            add.push(options.infile.clone());
        }
        for file in &self.updated {
            shown.insert(0, file.clone());
            add.push(tidy(file));
            if shown.len() > 1 {
                words.push_str(" and %s");
            }
        }
        if options.commit_all {
            words.push_str(" and %s");
            shown.push("all staged files".to_owned());
        }
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        self.voice.say(Figure::Tick, &words, &shown);
        let commits_all = options.commit_all && options.profile.is_catv();
        if (options.skip.changelog && options.skip.bump && add.is_empty() && !commits_all) || options.dry_run {
            return Ok(());
        }
        self.undo.before_commit(self.world, &add);
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        programs::git(self.world, &mut self.voice, &[words(&["add"]), add.clone()].concat())?;
        let mut arguments = words(&["commit"]);
        for (wanted, flag) in [
            (options.no_verify, "--no-verify"),
            (options.sign, "-S"),
            (options.signoff && options.profile.is_catv(), "--signoff"),
        ] {
            arguments.extend(wanted.then(|| flag.to_owned()));
        }
        if !options.commit_all {
            arguments.extend(add);
        }
        arguments.extend(["-m".to_owned(), self.message(version)]);
        programs::git(self.world, &mut self.voice, &arguments)?;
        Ok(())
    }
}

/// A path as node's `path.relative` gives it: without `.` and, where it can be said, without `..`.
fn tidy(path: &str) -> String {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().collect::<std::path::PathBuf>().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidied() {
        for (path, expected) in
            [("./package.json", "package.json"), ("a/../b.json", "b.json"), ("../x/./y", "../x/y"), ("a/b", "a/b")]
        {
            assert_eq!(tidy(path), expected);
        }
    }
}
