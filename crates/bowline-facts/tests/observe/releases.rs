//! Releases of ours: complete, unfinished, superseded, and copies that only look like ours.

use crate::world::{Sight, World, plan};
use bowline_model::facts::{Unfinished, UnfinishedRelease};
use bowline_model::git::{BranchName, Marker, TagName};
use bowline_model::plan::{Plan, RepositoryId};
use bowline_model::{FailureKind, Oid};

/// A pushed release of the first commit: with a release commit or without.
struct Released {
    world: World,
    planned: Oid,
    marker: Marker,
    commit: Option<Oid>,
    tag: Oid,
}

fn released(with_commit: bool) -> Released {
    let world = World::new();
    let marker = world.marker("plan");
    let planned = world.head();
    let commit = with_commit.then(|| world.release_commit(marker));
    let tag = world.annotate("v1.0.0", Some(marker));
    world.push();
    Released { world, planned, marker, commit, tag }
}

fn found(world: &World) -> UnfinishedRelease {
    match world.facts().unfinished {
        Unfinished::Found(release) => release,
        other => panic!("{other:?}"),
    }
}

fn check_found(world: &World, expected: (Marker, Option<Oid>, Option<&str>, Option<&str>), missing: &str) {
    let release = found(world);
    let tag = release.tag.as_ref().map(bowline_model::git::TagName::as_str);
    assert_eq!((release.marker, release.commit, tag, release.draft.as_deref()), expected);
    assert_eq!(release.missing, missing);
}

fn check_nothing(world: &World) {
    let facts = world.facts();
    assert_eq!((facts.unfinished, facts.released), (Unfinished::None, None));
}

#[test]
fn the_head_is_a_release_of_ours() {
    let Released { mut world, marker, commit, tag, .. } = released(true);
    assert_eq!(world.facts().head.release, Some(marker));
    check_found(&world, (marker, commit, Some("v1.0.0"), None), "the published release of v1.0.0");

    world.shelf.draft("v1.0.0", "7", Some(marker));
    check_found(&world, (marker, commit, Some("v1.0.0"), Some("7")), "the published release of v1.0.0");

    world.shelf.drafts.clear();
    world.shelf.publish("v1.0.0", Some(marker));
    let facts = world.facts();
    assert_eq!(facts.unfinished, Unfinished::None);
    let released = facts.released.unwrap();
    assert_eq!((released.marker, Some(released.commit), released.tag_object), (marker, commit, tag));
    assert_eq!((released.tag.as_str(), released.url.as_str()), ("v1.0.0", "https://forge.example/v1.0.0"));
}

#[test]
fn the_head_is_a_release_commit_without_its_tag() {
    let mut world = World::new();
    let marker = world.marker("plan");
    let commit = world.release_commit(marker);
    // Not pushed: it will be made again.
    check_found(&world, (marker, None, None, None), "its tag and the published release");
    world.push();
    check_found(&world, (marker, Some(commit), None, None), "its tag and the published release");
    world.shelf.draft("v1.0.0", "7", Some(marker));
    check_found(&world, (marker, Some(commit), None, Some("7")), "the tag v1.0.0 and the published release");
}

#[test]
fn the_remote_begins_with_our_release_of_the_head() {
    let Released { mut world, planned, marker, commit, .. } = released(true);
    world.commit("feat: by others");
    world.push();
    world.forget(planned);
    check_found(&world, (marker, commit, Some("v1.0.0"), None), "the published release of v1.0.0");
    world.shelf.publish("v1.0.0", Some(marker));
    let facts = world.facts();
    assert_eq!((facts.unfinished, facts.released.map(|released| released.marker)), (Unfinished::None, Some(marker)));
    assert_eq!(world.git(&["tag"]), "", "a reference was made");
}

#[test]
fn a_tag_of_ours_stands_on_the_head() {
    let Released { mut world, marker, tag, .. } = released(false);
    world.clone_again(&["--no-tags"]);
    check_found(&world, (marker, None, Some("v1.0.0"), None), "the published release of v1.0.0");
    world.shelf.publish("v1.0.0", Some(marker));
    let facts = world.facts();
    assert_eq!(facts.unfinished, Unfinished::None);
    assert_eq!(facts.released.unwrap().tag_object, tag);
}

