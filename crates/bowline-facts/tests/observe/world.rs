//! A folder with a bare remote and a clone, and a forge whose releases are put there by hand.

use bowline_config::{Config, File, Input, load};
use bowline_facts::{At, Before, FactsError, Request, observe};
use bowline_host::git::{GitOptions, HostGit};
use bowline_host::process::SystemProcess;
use bowline_model::facts::{ChangeFileFact, Facts, ForgeLimits, PullFact, VersionTag};
use bowline_model::git::{BranchName, Marker, TagName};
use bowline_model::plan::{
    ForgeKind, Identity, PLAN_SCHEMA, Plan, PlanRepository, Recorded, RepositoryId, Requirements,
};
use bowline_model::release::{Manifest, RELEASE_FILE, RELEASE_FILE_SCHEMA, ReleaseFile};
use bowline_model::{Digest, Failure, Oid, Timestamp};
use bowline_port::Readers;
use bowline_port::clock::FixedClock;
use bowline_port::environment::Environment;
use bowline_port::forge::conversations::{Conversation, Milestone};
use bowline_port::forge::{Asset, Conversations, Drafts, ForgeError, ForgeReader, Release};
use bowline_port::git::GitReader;
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// One test's world.
pub(crate) struct World {
    folder: TempDir,
    seconds: Cell<u64>,
    /// The checkout that is observed.
    pub(crate) work: PathBuf,
    pub(crate) shelf: Shelf,
    pub(crate) asked: Asked,
}

/// What a request says apart from defaults.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    pub(crate) branch: Option<&'static str>,
    pub(crate) branchless: bool,
    pub(crate) offline: bool,
    pub(crate) at: Option<At>,
    pub(crate) closed: Vec<Marker>,
    pub(crate) begun: Vec<Plan>,
    pub(crate) config: &'static str,
}

impl World {
    /// A bare remote and a clone with one pushed commit on `main`.
    pub(crate) fn new() -> Self {
        let world = Self::without_remote();
        world.git_in(world.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        world.git(&["remote", "add", "origin", &world.remote()]);
        world.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        world
    }

    /// A repository with one commit on `main` and no remote.
    pub(crate) fn without_remote() -> Self {
        let world = Self::empty();
        world.commit("feat: first");
        world
    }

    /// A repository without any commit.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let (work, shelf, asked) = (folder.path().join("app"), Shelf::default(), Asked::default());
        let world = Self { folder, seconds: Cell::new(1_790_000_000), work, shelf, asked };
        world.git_in(world.path(), &["init", "--quiet", "--initial-branch=main", "app"]);
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The bare remote's address.
    pub(crate) fn remote(&self) -> String {
        self.path().join("remote.git").to_str().unwrap().to_owned()
    }

    /// Observes another clone of the remote, made with `options`, from now on.
    pub(crate) fn clone_again(&mut self, options: &[&str]) {
        let address = format!("file://{}", self.remote());
        let name = format!("clone{}", self.seconds.get());
        self.git_in(self.path(), &[&["clone", "--quiet"], options, &[address.as_str(), name.as_str()]].concat());
        self.work = self.path().join(name);
    }

    /// Runs git in the checkout and returns what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.work, arguments)
    }

