//! Merged pull requests: what is asked, how often, and whose overrides count.

use super::{Scene, scene};
use bowline_model::Oid;
use bowline_model::facts::{OverrideBlock, PullFact};
use bowline_port::forge::ForgeError;
use bowline_testkit::github::Thread;

const BLOCK: &str = "Text\r\nBEGIN_COMMIT_OVERRIDE\r\nfeat: x\r\nEND_COMMIT_OVERRIDE";

fn oid(number: u8) -> Oid {
    Oid::Sha1([number; 20])
}

/// A merged pull request of ada's that brought these commits.
fn thread(commits: &[u8], body: &str) -> Thread {
    Thread {
        commits: commits.iter().map(|number| oid(*number).to_string()).collect(),
        merge: commits.first().map(|number| oid(*number).to_string()),
        title: "Add it".to_owned(),
        body: body.to_owned(),
        author: Some("ada".to_owned()),
        ..Thread::default()
    }
}

fn put(scene: &Scene, number: u64, thread: Thread) {
    scene.github.state().talk.threads.insert(number, thread);
}

fn merged(scene: &Scene, commits: &[u8], descriptions: bool) -> Result<Vec<PullFact>, ForgeError> {
    use bowline_port::forge::ForgeReader;
    let commits: Vec<Oid> = commits.iter().map(|number| oid(*number)).collect();
    scene.forge.conversations().unwrap().merged(&commits, descriptions)
}

#[test]
fn each_is_read_once_however_many_commits_it_brought() {
    let scene = scene();
    put(&scene, 7, Thread { labels: vec!["minor".to_owned()], ..thread(&[3, 2, 1], BLOCK) });
    put(&scene, 8, Thread { open: true, ..thread(&[1], "") });
    put(&scene, 9, Thread { elsewhere: Some("fork/app"), ..thread(&[2], "") });
    put(&scene, 10, Thread { gone: true, ..thread(&[2], "") });
    let found = merged(&scene, &[3, 2, 1, 4], false).unwrap();
    let expected = PullFact {
        number: 7,
        title: "Add it".to_owned(),
        labels: vec!["minor".to_owned()],
        author: Some("ada".to_owned()),
        commits: vec![oid(3), oid(2), oid(1)],
        merge: Some(oid(3)),
        override_block: None,
    };
    assert_eq!(found, [expected], "the open one, the one of a fork and the one that is gone say nothing");
    assert_eq!(scene.requests("/graphql"), 2);
    assert_eq!(merged(&scene, &[4], false).unwrap(), []);
    assert_eq!(scene.requests("/graphql"), 3, "nothing more is asked where nothing was brought");
    let many: Vec<u8> = (1..=101).collect();
    merged(&scene, &many, true).unwrap();
    assert_eq!(scene.requests("/graphql"), 3 + 3 + 1, "fifty commits in one question");
}

#[test]
fn an_override_counts_when_its_last_writer_may_write() {
    let person = |name: &str| Some(Some(name.to_owned()));
    for (author, editor, writer, may_write) in [
        (Some("ada"), None, Some("ada"), true),
        (Some("eve"), None, Some("eve"), false),
        (Some("reader"), None, Some("reader"), false),
        (Some("eve"), person("ada"), Some("ada"), true),
        (Some("ada"), person("eve"), Some("eve"), false),
        (Some("nobody"), None, Some("nobody"), false),
        // A program quotes what strangers wrote; that a person has its name makes it nobody else.
        (Some("ada[bot]"), None, Some("ada"), false),
        (Some("ada"), Some(None), None, false),
        (None, None, None, false),
    ] {
        let scene = scene();
        let people = [("ada", "write"), ("eve", "none"), ("reader", "read")];
        scene.github.state().talk.rights = people.map(|(name, right)| (name.to_owned(), right)).into();
        put(&scene, 7, Thread { author: author.map(str::to_owned), editor: editor.clone(), ..thread(&[1], BLOCK) });
        let found = merged(&scene, &[1], true).unwrap().remove(0).override_block.unwrap();
        assert_eq!(found.block, OverrideBlock::Whole("feat: x".to_owned()));
        assert_eq!((found.writer.as_deref(), found.may_write), (writer, may_write), "{author:?} {editor:?}");
    }
}

#[test]
fn writers_are_asked_about_once_and_only_where_there_is_an_override() {
    let scene = scene();
    scene.github.state().talk.rights.insert("ada".to_owned(), "admin");
    put(&scene, 7, thread(&[1], BLOCK));
    put(&scene, 8, thread(&[2], BLOCK));
    put(&scene, 9, Thread { author: Some("eve".to_owned()), ..thread(&[3], "no override") });
    assert_eq!(merged(&scene, &[1, 2, 3], true).unwrap().len(), 3);
    assert_eq!(scene.requests("/collaborators/"), 1);
    merged(&scene, &[1, 2, 3], false).unwrap();
    assert_eq!(scene.requests("/collaborators/"), 1, "nobody is asked about where overrides are not wanted");
}

#[test]
fn a_token_that_may_not_ask_is_told_so() {
    let scene = scene();
    put(&scene, 7, thread(&[1], BLOCK));
    scene.github.state().denied.insert("collaborators");
    let refused = merged(&scene, &[1], true);
    assert!(matches!(refused, Err(ForgeError::Forbidden { .. })), "whether it counts is never guessed: {refused:?}");
    scene.github.state().denied.insert("graphql");
    let refused = merged(&scene, &[1], false);
    assert!(matches!(refused, Err(ForgeError::Forbidden { .. })), "{refused:?}");
}