#[test]
fn a_draft_for_the_head_before_anything_was_pushed() {
    let mut world = World::new();
    let marker = world.marker("plan");
    world.shelf.draft("v1.0.0", "12", Some(marker));
    world.shelf.draft("v1.0.0", "9", Some(marker));
    world.shelf.draft("v1.0.0", "3", None);
    check_found(&world, (marker, None, None, Some("9")), "the tag v1.0.0 and the published release");
    assert!(world.facts().superseded.is_empty());
}

#[test]
fn a_draft_for_a_head_that_is_released_already() {
    let Released { mut world, marker, commit, .. } = released(true);
    world.shelf.publish("v1.0.0", Some(marker));
    let again = world.marker("again");
    world.shelf.draft("v1.0.1", "8", Some(again));
    check_found(&world, (again, None, None, Some("8")), "the tag v1.0.1 and the published release");
    assert_eq!(Some(world.facts().released.unwrap().commit), commit);
}

#[test]
fn a_pushed_release_commit_without_its_tag_in_history() {
    let Released { mut world, marker: first, .. } = released(true);
    world.shelf.publish("v1.0.0", Some(first));
    world.commit("feat: second");
    let marker = world.marker("second");
    let commit = world.release_commit(marker);
    world.commit("feat: third");
    check_nothing(&world);
    world.push();
    check_found(&world, (marker, Some(commit), None, None), "its tag and the published release");
    // What is not pushed on top of it, or beside it, changes nothing.
    world.commit("feat: here only");
    check_found(&world, (marker, Some(commit), None, None), "its tag and the published release");
    world.git(&["commit", "--quiet", "--amend", "--allow-empty", "--message", "feat: third, rewritten"]);
    check_found(&world, (marker, Some(commit), None, None), "its tag and the published release");
    world.asked.closed = vec![marker];
    check_nothing(&world);
}

#[test]
fn a_release_of_an_older_line_that_was_merged() {
    let Released { mut world, marker: first, .. } = released(true);
    world.shelf.publish("v1.0.0", Some(first));
    world.git(&["checkout", "--quiet", "-b", "1.x"]);
    world.commit("fix: older line");
    let marker = world.marker("older line");
    world.release_commit(marker);
    world.annotate("v1.0.1", Some(marker));
    world.shelf.publish("v1.0.1", Some(marker));
    world.git(&["checkout", "--quiet", "main"]);
    world.commit("feat!: newer line");
    world.tag("v2.0.0");
    world.git(&["merge", "--quiet", "--no-ff", "1.x", "--message", "merge"]);
    world.push();
    assert_eq!(world.facts().current.unwrap().name.as_str(), "v2.0.0");
    check_nothing(&world);
}

#[test]
fn the_current_version_of_ours_without_its_release() {
    for with_commit in [true, false] {
        let Released { mut world, marker, commit, .. } = released(with_commit);
        world.commit("feat: second");
        world.push();
        check_found(&world, (marker, commit, Some("v1.0.0"), None), "the published release of v1.0.0");
        world.shelf.publish("v1.0.0", Some(marker));
        check_nothing(&world);
    }
}

#[test]
fn only_the_newest_release_is_looked_at() {
    let Released { mut world, .. } = released(true);
    world.commit("feat: second");
    let marker = world.marker("second");
    world.release_commit(marker);
    world.annotate("v1.1.0", Some(marker));
    world.commit("feat: third");
    world.push();
    // v1.0.0 has no release either: somebody removed the page.
    world.shelf.publish("v1.1.0", Some(marker));
    check_nothing(&world);
}

#[test]
fn a_release_that_was_taken_over_is_complete() {
    let Released { mut world, marker, .. } = released(true);
    world.shelf.publish("v1.0.0", None);
    assert_eq!(world.facts().released.unwrap().marker, marker);
    // One that another plan of ours published is not.
    world.shelf.published.clear();
    let other = world.marker("other");
    world.shelf.publish("v1.0.0", Some(other));
    assert_eq!(found(&world).marker, marker);
}

