//! Publishing, adopting and downloading.

use super::{Scene, forge_of, scene, tag};
use bowline_model::release::Artifact;
use bowline_port::forge::conformance::{new_release, of};
use bowline_port::forge::immutable::{Immutability, Immutable};
use bowline_port::forge::{Drafts, Forge, ForgeError, ForgeReader, NewRelease};
use bowline_testkit::github::{Fault, Github};
use std::sync::Arc;

/// What a push of a tag is told that a rule does not let in.
const REFUSAL: &str =
    "push declined due to repository rule violations: - Cannot create ref due to creations being restricted.";

impl Scene {
    fn is_clean(&self) {
        let state = self.github.state();
        assert!(state.violations.is_empty(), "{:?}", state.violations);
    }
}

/// The release that was made by hand, as the forge shows it.
fn by_hand(scene: &Scene, draft: bool) -> bowline_port::forge::Release {
    let files: [(&str, &[u8]); 1] = [("app", b"bytes")];
    let id = scene.github.state().make_by_hand("v1.0.0", "Written with love.", draft, &files);
    scene.github.state().tags.insert("v1.0.0".to_owned());
    match draft {
        true => scene.drafts().into_iter().find(|found| found.id == id).unwrap(),
        false => scene.forge.published(&tag("v1.0.0")).unwrap().unwrap(),
    }
}

#[test]
fn what_is_published_cannot_be_uploaded_to() {
    let scene = scene();
    scene.github.state().immutable = true;
    let published = scene.release().unwrap();
    let error = scene.forge.upload(&published, &Artifact::of("more", b"x"), &of(b"x")).unwrap_err();
    assert!(matches!(error, ForgeError::Missing { .. }), "there is no such draft any more: {error:?}");
    assert_eq!(scene.requests("POST https://uploads"), 1, "nothing was sent");
    scene.is_clean();
}

#[test]
fn the_setting_is_known_to_who_may_see_it() {
    for (admin, immutable, expected) in [
        (true, true, Immutable::Yes),
        (true, false, Immutable::No),
        (false, true, Immutable::Unknown),
        (false, false, Immutable::Unknown),
    ] {
        let scene = scene();
        (scene.github.state().admin, scene.github.state().immutable) = (admin, immutable);
        assert_eq!(scene.forge.immutable().unwrap(), expected, "{admin} {immutable}");
        assert_eq!(scene.requests("immutable-releases"), usize::from(admin), "nobody is asked in vain");
    }
}

#[test]
fn a_refused_tag_is_burned_where_nothing_else_can_have_refused_it() {
    for (admin, refused_before, tag_rules, now, expected) in [
        // An administrator is told.
        (true, true, true, false, Some(true)),
        (true, true, true, true, Some(true)),
        // Others conclude it, from the refusal and from there being no rule.
        (false, true, false, true, Some(true)),
        (false, true, true, true, None),
        // Before anybody tried nothing is known.
        (true, false, true, false, None),
        (true, false, false, false, None),
        (false, true, false, false, None),
    ] {
        let scene = scene();
        {
            let mut state = scene.github.state();
            (state.admin, state.tag_rules) = (admin, tag_rules);
            state.burned.insert("v1.0.0".to_owned());
            if refused_before {
                state.refused.insert("refs/tags/v1.0.0".to_owned());
            }
        }
        let found = scene.forge.is_burned(&tag("v1.0.0"), now.then_some(REFUSAL)).unwrap();
        assert_eq!(found, expected, "admin {admin}, before {refused_before}, rules {tag_rules}, now {now}");
    }
    let without_the_right = scene();
    without_the_right.github.state().admin = true;
    without_the_right.fail("rule-suites", 1, Fault::Status(403));
    let found = without_the_right.forge.is_burned(&tag("v1.0.0"), Some(REFUSAL)).unwrap();
    assert_eq!(found, Some(true), "who is not shown the suites concludes it as everybody does");
    let scene = scene();
    {
        let mut state = scene.github.state();
        (state.admin, state.tag_rules) = (true, true);
        state.refused.insert("refs/tags/v1.0.0".to_owned());
    }
    assert_eq!(scene.forge.is_burned(&tag("v1.0.0"), Some(REFUSAL)).unwrap(), None, "a ruleset refused it");
    scene.github.state().tag_rules = false;
    let hook = scene.forge.is_burned(&tag("v1.0.0"), Some("pre-receive hook declined"));
    assert_eq!(hook.unwrap(), Some(false), "something else refused it");
}

