//! Version tags, their form, and the current version.

use crate::world::World;
use bowline_model::FailureKind;

fn names(world: &World) -> Vec<String> {
    world.facts().version_tags.iter().map(|tag| tag.name.to_string()).collect()
}

/// The current version's tag and the form, with `tags` on the first commit.
fn check(tags: &[&str], config: &'static str, expected: (Option<&str>, &str)) {
    let mut world = World::new();
    world.asked.config = config;
    for tag in tags {
        world.tag(tag);
    }
    world.push();
    world.commit("feat: second");
    let facts = world.facts();
    let current = facts.current.as_ref().map(|tag| tag.name.as_str());
    assert_eq!((current, facts.tag_form.to_string().as_str()), expected, "{tags:?} {config}");
    assert_eq!(facts.commits.len(), if current.is_some() { 1 } else { 2 }, "{tags:?}");
}

#[test]
fn forms_in_use() {
    check(&[], "", (None, "v{version}"));
    check(&["v1.2.3"], "", (Some("v1.2.3"), "v{version}"));
    check(&["1.2.3"], "", (Some("1.2.3"), "{version}"));
    check(&["remote-v1.2.3"], "", (Some("remote-v1.2.3"), "remote-v{version}"));
    check(&["remote@1.2.3"], "", (Some("remote@1.2.3"), "remote@{version}"));
    check(&["v1.9.0", "1.10.0"], "", (Some("1.10.0"), "{version}"));
    check(&["v1.2.3", "other-v9.0.0", "v1.2", "v01.2.4", "v1", "latest"], "", (Some("v1.2.3"), "v{version}"));
    check(&["v1.2.3", "r/9.0.0"], "release.tag = \"r/{version}\"", (Some("r/9.0.0"), "r/{version}"));
    check(&["v1.2.3"], "release.tag = \"r/{version}\"", (None, "r/{version}"));
    check(&["lib-v2.0.0", "remote-v1.0.0"], "project.name = \"lib\"", (Some("lib-v2.0.0"), "lib-v{version}"));
}

#[test]
fn order_is_by_version() {
    // On one commit the final version wins over its candidate, whatever the names sort like.
    check(&["v1.0.0-rc.1", "v1.0.0"], "", (Some("v1.0.0"), "v{version}"));
    check(&["v1.0.0-beta.9", "v1.0.0-beta.10"], "", (Some("v1.0.0-beta.10"), "v{version}"));
    check(&["v9.0.0", "v10.0.0"], "", (Some("v10.0.0"), "v{version}"));
}

#[test]
fn lightweight_and_annotated_count_alike() {
    let world = World::new();
    world.tag("v1.0.0");
    let (first, commit) = (world.head(), world.commit("fix: more"));
    let object = world.annotate("v1.0.1", None);
    world.push();
    let facts = world.facts();
    let current = facts.current.unwrap();
    assert_eq!((current.object, current.commit), (object, commit));
    assert_eq!((facts.version_tags[1].object, facts.version_tags[1].commit), (first, first));
    assert!(facts.commits.is_empty());
}

#[test]
fn one_version_in_two_forms_is_listed_once() {
    let world = World::new();
    world.tag("1.0.0");
    world.tag("v1.0.0");
    world.commit("fix: more");
    world.tag("1.0.1");
    world.push();
    assert_eq!(names(&world), ["1.0.1", "1.0.0"]);
}

#[test]
fn tags_come_from_the_remote() {
    let mut world = World::new();
    world.annotate("v1.0.0", None);
    world.push();
    world.tag("v7.0.0");
    assert_eq!(world.facts().current.unwrap().name.as_str(), "v1.0.0", "a local tag counted");

    world.clone_again(&["--no-tags"]);
    world.commit("feat: more");
    assert_eq!(world.git(&["tag"]), "");
    let facts = world.facts();
    assert_eq!(facts.current.unwrap().name.as_str(), "v1.0.0");
    assert_eq!(facts.commits.len(), 1);
    assert_eq!(world.git(&["tag"]), "", "a reference was made");
}

