//! The tag, and the hint how to go on.

use super::console::Figure;
use super::{Ended, Run, programs};
use bowline_port::git::Head;

impl Run<'_> {
    pub(super) fn tag(&mut self, version: &str, private: bool) -> Result<(), Ended> {
        if self.options.skip.tag {
            return Ok(());
        }
        self.hook("pretag")?;
        self.make_tag(version, private)?;
        self.hook("posttag")?;
        Ok(())
    }

    fn make_tag(&mut self, version: &str, private: bool) -> Result<(), Ended> {
        let options = self.options;
        self.voice.say(Figure::Tick, "tagging release %s%s", &[&options.tag_prefix, version]);
        if !options.dry_run {
            let mut arguments = vec!["tag".to_owned(), if options.sign { "-s" } else { "-a" }.to_owned()];
            if options.tag_force && options.profile.is_catv() {
                arguments.push("-f".to_owned());
            }
            arguments.extend([format!("{}{version}", options.tag_prefix), "-m".to_owned(), self.message(version)]);
            programs::git(self.world, &mut self.voice, &arguments)?;
            self.undo.tagged();
        }
        let hint = self.hint(private)?;
        self.voice.say(Figure::Info, "Run `%s` to publish", &[&hint]);
        Ok(())
    }

    fn hint(&self, private: bool) -> Result<String, Ended> {
        let branch = match self.world.git.map(|git| git.head()) {
            Some(Ok(Head::Branch(branch, _))) => branch.as_str().to_owned(),
            Some(Ok(Head::Detached(_))) => "HEAD".to_owned(),
            Some(Ok(Head::Unborn(_))) | None => {
                return Err(Ended::Failed("there is no commit on this branch yet".to_owned()));
            }
            Some(Err(error)) => return Err(Ended::Failed(error.to_string())),
        };
        let mut hint = format!("git push --follow-tags origin {branch}");
        if !private && self.updated.iter().any(|file| file == "package.json") {
            hint.push_str(&format!(" && {}", self.publish()));
            match self.options.prerelease.as_deref() {
                None => {}
                Some("") => hint.push_str(" --tag prerelease"),
                Some(id) => hint.push_str(&format!(" --tag {id}")),
            }
        }
        Ok(hint)
    }

    /// How the package is published: by the program whose lock file is there.
    fn publish(&self) -> String {
        if !self.options.profile.is_catv() {
            return "npm publish".to_owned();
        }
        if let Some(own) = self.options.npm_publish_hint.as_deref().filter(|own| !own.is_empty()) {
            return own.to_owned();
        }
        let is_there = |name: &str| self.world.files.kind(&self.world.dir.join(name)).is_ok_and(|kind| kind.is_some());
        let program = match () {
            () if is_there("yarn.lock") => "yarn",
            () if is_there("pnpm-lock.yaml") => "pnpm",
            () => "npm",
        };
        format!("{program} publish")
    }
}
