//! Configuration and facts for tests: the defaults as the loader resolves them, and a small repository.

use bowline_config::Config;
use bowline_model::facts::{
    CommitFact, Facts, FileContent, FileFact, ForgeFact, ForgeLimits, HeadFact, PullFact, Pulls, Unfinished, VersionTag,
};
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::{ForgeKind, RepositoryId};
use bowline_model::tag::TagForm;
use bowline_model::{Oid, Timestamp};

/// What holds without a configuration file, with a short header.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.changelog.header = "# Changelog\n".to_owned();
    config
}

/// A pull request that brought these commits, the first of which is its merge.
pub(crate) fn pull(number: u64, title: &str, labels: &[&str], commits: &[usize]) -> PullFact {
    PullFact {
        number,
        title: title.to_owned(),
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        author: Some("ada".to_owned()),
        commits: commits.iter().map(|&commit| oid(commit)).collect(),
        merge: commits.first().map(|&commit| oid(commit)),
        override_block: None,
    }
}

/// A repository on github.com at `current` (a tag `v…`; none for no tag) with `commits`, newest first.
pub(crate) fn facts(current: Option<&str>, commits: &[&str]) -> Facts {
    let current = current.map(|version| tag(version, 200));
    Facts {
        repository: RepositoryId::from_remote("https://github.com/acme/app.git"),
        head: HeadFact { oid: oid(99), parent: Some(oid(98)), committed: time(), release: None },
        branch: BranchName::new("main").unwrap(),
        remote: None,
        package: "app".to_owned(),
        tag_form: TagForm::new("v{version}", "app").unwrap(),
        version_tags: current.iter().cloned().collect(),
        contained: current.clone(),
        current,
        commits: commits.iter().enumerate().map(|(n, message)| commit(n, message.as_bytes())).collect(),
        earlier_authors: None,
        pulls: Pulls::NotAsked,
        files: Vec::new(),
        change_files: Vec::new(),
        forge: ForgeFact {
            kind: ForgeKind::Github,
            limits: ForgeLimits { notes_chars: 125_000, assets: 1000, asset_size: 2 << 30 },
        },
        unfinished: Unfinished::None,
        released: None,
        superseded: Vec::new(),
        left_staging: Vec::new(),
    }
}

pub(crate) fn commit(number: usize, message: &[u8]) -> CommitFact {
    CommitFact {
        oid: oid(number),
        parents: 1,
        parent: Some(oid(number + 1)),
        author_name: b"A U Thor".to_vec(),
        author_email: b"author@example.org".to_vec(),
        time: time().unix(),
        encoding: None,
        message: message.to_vec(),
    }
}

pub(crate) fn tag(version: &str, commit: usize) -> VersionTag {
    VersionTag {
        name: TagName::new(format!("v{version}")).unwrap(),
        version: version.parse().unwrap(),
        object: oid(commit),
        commit: oid(commit),
    }
}

/// An object id that starts with `number` in hex.
pub(crate) fn oid(number: usize) -> Oid {
    let mut bytes = [0xab; 20];
    bytes[..4].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
    Oid::Sha1(bytes)
}

pub(crate) fn time() -> Timestamp {
    Timestamp::from_unix(1_795_415_075).unwrap()
}

pub(crate) trait WithFiles {
    fn with_file(self, path: &str, content: impl AsRef<[u8]>) -> Self;
}

impl WithFiles for Facts {
    fn with_file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let content = FileContent::Bytes(content.as_ref().to_vec());
        self.files.push(FileFact { path: path.to_owned(), content });
        self
    }
}