#[test]
fn a_local_tag_that_differs_does_not_matter() {
    let world = World::new();
    world.tag("v1.0.0");
    world.push();
    world.commit("feat: more");
    world.git(&["tag", "--force", "v1.0.0"]);
    assert_eq!(world.facts().current.unwrap().commit, world.oid("HEAD^"));
}

#[test]
fn unreachable_tags_are_listed_and_not_current() {
    let mut world = World::new();
    world.tag("v1.0.0");
    world.git(&["checkout", "--quiet", "-b", "next"]);
    world.commit("feat!: other line");
    world.tag("v2.0.0");
    world.git(&["push", "--quiet", "origin", "next"]);
    world.git(&["checkout", "--quiet", "main"]);
    world.push();
    assert_eq!(world.facts().current.unwrap().name.as_str(), "v1.0.0");
    assert_eq!(names(&world), ["v2.0.0", "v1.0.0"]);
    world.clone_again(&["--no-tags", "--single-branch", "--branch", "main"]);
    assert_eq!(world.facts().current.unwrap().name.as_str(), "v1.0.0");
    assert_eq!(names(&world), ["v2.0.0", "v1.0.0"]);
}

#[test]
fn channels_have_current_versions_of_their_own() {
    const CONFIG: &str =
        "channel = { beta = { branch = \"beta\", prerelease = true }, rc = { branch = \"rc\", prerelease = true } }";
    let mut world = World::new();
    for tags in [&["v1.2.0"][..], &["v1.3.0-beta.0"], &["v1.3.0-rc.0"]] {
        tags.iter().for_each(|tag| world.tag(tag));
        world.commit("fix: more");
    }
    world.push();
    for (config, branch, current, commits) in [
        ("", "main", "v1.3.0-rc.0", 1),
        ("", "1.x", "v1.2.0", 3),
        (CONFIG, "main", "v1.2.0", 3),
        (CONFIG, "beta", "v1.3.0-beta.0", 2),
        (CONFIG, "rc", "v1.3.0-rc.0", 1),
    ] {
        world.asked.config = config;
        world.asked.branch = Some(branch);
        let facts = world.facts();
        assert_eq!(facts.current.unwrap().name.as_str(), current, "{config} {branch}");
        assert_eq!(facts.contained.unwrap().name.as_str(), "v1.3.0-rc.0", "{config} {branch}");
        assert_eq!(facts.commits.len(), commits, "{config} {branch}");
    }
}

#[test]
fn tags_on_anything_but_commits_are_ignored() {
    let world = World::new();
    world.tag("v1.0.0");
    world.git(&["tag", "v5.0.0", "HEAD^{tree}"]);
    world.git(&["tag", "--annotate", "--message", "x", "v6.0.0", "HEAD^{tree}"]);
    world.push();
    assert_eq!(names(&world), ["v1.0.0"]);
}

#[test]
fn hostile_names_are_no_version_tags() {
    let world = World::new();
    world.tag("v1.0.0");
    for name in [
        "v1$(id)",
        "v2.0.0;id",
        "v2.0.0-`id`",
        "v1\"x",
        "v1{{x}}",
        "v1<b>",
        "v1.2.3\u{200b}",
        "v1\u{202e}",
        "HEAD",
        "@",
        "refs/heads/main",
        "main",
    ] {
        world.git(&["update-ref", &format!("refs/tags/{name}"), "HEAD"]);
    }
    world.git(&["push", "--quiet", "origin", "refs/tags/*:refs/tags/*"]);
    world.commit("feat: second");
    assert_eq!(names(&world), ["v1.0.0"]);
    let facts = world.facts();
    assert_eq!((facts.branch.as_str(), facts.commits.len()), ("main", 1));
}

#[test]
fn an_unusable_template_is_a_configuration_error() {
    let mut world = World::new();
    world.asked.config = "release.tag = \"{package}-{version}\"";
    world.commit_file("package.json", r#"{"name": "+odd"}"#);
    let failure = world.failure();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Config, "tag_template"));
}
