//! Doors that report every change they make.
//!
//! [`ObservedGit`], [`ObservedForge`] and [`ObservedState`] wrap the real doors and emit an [`Event::Door`] before and after each call
//! that writes. Logs and traces come from these events; so does the crash switch, which can end the process between
//! any two effects.

use crate::forge::adopt::Adoption;
use crate::forge::discuss::Discussions;
use crate::forge::environments::Environments;
use crate::forge::guards::Guards;
use crate::forge::immutable::Immutability;
use crate::forge::rules::Rules;
use crate::forge::{
    Asset, Checks, Commits, Conversations, Drafts, FollowUp, Forge, ForgeError, ForgeReader, Limits, MoveError,
    NewRelease, Release, Signatures, StagedCommit, Statuses,
};
use crate::git::{
    Commit, Git, GitError, GitReader, Head, Layout, NewBundle, NewCommit, NewTag, Past, PathStatus, PushError,
    RefUpdate, Reference, Remote, Tag,
};
use crate::http::Source;
use crate::state::{Change, StateError, StateStore, Version, Versioned};
use bowline_model::Oid;
use bowline_model::event::{Event, EventSink, Phase};
use bowline_model::facts::{CommitFact, FileContent, VersionTag};
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Git, observed.
pub struct ObservedGit {
    inner: Arc<dyn Git>,
    reporter: Reporter,
}

/// A forge, observed.
pub struct ObservedForge {
    inner: Arc<dyn Forge>,
    reporter: Reporter,
}

/// A state store, observed.
pub struct ObservedState {
    inner: Arc<dyn StateStore>,
    reporter: Reporter,
}

struct Reporter {
    door: &'static str,
    events: Arc<dyn EventSink>,
}

impl Reporter {
    fn around<T>(&self, call: &str, object: &str, act: impl FnOnce() -> T) -> T {
        let event =
            |phase| Event::Door { door: self.door.to_owned(), call: call.to_owned(), object: object.to_owned(), phase };
        self.events.event(&event(Phase::Before));
        let result = act();
        self.events.event(&event(Phase::After));
        result
    }
}

impl ObservedGit {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Git>, events: Arc<dyn EventSink>) -> Self {
        Self { inner, reporter: Reporter { door: "git", events } }
    }
}

impl ObservedForge {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Forge>, events: Arc<dyn EventSink>) -> Self {
        Self { inner, reporter: Reporter { door: "forge", events } }
    }
}

impl ObservedState {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn StateStore>, events: Arc<dyn EventSink>) -> Self {
        Self { inner, reporter: Reporter { door: "state", events } }
    }
}

impl StateStore for ObservedState {
    fn place(&self) -> String {
        self.inner.place()
    }
    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        self.inner.get(key)
    }
    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        self.inner.read(prefix)
    }
    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        let keys = changes.iter().map(|change| change.key.as_str()).collect::<Vec<_>>().join(" ");
        self.reporter.around("swap", &keys, || self.inner.swap(changes))
    }
    fn is_atomic(&self) -> bool {
        self.inner.is_atomic()
    }
    fn ride(&self, remote: &str, change: &Change) -> Result<Option<(RefUpdate, Version)>, StateError> {
        self.inner.ride(remote, change)
    }
}