    /// Runs git in `folder` with nothing of the machine's settings.
    pub(crate) fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        #[expect(clippy::disallowed_methods, reason = "a test plays the person at the keyboard")]
        let mut command = std::process::Command::new("git");
        self.seconds.set(self.seconds.get() + 60);
        let date = format!("@{} +0000", self.seconds.get());
        command.env_clear().envs(self.variables());
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date).current_dir(folder);
        let output = command.args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn variables(&self) -> Vec<(String, String)> {
        let home = self.path().to_str().unwrap();
        let fixed = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", home),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ];
        fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    pub(crate) fn oid(&self, revision: &str) -> Oid {
        self.git(&["rev-parse", "--verify", revision]).parse().unwrap()
    }

    pub(crate) fn head(&self) -> Oid {
        self.oid("HEAD")
    }

    /// Makes an empty commit on what is checked out.
    pub(crate) fn commit(&self, message: &str) -> Oid {
        self.git(&["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message]);
        self.head()
    }

    /// Writes `content` and commits it.
    pub(crate) fn commit_file(&self, path: &str, content: &str) -> Oid {
        std::fs::write(self.work.join(path), content).unwrap();
        self.git(&["add", "--force", path]);
        self.commit(&format!("chore: {path}"))
    }

    /// Makes a release commit of ours on the head.
    pub(crate) fn release_commit(&self, marker: Marker) -> Oid {
        self.commit(&marker.append_to("chore(release): next"))
    }

    /// Puts a lightweight tag on the head.
    pub(crate) fn tag(&self, name: &str) {
        self.git(&["tag", name]);
    }

    /// Puts an annotated tag on the head; with a marker, one of ours.
    pub(crate) fn annotate(&self, name: &str, marker: Option<Marker>) -> Oid {
        let message = marker.map_or_else(|| name.to_owned(), |marker| marker.append_to(name));
        self.git(&["tag", "--annotate", "--cleanup=verbatim", "--message", &message, name]);
        self.oid(&format!("refs/tags/{name}"))
    }

    /// Pushes `main` and all tags.
    pub(crate) fn push(&self) {
        self.git(&["push", "--quiet", "--force", "origin", "main", "--tags"]);
    }

    /// Makes the checkout's branch and tags as if nothing after `commit` had been seen.
    pub(crate) fn forget(&self, commit: Oid) {
        self.git(&["reset", "--quiet", "--hard", &commit.to_string()]);
        for tag in self.git(&["tag"]).lines() {
            self.git(&["tag", "--delete", tag]);
        }
    }

    pub(crate) fn marker(&self, plan: &str) -> Marker {
        Marker { plan: Digest::of(plan.as_bytes()), head: self.head() }
    }

    /// Observes, and requires facts.
    pub(crate) fn facts(&self) -> Facts {
        self.observe().unwrap_or_else(|error| panic!("{:?}", Failure::from(error)))
    }

    /// Observes, and requires a failure.
    pub(crate) fn failure(&self) -> Failure {
        Failure::from(self.observe().expect_err("facts instead of a failure"))
    }

    /// The change files that `tag` is about.
    pub(crate) fn used_up(
        &self,
        tag: &VersionTag,
        previous: &VersionTag,
        last_final: Option<&VersionTag>,
    ) -> Vec<ChangeFileFact> {
        let git = HostGit::open(&self.work, self.options()).unwrap();
        let commits = git.commits(tag.commit, &[previous.commit]).unwrap();
        let config = config(self.asked.config);
        let before = Before { version: Some(previous), last_final };
        bowline_facts::released_change_files(&git, &config, tag, before, &commits).unwrap()
    }

    fn options(&self) -> GitOptions {
        let environment = Environment::from_pairs(self.variables());
        let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_| ())));
        GitOptions { environment, process, timeout: Duration::from_secs(60) }
    }

    fn observe(&self) -> Result<Facts, FactsError> {
        let variables = self.asked.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let readers = Readers {
            git: Arc::new(HostGit::open(&self.work, self.options())?),
            forge: Arc::new(self.shelf.clone()),
            clock: Arc::new(FixedClock::new(Timestamp::EPOCH)),
        };
        observe(
            &readers,
            &Request {
                config: &config(self.asked.config),
                environment: &Environment::from_pairs(variables),
                branch: self.asked.branch.map(|name| BranchName::new(name).unwrap()),
                branchless: self.asked.branchless,
                offline: self.asked.offline,
                at: self.asked.at.clone(),
                closed: &self.asked.closed,
                begun: &self.asked.begun,
            },
        )
    }
}

fn config(text: &str) -> Config {
    let file = File { name: "bowline.toml".to_owned(), bytes: text.as_bytes().to_vec(), committed: true };
    load(&Input { file: Some(file), ..Input::default() }).unwrap().config
}

/// A forge for looking, filled by hand.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) published: Vec<Release>,
    pub(crate) drafts: Vec<Release>,
    pub(crate) sight: Sight,
    /// Release files, by the id of their draft.
    pub(crate) files: std::collections::BTreeMap<String, Vec<u8>>,
    /// Merged pull requests, as the forge tells them; none for one that has no such thing.
    pub(crate) pulls: Option<Vec<PullFact>>,
}

/// What the rights at hand show.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sight {
    #[default]
    Everything,
    NoDrafts,
    Unsupported,
    Broken,
}

impl Shelf {
    pub(crate) fn publish(&mut self, tag: &str, marker: Option<Marker>) {
        self.published.push(release(tag, "1", marker));
    }

    pub(crate) fn draft(&mut self, tag: &str, id: &str, marker: Option<Marker>) {
        self.drafts.push(Release { draft: true, ..release(tag, id, marker) });
    }