#[test]
fn what_state_calls_over_is_not_taken_up_again() {
    for with_commit in [true, false] {
        let Released { mut world, planned, marker, .. } = released(with_commit);
        world.asked.closed = vec![marker];
        check_nothing(&world);
        world.forget(planned);
        check_nothing(&world);
        world.shelf.draft("v1.0.0", "7", Some(marker));
        check_nothing(&world);
    }
    // Being over does not hide that it is complete.
    let Released { mut world, marker, .. } = released(true);
    world.asked.closed = vec![marker];
    world.shelf.publish("v1.0.0", Some(marker));
    assert_eq!(world.facts().released.unwrap().marker, marker);

    let mut world = World::new();
    let marker = world.marker("plan");
    world.shelf.draft("v1.0.0", "7", Some(marker));
    world.asked.closed = vec![marker];
    check_nothing(&world);
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    for sight in [Sight::NoDrafts, Sight::Unsupported] {
        let mut world = World::new();
        world.shelf.sight = sight;
        assert_eq!(world.facts().unfinished, Unfinished::Unknown);
    }
    // References are enough to know that something is missing …
    let Released { mut world, marker, .. } = released(true);
    world.shelf.sight = Sight::NoDrafts;
    assert_eq!(found(&world).marker, marker);
    // … unless the forge says nothing at all.
    world.shelf.sight = Sight::Unsupported;
    assert_eq!(world.facts().unfinished, Unfinished::Unknown);

    world.shelf.sight = Sight::Broken;
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Failed, "forge_unreachable"));
    // Offline, nobody asks it.
    world.asked.offline = true;
    assert_eq!(world.facts().unfinished, Unfinished::Unknown);
}

#[test]
fn without_remote_local_references_are_the_truth() {
    let mut world = World::without_remote();
    let marker = world.marker("plan");
    let commit = world.release_commit(marker);
    check_found(&world, (marker, Some(commit), None, None), "its tag and the published release");
    world.annotate("v1.0.0", Some(marker));
    check_found(&world, (marker, Some(commit), Some("v1.0.0"), None), "the published release of v1.0.0");
    world.shelf.publish("v1.0.0", Some(marker));
    assert_eq!(world.facts().released.unwrap().commit, commit);
    // Offline changes nothing about them, but hides a forge on the network.
    world.asked.offline = true;
    world.shelf.sight = Sight::Broken;
    assert_eq!(world.facts().unfinished, Unfinished::Unknown);
    world.asked.offline = false;
    world.shelf.sight = Sight::Everything;
    // The planned head, looked at once more.
    world.git(&["checkout", "--quiet", "--detach", "HEAD^"]);
    world.asked.branch = Some("main");
    assert_eq!(world.facts().released.unwrap().commit, commit);
}

#[test]
fn copies_of_our_objects_are_ordinary() {
    // Cherry-picked: same words, other parent.
    let Released { world, planned, commit, .. } = released(true);
    world.git(&["reset", "--quiet", "--hard", &planned.to_string()]);
    world.commit("feat: elsewhere");
    world.git(&["cherry-pick", "--allow-empty", &commit.unwrap().to_string()]);
    world.git(&["push", "--quiet", "--force", "origin", "main", ":refs/tags/v1.0.0"]);
    assert_eq!(world.facts().head.release, None);
    check_nothing(&world);
    world.commit("feat: on top");
    world.push();
    world.git(&["push", "--quiet", "origin", ":refs/tags/v1.0.0"]);
    check_nothing(&world);

    // Squashed: the words are not alone in the last paragraph.
    let world = World::new();
    let marker = world.marker("plan");
    world.commit(&format!("{}Co-authored-by: B <b@example.org>\n", marker.append_to("feat: squash")));
    world.push();
    check_nothing(&world);

    // Merged: two parents.
    let world = World::new();
    let marker = world.marker("plan");
    world.git(&["checkout", "--quiet", "-b", "side"]);
    world.commit("feat: side");
    world.git(&["checkout", "--quiet", "main"]);
    world.git(&["merge", "--quiet", "--no-ff", "side", "--message", &marker.append_to("merge")]);
    world.push();
    assert_eq!(world.facts().head.release, None);
    check_nothing(&world);
}