impl GitReader for ObservedGit {
    fn layout(&self) -> Layout {
        self.inner.layout()
    }
    fn head(&self) -> Result<Head, GitError> {
        self.inner.head()
    }
    fn resolve(&self, name: &str) -> Result<Option<Oid>, GitError> {
        self.inner.resolve(name)
    }
    fn commit(&self, oid: Oid) -> Result<Commit, GitError> {
        self.inner.commit(oid)
    }
    fn tag(&self, oid: Oid) -> Result<Option<Tag>, GitError> {
        self.inner.tag(oid)
    }
    fn has_object(&self, oid: Oid) -> Result<bool, GitError> {
        self.inner.has_object(oid)
    }
    fn file(&self, commit: Oid, path: &str) -> Result<Option<FileContent>, GitError> {
        self.inner.file(commit, path)
    }
    fn folder(&self, commit: Oid, path: &str) -> Result<Vec<String>, GitError> {
        self.inner.folder(commit, path)
    }
    fn references(&self, prefix: &str) -> Result<Vec<Reference>, GitError> {
        self.inner.references(prefix)
    }
    fn remotes(&self) -> Result<Vec<Remote>, GitError> {
        self.inner.remotes()
    }
    fn upstream_remote(&self, branch: &BranchName) -> Result<Option<String>, GitError> {
        self.inner.upstream_remote(branch)
    }
    fn comment_mark(&self) -> Result<Option<String>, GitError> {
        self.inner.comment_mark()
    }
    fn ls_remote(&self, remote: &str) -> Result<Vec<Reference>, GitError> {
        self.inner.ls_remote(remote)
    }
    fn fetch(&self, remote: &str, references: &[String]) -> Result<(), GitError> {
        self.inner.fetch(remote, references)
    }
    fn is_shallow(&self) -> Result<bool, GitError> {
        self.inner.is_shallow()
    }
    fn unshallow(&self, remote: &str) -> Result<(), GitError> {
        self.inner.unshallow(remote)
    }
    fn newest_reachable(&self, head: Oid, tags: &[VersionTag]) -> Result<Option<VersionTag>, GitError> {
        self.inner.newest_reachable(head, tags)
    }
    fn commits(&self, head: Oid, exclude: &[Oid]) -> Result<Vec<CommitFact>, GitError> {
        self.inner.commits(head, exclude)
    }
    fn past(&self, head: Oid) -> Result<Box<dyn Past + '_>, GitError> {
        self.inner.past(head)
    }
    fn commit_id(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        self.inner.commit_id(commit)
    }
    fn tree_id(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        self.inner.tree_id(commit)
    }
    fn tag_id(&self, tag: &NewTag) -> Result<Oid, GitError> {
        self.inner.tag_id(tag)
    }
    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, GitError> {
        self.inner.is_ancestor(ancestor, descendant)
    }
    fn status(&self, commit: Oid, paths: &[String]) -> Result<Vec<PathStatus>, GitError> {
        self.inner.status(commit, paths)
    }
    fn other_changes(&self, except: &[String]) -> Result<Vec<String>, GitError> {
        self.inner.other_changes(except)
    }
    fn operations_in_progress(&self) -> Result<Vec<&'static str>, GitError> {
        self.inner.operations_in_progress()
    }
}

impl Git for ObservedGit {
    fn write_commit(&self, commit: &NewCommit) -> Result<Oid, GitError> {
        self.reporter.around("write_commit", &commit.parent.to_string(), || self.inner.write_commit(commit))
    }
    fn write_tag(&self, tag: &NewTag) -> Result<Oid, GitError> {
        self.reporter.around("write_tag", &tag.name.to_string(), || self.inner.write_tag(tag))
    }
    fn push(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError> {
        self.reporter.around("push", &names(updates), || self.inner.push(remote, updates))
    }
    fn update_reference(&self, update: &RefUpdate) -> Result<(), GitError> {
        self.reporter.around("update_reference", &update.name, || self.inner.update_reference(update))
    }
    fn update_index(&self, commit: Oid, paths: &[String]) -> Result<(), GitError> {
        self.reporter.around("update_index", &paths.join(" "), || self.inner.update_index(commit, paths))
    }
    fn clone_at(&self, path: &Path, commit: Oid, tag: &TagName, tag_object: Oid) -> Result<(), GitError> {
        self.reporter.around("clone", &tag.to_string(), || self.inner.clone_at(path, commit, tag, tag_object))
    }
    fn write_bundle(&self, path: &Path, bundle: &NewBundle) -> Result<(), GitError> {
        self.reporter.around("write_bundle", &bundle.tag.to_string(), || self.inner.write_bundle(path, bundle))
    }
    fn read_bundle(&self, path: &Path) -> Result<(), GitError> {
        self.reporter.around("read_bundle", &path.to_string_lossy(), || self.inner.read_bundle(path))
    }
    fn push_dry_run(&self, remote: &str, updates: &[RefUpdate]) -> Result<(), PushError> {
        self.inner.push_dry_run(remote, updates)
    }
}

fn names(updates: &[RefUpdate]) -> String {
    updates.iter().map(|update| update.name.as_str()).collect::<Vec<_>>().join(" ")
}

impl ForgeReader for ObservedForge {
    fn kind(&self) -> ForgeKind {
        self.inner.kind()
    }
    fn location(&self) -> String {
        self.inner.location()
    }
    fn limits(&self) -> Limits {
        self.inner.limits()
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.inner.published(tag)
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        self.inner.drafts()
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.inner.latest()
    }
    fn look_anew(&self) {
        self.inner.look_anew();
    }
    fn listed(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        self.inner.listed(tag)
    }
    fn reread(&self, release: &Release) -> Result<Option<Release>, ForgeError> {
        self.inner.reread(release)
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        self.inner.download(release, asset, to)
    }
    fn immutability(&self) -> Option<&dyn Immutability> {
        self.inner.immutability()
    }
    fn signatures(&self) -> Option<&dyn Signatures> {
        self.inner.signatures()
    }
    fn rules(&self) -> Option<&dyn Rules> {
        self.inner.rules()
    }
    fn environments(&self) -> Option<&dyn Environments> {
        self.inner.environments()
    }
    fn guards(&self) -> Option<&dyn Guards> {
        self.inner.guards()
    }
    fn checks(&self) -> Option<&dyn Checks> {
        self.inner.checks()
    }
    fn conversations(&self) -> Option<&dyn Conversations> {
        self.inner.conversations()
    }
}

impl Forge for ObservedForge {
    fn check_writable(&self) -> Result<(), ForgeError> {
        self.inner.check_writable()
    }
    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        self.reporter.around("create_draft", &new.tag.to_string(), || self.inner.create_draft(new))
    }
    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        self.reporter.around("upload", &artifact.name, || self.inner.upload(draft, artifact, bytes))
    }
    fn uploads_at_once(&self) -> usize {
        self.inner.uploads_at_once()
    }
    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        self.reporter.around("delete_draft", &draft.tag.to_string(), || self.inner.delete_draft(draft))
    }
    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        self.reporter.around("publish", &draft.tag.to_string(), || self.inner.publish(draft, latest))
    }
    fn adoption(&self) -> Option<&dyn Adoption> {
        self.inner.adoption().map(|_| self as &dyn Adoption)
    }
    fn discussions(&self) -> Option<&dyn Discussions> {
        self.inner.discussions().map(|_| self as &dyn Discussions)
    }
    fn commits(&self) -> Option<&dyn Commits> {
        self.inner.commits().map(|_| self as &dyn Commits)
    }
    fn statuses(&self) -> Option<&dyn Statuses> {
        self.inner.statuses().map(|_| self as &dyn Statuses)
    }
    fn follow_up(&self) -> Option<&dyn FollowUp> {
        self.inner.follow_up().map(|_| self as &dyn FollowUp)
    }
}

