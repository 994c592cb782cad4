//! Git's configuration files: who may be trusted, which remotes there are.
//!
//! The files are found through the captured environment and not the process's own, so tests own theirs. They are only
//! read when a question needs them; nothing in them is ever run.

use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use bowline_port::git::{GitError, Remote};
use bowline_port::secret::{Secret, of_header, passwords};
use gix::bstr::{BStr, BString, ByteSlice};
use gix::config::file::{Metadata, includes, init};
use gix::config::{File, Source};
use gix::refs::FullNameRef;
use std::io;
use std::path::{Path, PathBuf};

/// The settings in force, later files over earlier ones.
pub(super) struct Settings(pub(super) File);

/// The repository whose own settings are read too.
pub(super) struct Place<'a> {
    pub(super) git_dir: &'a Path,
    pub(super) common_dir: &'a Path,
    pub(super) branch: Option<&'a FullNameRef>,
}

impl Settings {
    /// Settings of system and user, and of the repository at `place`.
    pub(super) fn load(environment: &Environment, place: Option<&Place<'_>>) -> Result<Self, GitError> {
        let home = environment.get("HOME").map(PathBuf::from);
        let mut files = outer_files(environment, home.as_deref());
        files.retain(|(path, _)| !is_closed(path));
        if let Some(place) = place {
            files.push((place.common_dir.join("config"), Source::Local));
            files.push((place.git_dir.join("config.worktree"), Source::Worktree));
        }
        let conditional = includes::conditional::Context {
            git_dir: place.map(|place| place.git_dir),
            branch_name: place.and_then(|place| place.branch),
        };
        let interpolate = gix::config::path::interpolate::Context {
            home_dir: home.as_deref(),
            ..gix::config::path::interpolate::Context::default()
        };
        let options = init::Options {
            includes: includes::Options::follow(interpolate, conditional),
            lossy: true,
            // A repository whose settings cannot be read would look like one without a remote.
            ignore_io_errors: false,
        };
        let mut metadata =
            files.into_iter().map(|(path, source)| Metadata::from(source).at(path).with(gix::sec::Trust::Full));
        let file = File::from_paths_metadata_buf(&mut metadata, &mut Vec::new(), false, options)
            .map_err(super::local("read the settings of"))?;
        let mut file = file.unwrap_or_default();
        append_variables(environment, &mut file);
        Ok(Self(file))
    }

    /// Whether `safe.directory` names `path`, by git's rules: an empty value forgets earlier ones, `*` means all.
    pub(super) fn trusts(&self, path: &Path, home: Option<&str>) -> bool {
        let resolve = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let path = resolve(path);
        let mut safe = false;
        for value in self.values("safe.directory") {
            let Ok(text) = value.to_str() else { continue };
            let expanded = match (text.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => format!("{home}/{rest}"),
                _ => text.to_owned(),
            };
            safe = match expanded.as_str() {
                "" => false,
                "*" => true,
                _ if safe => true,
                named => match named.strip_suffix("/*") {
                    Some(parent) => path.starts_with(resolve(Path::new(parent))),
                    None => Path::new(named).is_absolute() && path == resolve(Path::new(named)),
                },
            };
        }
        safe
    }

    /// The remotes in file order, addresses rewritten by `insteadOf`.
    pub(super) fn remotes(&self) -> Vec<Remote> {
        let mut remotes: Vec<Remote> = Vec::new();
        for section in self.0.sections_by_name("remote").into_iter().flatten() {
            let (Some(name), Some(url)) =
                (section.header().subsection_name(), section.values("url").into_iter().next())
            else {
                continue;
            };
            let (Ok(name), Ok(url)) = (name.to_str(), self.rewritten(url.as_bstr()).to_str().map(str::to_owned)) else {
                continue;
            };
            if !remotes.iter().any(|remote| remote.name == name) {
                remotes.push(Remote { name: name.to_owned(), url });
            }
        }
        remotes
    }

    /// The remote that the branch with this short name tracks.
    pub(super) fn upstream(&self, branch: &str) -> Option<String> {
        let key = BStr::new(branch);
        let sections = self.0.sections_by_name("branch")?;
        let remote = sections
            .filter(|section| section.header().subsection_name() == Some(key))
            .filter_map(|section| section.value("remote"))
            .last()?;
        // `.` means that the branch tracks another local branch.
        remote.to_str().ok().filter(|name| *name != ".").map(str::to_owned)
    }

    /// What begins a comment line; the two keys are names of one setting, of which the newer takes more than one character.
    pub(super) fn comment_mark(&self) -> Option<String> {
        let found = ["core.commentString", "core.commentChar"].into_iter().find_map(|key| self.0.string(key))?;
        found.to_str().ok().filter(|mark| !mark.is_empty()).map(str::to_owned)
    }