#[test]
fn copies_of_our_tags_are_ordinary() {
    // The object under another name.
    let world = World::new();
    let marker = world.marker("plan");
    let object = world.annotate("v1.0.0", Some(marker));
    world.git(&["update-ref", "refs/tags/v9.0.0", &object.to_string()]);
    world.git(&["tag", "--delete", "v1.0.0"]);
    world.push();
    assert_eq!(world.facts().current.unwrap().name.as_str(), "v9.0.0");
    check_nothing(&world);

    // The words on another commit.
    let world = World::new();
    let marker = world.marker("plan");
    world.commit("feat: later");
    world.annotate("v1.0.0", Some(marker));
    world.push();
    check_nothing(&world);
    world.commit("feat: latest");
    check_nothing(&world);

    // Our words around a tag of others.
    let world = World::new();
    let marker = world.marker("plan");
    world.annotate("inner", None);
    world.git(&["tag", "--annotate", "--message", &marker.append_to("v1.0.0"), "v1.0.0", "refs/tags/inner"]);
    world.push();
    check_nothing(&world);

    // A newer version of others on the commit that ours stands on.
    let Released { world, .. } = released(false);
    world.annotate("v1.1.0", None);
    world.commit("feat: later");
    world.push();
    check_nothing(&world);

    // By others, annotated or not.
    let world = World::new();
    world.annotate("v1.0.0", None);
    world.tag("v1.0.1");
    world.push();
    check_nothing(&world);
}

fn superseded(world: &World) -> Vec<String> {
    world.facts().superseded.into_iter().map(|draft| draft.draft).collect()
}

#[test]
fn drafts_for_older_heads_are_superseded() {
    let mut world = World::new();
    let old = world.marker("old");
    let repository = world.facts().repository;
    world.commit("feat: newer");
    world.push();
    let plan = plan(&repository, old.head);
    world.shelf.draft_of(&plan, "7");
    assert_eq!(superseded(&world), ["7"]);
    assert_eq!(world.facts().unfinished, Unfinished::None);

    // Killed before the plan was uploaded; this machine knows it all the same.
    world.shelf.drafts.clear();
    world.shelf.draft("v1.0.0", "8", Some(plan.marker().unwrap()));
    assert!(superseded(&world).is_empty());
    world.asked.begun = vec![plan];
    assert_eq!(superseded(&world), ["8"]);
}

/// Deleting a draft that is still needed loses bytes; one that is kept too long only takes room.
#[test]
fn drafts_that_may_be_needed_are_kept() {
    let mut world = World::new();
    let old = world.marker("old");
    let repository = world.facts().repository;
    world.commit("feat: newer");
    world.push();
    let ours = plan(&repository, old.head);
    // Without a plan to read, of somebody else, of another repository that ends in the same name, or of another branch.
    world.shelf.draft("v1.0.0", "1", Some(old));
    world.shelf.draft("v1.0.0", "2", None);
    world.shelf.draft_of(&plan(&RepositoryId::local("another"), old.head), "3");
    let mut branch = ours.clone();
    branch.repository.branch = BranchName::new("maintenance").unwrap();
    world.shelf.draft_of(&branch, "4");
    // One that only pushes a tag can still arrive, wherever the branch is by now.
    world.shelf.draft_of(&Plan { commit_message: None, ..ours.clone() }, "5");
    // One whose head is not here.
    world.shelf.draft_of(&plan(&repository, Oid::Sha1([7; 20])), "6");
    assert!(superseded(&world).is_empty());
    // One whose plan is not the one that its marker names.
    world.shelf.draft_of(&ours, "7");
    world.shelf.drafts.last_mut().unwrap().marker = Some(old);
    assert!(superseded(&world).is_empty());
}