impl Discussions for ObservedForge {
    fn discussed(&self, release: &Release) -> Result<Option<String>, ForgeError> {
        self.inner.discussions().map_or(Ok(None), |inner| inner.discussed(release))
    }
    fn discuss(&self, release: &Release, category: &str) -> Result<String, ForgeError> {
        let inner = self.inner.discussions().ok_or_else(|| ForgeError::Unsupported(self.inner.kind()))?;
        self.reporter.around("discuss", &release.tag.to_string(), || inner.discuss(release, category))
    }
}

impl Adoption for ObservedForge {
    fn adopt(&self, theirs: &Release, new: &NewRelease) -> Result<Release, ForgeError> {
        let inner = self.inner.adoption().ok_or_else(|| ForgeError::Unsupported(self.inner.kind()))?;
        self.reporter.around("adopt", &new.tag.to_string(), || inner.adopt(theirs, new))
    }
}

impl ObservedForge {
    /// Only who was told by [`Forge::commits`] that it can comes here.
    fn able(&self) -> Result<&dyn Commits, ForgeError> {
        self.inner.commits().ok_or_else(|| ForgeError::Unsupported(self.inner.kind()))
    }
}

impl Commits for ObservedForge {
    fn stage(&self, commit: &StagedCommit) -> Result<Oid, ForgeError> {
        let able = self.able()?;
        self.reporter.around("stage", &commit.branch, || able.stage(commit))
    }
    fn unstage(&self, branch: &str) -> Result<(), ForgeError> {
        let able = self.able()?;
        self.reporter.around("unstage", branch, || able.unstage(branch))
    }
    fn move_branch(&self, update: &RefUpdate) -> Result<(), MoveError> {
        let able = self.able()?;
        self.reporter.around("move_branch", &update.name, || able.move_branch(update))
    }
}

impl ObservedForge {
    fn lacking<T>(&self) -> Result<T, ForgeError> {
        Err(ForgeError::Unsupported(self.inner.kind()))
    }
}

impl Statuses for ObservedForge {
    fn succeed(&self, commit: Oid, name: &str, description: &str, url: &str) -> Result<(), ForgeError> {
        let Some(inner) = self.inner.statuses() else { return self.lacking() };
        self.reporter.around("status", &commit.to_string(), || inner.succeed(commit, name, description, url))
    }
}

impl FollowUp for ObservedForge {
    fn comment(&self, number: u64, text: &str) -> Result<(), ForgeError> {
        let Some(inner) = self.inner.follow_up() else { return self.lacking() };
        self.reporter.around("comment", &number.to_string(), || inner.comment(number, text))
    }
    fn label(&self, number: u64, labels: &[String]) -> Result<(), ForgeError> {
        let Some(inner) = self.inner.follow_up() else { return self.lacking() };
        self.reporter.around("label", &number.to_string(), || inner.label(number, labels))
    }
    fn close_milestone(&self, number: u64) -> Result<(), ForgeError> {
        let Some(inner) = self.inner.follow_up() else { return self.lacking() };
        self.reporter.around("close_milestone", &number.to_string(), || inner.close_milestone(number))
    }
}
