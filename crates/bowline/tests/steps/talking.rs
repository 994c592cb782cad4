//! A forge with releases in a folder, and everything else on the double of GitHub: checks, statuses, conversations.

use bowline_host::forge::github::{GithubForge, Place};
use bowline_model::event::Silent;
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_port::environment::Environment;
use bowline_port::forge::environments::Environments;
use bowline_port::forge::{
    Asset, Checks, Conversations, Drafts, FollowUp, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release,
    Statuses,
};
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts, Caller, Login, Rules, Source};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::bench::Bench;
use bowline_testkit::github::{API, Github, HOSTS, PAGES};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// See the module.
pub(crate) struct Talking {
    releases: Arc<dyn Forge>,
    github: GithubForge,
}

impl Talking {
    /// Gives the bench's forge these abilities.
    pub(crate) fn begin(bench: &mut Bench) -> Arc<Github> {
        let github = Arc::new(Github::default());
        bench.doors.forge =
            Arc::new(Self { releases: bench.doors.forge.clone(), github: github_forge(&github, &bench.doors.stop) });
        github
    }
}

fn github_forge(github: &Arc<Github>, stop: &Stop) -> GithubForge {
    let clock = crate::worlds::patient();
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(90) };
    let retries = Retries::new(policy, clock.clone(), stop.clone(), Arc::new(Silent));
    let allowed = Environment::from_pairs([(ALLOW_HOSTS.to_owned(), HOSTS.to_owned())]);
    let hosts = AllowedHosts::new(&allowed, ForgeKind::Github);
    let caller = Caller::new(github.clone(), hosts, retries, clock, Rules::GITHUB);
    let place = Place {
        api: Address::parse(API).unwrap(),
        pages: Address::parse(PAGES).unwrap(),
        owner: "acme".to_owned(),
        name: "app".to_owned(),
    };
    let login = Login::bearer(&Secret::new("github-token"));
    GithubForge::new(caller, place, Arc::new(move || Ok(Some(login.clone()))))
}

impl ForgeReader for Talking {
    fn kind(&self) -> ForgeKind {
        self.releases.kind()
    }
    fn location(&self) -> String {
        self.github.location()
    }
    fn limits(&self) -> Limits {
        self.releases.limits()
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.releases.published(tag)
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        self.releases.drafts()
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.releases.latest()
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        self.releases.download(release, asset, to)
    }
    fn environments(&self) -> Option<&dyn Environments> {
        self.github.environments()
    }
    fn checks(&self) -> Option<&dyn Checks> {
        self.github.checks()
    }
    fn conversations(&self) -> Option<&dyn Conversations> {
        self.github.conversations()
    }
}

impl Forge for Talking {
    fn check_writable(&self) -> Result<(), ForgeError> {
        self.releases.check_writable()
    }
    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        self.releases.create_draft(new)
    }
    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        self.releases.upload(draft, artifact, bytes)
    }
    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        self.releases.delete_draft(draft)
    }
    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        self.releases.publish(draft, latest)
    }
    fn statuses(&self) -> Option<&dyn Statuses> {
        self.github.statuses()
    }
    fn follow_up(&self) -> Option<&dyn FollowUp> {
        self.github.follow_up()
    }
}