#[test]
fn a_draft_becomes_what_its_version_says() {
    let scene = scene();
    let new = NewRelease { prerelease: true, ..new_release("v1.0.0-rc.1", 1) };
    let mut draft = scene.forge.create_draft(&new).unwrap();
    scene.github.state().tags.insert("v1.0.0-rc.1".to_owned());
    draft.prerelease = true;
    let published = scene.forge.publish(&draft, false).unwrap();
    assert!(published.prerelease && !published.draft);
    assert_eq!(scene.forge.latest().unwrap(), None);
    scene.is_clean();
}

#[test]
fn publishing_again_moves_the_latest_to_where_it_belongs() {
    let scene = scene();
    scene.github.state().immutable = true;
    scene.github.state().latest_stays = 1;
    let published = scene.release().unwrap();
    assert_eq!(scene.forge.latest().unwrap(), None, "the answer to publishing said nothing about it");
    scene.forge.publish(&published, true).unwrap();
    assert_eq!(scene.forge.latest().unwrap(), Some(tag("v1.0.0")));
    scene.forge.publish(&published, false).unwrap();
    assert_eq!(scene.forge.latest().unwrap(), None);
    let before = scene.requests("PATCH");
    scene.forge.publish(&published, false).unwrap();
    assert_eq!(scene.requests("PATCH"), before, "it is right already");
    scene.is_clean();
}

#[test]
fn what_was_made_by_hand_keeps_its_text() {
    for draft in [true, false] {
        let scene = scene();
        let theirs = by_hand(&scene, draft);
        assert_eq!(theirs.marker, None);
        let new = NewRelease { notes: "Ours.".to_owned(), ..new_release("v1.0.0", 1) };
        scene.fail("PATCH", 1, Fault::Lost);
        let adoption = scene.forge.adoption().unwrap();
        let adopted = adoption.adopt(&theirs, &new).unwrap();
        assert_eq!((adopted.marker, adopted.notes.as_str()), (Some(new.marker), "Written with love."));
        assert_eq!((adopted.draft, adopted.assets.len()), (draft, 1));
        assert_eq!(adoption.adopt(&theirs, &new).unwrap(), adopted, "twice is once");
        let other = new_release("v1.0.0", 2);
        assert!(matches!(adoption.adopt(&theirs, &other), Err(ForgeError::NotOurs { .. })));
        scene.is_clean();
    }
}

#[test]
fn a_draft_that_was_adopted_is_given_back_and_not_deleted() {
    let scene = scene();
    let theirs = by_hand(&scene, true);
    let adopted = scene.forge.adoption().unwrap().adopt(&theirs, &new_release("v1.0.0", 1)).unwrap();
    scene.forge.delete_draft(&adopted).unwrap();
    assert_eq!(scene.drafts(), [theirs]);
    assert_eq!(scene.requests("DELETE"), 0);
    assert!(matches!(scene.forge.delete_draft(&adopted), Err(ForgeError::NotOurs { .. })), "it is not ours any more");
    scene.is_clean();
}

#[test]
fn readers_who_must_log_in_get_the_file_and_no_page() {
    let scene = scene();
    let published = scene.release().unwrap();
    scene.github.state().private_mode = true;
    let mut bytes = Vec::new();
    let error = scene.forge.download(&published, "app", &mut bytes).unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.starts_with("a web page of"), "{why}");
    let forge = forge_of(&scene.github, true).where_readers_log_in();
    let mut bytes = Vec::new();
    forge.download(&published, "app", &mut bytes).unwrap();
    assert_eq!(bytes, b"bytes");
    scene.is_clean();
}

#[test]
fn a_reader_needs_no_login_where_everybody_may_read() {
    let scene = scene();
    let published = scene.release().unwrap();
    let reader = forge_of(&scene.github, false);
    let mut bytes = Vec::new();
    reader.download(&published, "app", &mut bytes).unwrap();
    assert_eq!(bytes, b"bytes");
    assert_eq!(reader.drafts().unwrap(), Drafts::Invisible);
    let github: &Arc<Github> = &scene.github;
    assert!(github.state().log.iter().any(|line| line.contains("/releases/download/v1.0.0/app")));
}