#[test]
fn a_promotion_that_was_begun_is_unfinished_wherever_the_head_is() {
    let mut world = World::new();
    world.tag("v1.0.0");
    let candidate = world.head();
    let promotion = |repository: &RepositoryId, branch: &str| {
        let digest = bowline_model::Digest::of(b"x");
        let mut plan = plan(repository, candidate);
        plan.repository.branch = BranchName::new(branch).unwrap();
        plan.commit_message = None;
        plan.promotes = Some(bowline_model::plan::Promotion {
            tag: TagName::new("v1.1.0-rc.0").unwrap(),
            version: "1.1.0-rc.0".parse().unwrap(),
            tag_object: candidate,
            plan: digest,
            manifest: digest,
        });
        plan
    };
    let repository = world.facts().repository;
    world.commit("feat: newer");
    world.push();
    let draft = |world: &mut World, plan: &Plan, id: &str, tag: &str| {
        world.shelf.draft_of(plan, id);
        world.shelf.drafts.last_mut().unwrap().tag = TagName::new(tag).unwrap();
    };
    let ours = promotion(&repository, "main");
    draft(&mut world, &promotion(&repository, "maintenance"), "1", "v1.1.0");
    draft(&mut world, &promotion(&RepositoryId::local("another"), "main"), "2", "v1.1.0");
    draft(&mut world, &Plan { promotes: None, ..ours.clone() }, "3", "v1.1.0");
    // One whose version is not above what the head contains.
    draft(&mut world, &ours, "4", "v0.9.0");
    assert_eq!(world.facts().unfinished, Unfinished::None);
    draft(&mut world, &ours, "5", "v1.1.0");
    let facts = world.facts();
    let Unfinished::Found(found) = &facts.unfinished else { panic!("{:?}", facts.unfinished) };
    assert_eq!((found.marker.head, found.draft.as_deref()), (candidate, Some("5")));
    assert!(facts.superseded.is_empty(), "newer commits do not replace it");
    // Somebody else has the version by now.
    world.tag("v1.1.0");
    world.push();
    assert_eq!(world.facts().unfinished, Unfinished::None);
}

#[test]
fn drafts_with_something_pushed_are_not_superseded() {
    // A release commit on the branch.
    let mut world = World::new();
    let marker = world.marker("plan");
    let commit = world.release_commit(marker);
    world.commit("feat: newer");
    world.push();
    world.shelf.draft("v1.0.0", "7", Some(marker));
    assert!(superseded(&world).is_empty());
    check_found(&world, (marker, Some(commit), None, Some("7")), "the tag v1.0.0 and the published release");

    // A release commit on the remote's branch only, seen from a line that has left it.
    world.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    world.commit("feat: another line");
    assert!(superseded(&world).is_empty());

    // The tag.
    let Released { mut world, marker, .. } = released(false);
    world.commit("feat: newer");
    world.push();
    world.shelf.draft("v1.0.0", "7", Some(marker));
    assert!(superseded(&world).is_empty());
}

#[test]
fn drafts_of_other_lines_are_left_alone() {
    let mut world = World::new();
    world.git(&["checkout", "--quiet", "-b", "other"]);
    world.commit("feat: other line");
    let marker = world.marker("other");
    world.git(&["push", "--quiet", "origin", "other"]);
    world.git(&["checkout", "--quiet", "main"]);
    world.shelf.draft("v2.0.0", "7", Some(marker));
    assert!(superseded(&world).is_empty(), "known here");
    world.clone_again(&["--single-branch", "--branch", "main"]);
    assert!(superseded(&world).is_empty(), "not fetched");
}

#[test]
fn a_staging_branch_is_left_when_no_branch_stands_at_its_head() {
    let world = World::new();
    world.push();
    let (head, marker) = (world.head(), world.marker("plan"));
    let name = marker.staging();
    let stage = |commit: Oid| world.git(&["push", "--quiet", "--force", "origin", &format!("{commit}:{name}")]);
    // Made for this head: begun, and with its commit.
    stage(head);
    assert_eq!(world.facts().left_staging, [""; 0]);
    let staged = world.release_commit(marker);
    world.git(&["reset", "--quiet", "--hard", &head.to_string()]);
    stage(staged);
    assert_eq!(world.facts().left_staging, [""; 0]);

    world.commit("fix: newer");
    assert_eq!(world.facts().left_staging, [""; 0], "the remote branch is still there");
    world.push();
    assert_eq!(world.facts().left_staging, [name.as_str()], "nothing can come of it");
    world.git(&["push", "--quiet", "origin", &format!("{head}:refs/heads/maintenance")]);
    assert_eq!(world.facts().left_staging, [""; 0], "it may be another branch's");
    world.git(&["push", "--quiet", "origin", "--delete", "maintenance"]);
    stage(head);
    assert_eq!(world.facts().left_staging, [name.as_str()], "begun, and never made");
}

#[test]
fn a_staging_branch_is_no_branch_to_release_from() {
    let world = World::new();
    world.push();
    world.git(&["push", "--quiet", "origin", &format!("HEAD:{}", world.marker("plan").staging())]);
    world.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(world.facts().branch.as_str(), "main");
}