    /// The secrets that stand in the settings: in addresses (also in names of sections) and in headers.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let mut found = Vec::new();
        for section in self.0.sections() {
            let values = section.value_names().flat_map(|name| section.values(name.as_ref()));
            let name = section.header().subsection_name().map(ToOwned::to_owned);
            for text in values.chain(name) {
                let text = text.to_str_lossy();
                found.extend(passwords(&text));
                found.extend(of_header(&text));
            }
        }
        found
    }

    fn values(&self, key: &str) -> Vec<BString> {
        self.0.raw_values(key).unwrap_or_default()
    }

    /// `url` with the longest matching `insteadOf` prefix replaced.
    fn rewritten(&self, url: &BStr) -> BString {
        let mut best: Option<(usize, &BStr)> = None;
        let mut prefixes: Vec<(BString, &BStr)> = Vec::new();
        for section in self.0.sections_by_name("url").into_iter().flatten() {
            if let Some(base) = section.header().subsection_name() {
                prefixes.extend(section.values("insteadOf").into_iter().map(|prefix| (prefix, base)));
            }
        }
        for (prefix, base) in &prefixes {
            if url.starts_with(prefix) && best.is_none_or(|(length, _)| prefix.len() > length) {
                best = Some((prefix.len(), base));
            }
        }
        best.map_or_else(
            || url.to_owned(),
            |(length, base)| {
                let mut rewritten = base.to_owned();
                rewritten.extend_from_slice(&url[length..]);
                rewritten
            },
        )
    }
}

/// The remote that has the objects which are missing here on purpose, to be fetched when they are needed.
pub(super) fn promisor(file: &File) -> Option<String> {
    let yes = |value: BString| !matches!(value.to_str_lossy().to_lowercase().as_str(), "false" | "no" | "off" | "0");
    let mut remotes = file.sections_by_name("remote").into_iter().flatten();
    let promising = remotes.find(|section| section.value("promisor").is_some_and(yes));
    let name = promising.and_then(|section| section.header().subsection_name().map(ToOwned::to_owned));
    let name = name.or_else(|| file.raw_value("extensions.partialClone").ok());
    name.map(|name| name.to_str_lossy().into_owned())
}

/// A remote's address as it may be shown and compared.
pub(super) fn check_remote(remote: &str) -> Result<(), GitError> {
    // `--` before it would be enough for git itself, not for the transport helpers that get it next.
    if remote.is_empty() || remote.starts_with('-') || remote.contains(char::is_control) {
        return Err(super::local("use a remote of")(super::Unusable(format!(
            "`{}` is not the name or address of a remote",
            one_line(remote, 80)
        ))));
    }
    Ok(())
}

/// Whether there can be no file of the user's or the system's at `path`, or none that we may read: like git, which goes
/// on without it. Any other error is one.
fn is_closed(path: &Path) -> bool {
    let closed = |kind| matches!(kind, io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied);
    std::fs::File::open(path).is_err_and(|error| closed(error.kind()))
}

fn outer_files(environment: &Environment, home: Option<&Path>) -> Vec<(PathBuf, Source)> {
    let mut files = Vec::new();
    let off = |value: &str| !matches!(value, "false" | "no" | "off" | "0");
    if !environment.get("GIT_CONFIG_NOSYSTEM").is_some_and(off) {
        let path = environment.get("GIT_CONFIG_SYSTEM").unwrap_or("/etc/gitconfig");
        files.push((PathBuf::from(path), Source::System));
    }
    if let Some(path) = environment.get("GIT_CONFIG_GLOBAL") {
        files.push((PathBuf::from(path), Source::User));
        return files;
    }
    let config = environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(home?.join(".config")));
    files.extend(config.map(|dir| (dir.join("git/config"), Source::Git)));
    files.extend(home.map(|dir| (dir.join(".gitconfig"), Source::User)));
    files
}

/// Settings given as numbered variables, which CI systems like for `safe.directory`.
fn append_variables(environment: &Environment, file: &mut File) {
    let count: usize = environment.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    for n in 0..count.min(1000) {
        let key = environment.get(&format!("GIT_CONFIG_KEY_{n}")).unwrap_or_default();
        let value = environment.get(&format!("GIT_CONFIG_VALUE_{n}")).unwrap_or_default();
        let (Some((section, _)), Some((rest, name))) = (key.split_once('.'), key.rsplit_once('.')) else { continue };
        let subsection = rest.get(section.len() + 1..).map(BString::from);
        if let Ok(mut section) = file.new_section(section, subsection) {
            // A name that git itself would refuse sets nothing.
            let _ = section.push(name, Some(BStr::new(value)));
        }
    }
}