    /// A draft that holds its plan.
    pub(crate) fn draft_of(&mut self, plan: &Plan, id: &str) {
        let marker = plan.marker().unwrap();
        let file = ReleaseFile {
            schema: RELEASE_FILE_SCHEMA.to_owned(),
            plan_id: marker.plan,
            plan: plan.clone(),
            manifest: Manifest::default(),
            commit: marker.head,
            tag_object: marker.head,
        };
        let bytes = serde_json::to_vec(&file).unwrap();
        let asset = Asset {
            name: RELEASE_FILE.to_owned(),
            size: bytes.len() as u64,
            sha256: None,
            complete: true,
            url: String::new(),
        };
        self.draft("v1.0.0", id, Some(marker));
        self.drafts.last_mut().unwrap().assets.push(asset);
        self.files.insert(id.to_owned(), bytes);
    }

    fn look(&self) -> Result<(), ForgeError> {
        match self.sight {
            Sight::Everything | Sight::NoDrafts => Ok(()),
            Sight::Unsupported => Err(ForgeError::Unsupported(ForgeKind::Github)),
            Sight::Broken => {
                Err(ForgeError::NotDone { action: "listing releases".to_owned(), source: "connection refused".into() })
            }
        }
    }
}

/// A plan for a head on branch main, with a release commit.
pub(crate) fn plan(repository: &RepositoryId, head: Oid) -> Plan {
    Plan {
        schema: PLAN_SCHEMA.to_owned(),
        repository: PlanRepository { id: repository.clone(), branch: BranchName::new("main").unwrap(), head },
        environment: None,
        channel: "stable".to_owned(),
        created: Timestamp::EPOCH,
        packages: Vec::new(),
        reason: None,
        identity: Identity { name: "B".to_owned(), email: "b@example.org".to_owned() },
        commit_message: Some("chore(release): 1.0.0".to_owned()),
        requirements: Requirements {
            forge: ForgeKind::Local,
            branches: Vec::new(),
            push: bowline_model::plan::PushWay::Git,
            build: None,
            artifacts: bowline_model::plan::ArtifactRequirement::default(),
            publish: bowline_model::plan::PublishRequirement::default(),
            checks: None,
            environment: None,
            follow_up: None,
        },
        recorded: Recorded::default(),
        config_digest: Digest::of(b"config"),
        promotes: None,
    }
}

fn release(tag: &str, id: &str, marker: Option<Marker>) -> Release {
    Release {
        id: id.to_owned(),
        tag: TagName::new(tag).unwrap(),
        name: tag.to_owned(),
        notes: String::new(),
        draft: false,
        prerelease: false,
        marker,
        assets: Vec::new(),
        url: format!("https://forge.example/{tag}"),
    }
}

impl ForgeReader for Shelf {
    fn kind(&self) -> ForgeKind {
        ForgeKind::Github
    }
    fn location(&self) -> String {
        "forge.example".to_owned()
    }
    fn limits(&self) -> ForgeLimits {
        ForgeLimits { notes_chars: 125_000, assets: 1000, asset_size: 1 << 31 }
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.look()?;
        Ok(self.published.iter().find(|release| release.tag == *tag).cloned())
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        self.look()?;
        Ok(if self.sight == Sight::NoDrafts { Drafts::Invisible } else { Drafts::Visible(self.drafts.clone()) })
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        Ok(None)
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        let Some(bytes) = self.files.get(&release.id) else {
            return Err(ForgeError::Missing { what: asset.to_owned() });
        };
        to.write_all(bytes).unwrap();
        Ok(bytes.len() as u64)
    }
    fn conversations(&self) -> Option<&dyn Conversations> {
        self.pulls.as_ref().map(|_| self as &dyn Conversations)
    }
}

impl Conversations for Shelf {
    fn about(&self, _commits: &[Oid]) -> Result<Vec<u64>, ForgeError> {
        Ok(Vec::new())
    }
    fn merged(&self, commits: &[Oid], descriptions: bool) -> Result<Vec<PullFact>, ForgeError> {
        self.look()?;
        let pulls = self.pulls.clone().unwrap_or_default().into_iter();
        let of_these = pulls.filter(|pull| pull.commits.iter().any(|commit| commits.contains(commit)));
        let told =
            |pull: PullFact| PullFact { override_block: pull.override_block.clone().filter(|_| descriptions), ..pull };
        Ok(of_these.map(told).collect())
    }
    fn look(&self, _numbers: &[u64], _marker: &str) -> Result<Vec<Conversation>, ForgeError> {
        Ok(Vec::new())
    }
    fn milestones(&self, _titles: &[&str]) -> Result<Vec<Milestone>, ForgeError> {
        Ok(Vec::new())
    }
}
