//! The exam for forges: what every [`Forge`] promises, tried out.
//!
//! Call [`run`] from a test. Crashes and lost answers are each implementation's own test.
#![expect(clippy::panic, clippy::unwrap_used, reason = "an exam reports by panicking, as tests do")]

use super::{Drafts, Forge, ForgeError, NewRelease, Release, ours};
use crate::http::Source;
use bowline_model::git::{Marker, TagName};
use bowline_model::release::Artifact;
use bowline_model::{Digest, Oid};
use std::sync::Arc;

/// Tries everything, each part on a fresh, empty forge from `make`.
pub fn run(make: &dyn Fn() -> Arc<dyn Forge>) {
    let parts: [fn(&dyn Forge); 12] = [
        emptiness,
        drafts_are_private,
        drafts_are_apart,
        uploads,
        looking_again,
        corrupt_uploads,
        hostile_asset_names,
        publishing,
        publishing_twice,
        taken_tags,
        latest,
        deleting,
    ];
    for part in parts {
        part(make().as_ref());
    }
}

/// A release to create; different `plan`s give different markers.
pub fn new_release(tag: &str, plan: u8) -> NewRelease {
    NewRelease {
        tag: tag_name(tag),
        commit: Oid::Sha1([plan; 20]),
        name: format!("{tag} “ünïcode” <b>&amp;</b>"),
        notes: format!("## {tag}\n\n- ä <script>alert('x')</script>\n\u{202e}- 漢字\n"),
        prerelease: tag.contains('-'),
        marker: Marker { plan: Digest::of(&[plan]), head: Oid::Sha1([plan; 20]) },
    }
}

fn emptiness(forge: &dyn Forge) {
    for _ in 0..2 {
        forge.check_writable().unwrap();
        assert_eq!(forge.published(&tag_name("v1.0.0")).unwrap(), None, "a release in an empty forge");
        assert_eq!(drafts(forge), Vec::new(), "drafts in an empty forge");
        assert_eq!(forge.latest().unwrap(), None, "a latest release in an empty forge");
    }
    let limits = forge.limits();
    assert!(limits.notes_chars > 0 && limits.assets > 0 && limits.asset_size > 0, "limits that let nothing in");
    assert!(!forge.location().is_empty(), "a forge is somewhere");
}

fn drafts_are_private(forge: &dyn Forge) {
    let new = new_release("v1.0.0-rc.1", 1);
    let draft = forge.create_draft(&new).unwrap();
    assert!(draft.draft, "a new release is a draft");
    assert_eq!((&draft.tag, &draft.name, &draft.notes), (&new.tag, &new.name, &new.notes), "it is what was asked for");
    assert_eq!((draft.prerelease, draft.marker), (true, Some(new.marker)), "it is what was asked for");
    assert!(draft.assets.is_empty() && !draft.id.is_empty() && !draft.url.is_empty(), "{draft:?}");
    upload(forge, &draft, "app", b"bytes").unwrap();
    assert_eq!(forge.published(&new.tag).unwrap(), None, "a draft was shown as published");
    assert_eq!(forge.latest().unwrap(), None, "a draft was shown as the latest");
    let seen = drafts(forge);
    assert_eq!(seen.len(), 1, "one draft was made");
    let expected = Release { assets: seen[0].assets.clone(), ..draft };
    assert_eq!(seen[0], expected, "the draft is found again as it was made");
    assert_eq!(ours(&seen, &new.marker).len(), 1, "a draft is found by its marker");
    assert_eq!(ours(&seen, &new_release("v1.0.0-rc.1", 2).marker).len(), 0, "another marker finds nothing");
}

fn drafts_are_apart(forge: &dyn Forge) {
    let first = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let second = forge.create_draft(&new_release("v1.0.0", 2)).unwrap();
    let again = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let ids = [&first.id, &second.id, &again.id];
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "drafts share an id: {ids:?}");
    upload(forge, &second, "app", b"bytes").unwrap();
    assert!(of_id(forge, &first).assets.is_empty(), "an asset went to another draft");
    assert_eq!(ours(&drafts(forge), &first.marker.unwrap()).len(), 2, "both drafts of one plan are found");
}

fn uploads(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let large: Vec<u8> = (0..1_u32 << 20).map(|n| (n % 251) as u8).collect();
    for (name, bytes) in [("b.tar.gz", large.as_slice()), ("a_1.0.0+x-y.zip", b"zip"), ("SHA256SUMS", b"sums")] {
        for time in ["first", "second"] {
            let asset = upload(forge, &draft, name, bytes).unwrap();
            assert_eq!((asset.name.as_str(), asset.size), (name, bytes.len() as u64), "the {time} upload of {name}");
            assert!(asset.complete && asset.sha256.is_none_or(|sha256| sha256 == Digest::of(bytes)), "{asset:?}");
        }
    }
    match upload(forge, &draft, "SHA256SUMS", b"SUMS") {
        Err(ForgeError::Taken { .. }) => {}
        other => panic!("other bytes under a taken name: {other:?}"),
    }
    let draft = of_id(forge, &draft);
    let names: Vec<&str> = draft.assets.iter().map(|asset| asset.name.as_str()).collect();
    assert_eq!(names, ["SHA256SUMS", "a_1.0.0+x-y.zip", "b.tar.gz"], "assets are sorted, each is there once");
    assert!(download(forge, &draft, "b.tar.gz") == large, "a draft's bytes came back different");
    assert_eq!(download(forge, &draft, "SHA256SUMS"), b"sums", "a refused upload changed the asset");
    match forge.download(&draft, "absent", &mut Vec::new()) {
        Err(ForgeError::Missing { .. }) => {}
        other => panic!("download of an asset that is not there: {other:?}"),
    }
}

fn looking_again(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let other = forge.create_draft(&new_release("v2.0.0", 2)).unwrap();
    assert_eq!(forge.reread(&draft).unwrap().as_ref(), Some(&draft), "nothing happened to it");
    upload(forge, &draft, "app", b"bytes").unwrap();
    let filled = forge.reread(&draft).unwrap().unwrap();
    assert!(filled.asset("app").is_some_and(|asset| asset.complete), "what was uploaded is seen: {filled:?}");
    assert_eq!(forge.listed(&draft.tag).unwrap(), None, "a draft is not listed as published");
    let published = forge.publish(&draft, true).unwrap();
    assert_eq!(forge.reread(&draft).unwrap().map(|release| release.draft), Some(false), "it has become public");
    forge.look_anew();
    assert_eq!(forge.listed(&draft.tag).unwrap().map(|release| release.id), Some(published.id), "and is listed");
    forge.delete_draft(&other).unwrap();
    assert_eq!(forge.reread(&other).unwrap(), None, "what is gone is gone");
}

fn corrupt_uploads(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let artifact = Artifact::of("app", b"bytes");
    for arrived in [b"Bytes".as_slice(), b"byte", b"bytes and more", b""] {
        match forge.upload(&draft, &artifact, &of(arrived)) {
            Err(ForgeError::Corrupt { name }) => assert_eq!(name, "app", "the asset is named"),
            other => panic!("upload of {arrived:?} for {artifact:?}: {other:?}"),
        }
        assert!(of_id(forge, &draft).assets.is_empty(), "a corrupt upload left something");
    }
    let broken: Arc<dyn Source> = Arc::new(Broken);
    assert!(forge.upload(&draft, &artifact, &broken).is_err(), "an upload without bytes succeeded");
    assert!(of_id(forge, &draft).assets.iter().all(|asset| !asset.complete), "a broken upload looks complete");
    upload(forge, &draft, "app", b"bytes").unwrap();
}

fn hostile_asset_names(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    for name in
        ["", ".", "..", ".hidden", "../x", "a/b", "/x", "a b", "ä", "a\nb", "a\\b", "a:b", "a\0b", &"x".repeat(300)]
    {
        assert!(upload(forge, &draft, name, b"x").is_err(), "an asset called {name:?} was accepted");
    }
    assert!(of_id(forge, &draft).assets.is_empty(), "a refused name left something");
}

fn publishing(forge: &dyn Forge) {
    let new = new_release("a/b@v1.0.0+x", 1);
    let draft = forge.create_draft(&new).unwrap();
    upload(forge, &draft, "app", b"bytes").unwrap();
    upload(forge, &draft, "SHA256SUMS", b"sums").unwrap();
    let published = forge.publish(&draft, true).unwrap();
    assert!(!published.draft, "a published release is no draft");
    assert_eq!((&published.tag, &published.name, &published.notes), (&new.tag, &new.name, &new.notes), "it changed");
    assert_eq!(published.marker, Some(new.marker), "it is still ours");
    assert_eq!(forge.published(&new.tag).unwrap().as_ref(), Some(&published), "readers see it");
    assert_eq!(forge.latest().unwrap(), Some(new.tag.clone()), "it is the latest");
    assert_eq!(drafts(forge), Vec::new(), "no draft is left");
    assert_eq!(published.assets.len(), 2, "every asset, once");
    assert!(published.assets.iter().all(|asset| asset.complete && !asset.url.is_empty()), "{published:?}");
    assert_eq!(download(forge, &published, "app"), b"bytes", "bytes are those uploaded");
    assert!(upload(forge, &draft, "late", b"x").is_err(), "an asset was added to a published release");
    for handle in [&draft, &published] {
        assert!(forge.delete_draft(handle).is_err(), "a published release was deleted as a draft");
    }
    assert_eq!(forge.published(&new.tag).unwrap().as_ref(), Some(&published), "it is still there, unchanged");
}

fn publishing_twice(forge: &dyn Forge) {
    let new = new_release("v1.0.0", 1);
    let draft = forge.create_draft(&new).unwrap();
    let other = forge.create_draft(&new).unwrap();
    upload(forge, &draft, "app", b"bytes").unwrap();
    let published = forge.publish(&draft, false).unwrap();
    assert_eq!(forge.latest().unwrap(), None, "it was not to be the latest");
    for handle in [&draft, &published, &other] {
        assert_eq!(forge.publish(handle, false).unwrap(), published, "publishing again changes nothing");
    }
    forge.publish(&draft, true).unwrap();
    assert_eq!(forge.latest().unwrap(), Some(new.tag), "publishing again can make it the latest");
    assert_eq!(drafts(forge).len(), 1, "the second draft is still one");
    forge.delete_draft(&other).unwrap();
    assert_eq!(forge.published(&published.tag).unwrap(), Some(published), "deleting a draft is not felt by readers");
}

fn taken_tags(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let published = forge.publish(&draft, true).unwrap();
    // A forge may refuse the second release at either point.
    let second = match forge.create_draft(&new_release("v1.0.0", 2)) {
        Ok(second) => second,
        Err(ForgeError::Taken { .. }) => return,
        Err(other) => panic!("a second release of a tag: {other:?}"),
    };
    match forge.publish(&second, true) {
        Err(ForgeError::Taken { .. }) => {}
        other => panic!("a second release of a tag: {other:?}"),
    }
    assert_eq!(forge.published(&published.tag).unwrap(), Some(published), "the first release changed");
    forge.delete_draft(&second).unwrap();
}

fn latest(forge: &dyn Forge) {
    for (tag, plan, is_latest, expected) in
        [("v1.0.0", 1, true, "v1.0.0"), ("v2.0.0-rc.1", 2, false, "v1.0.0"), ("v1.1.0", 3, true, "v1.1.0")]
    {
        let draft = forge.create_draft(&new_release(tag, plan)).unwrap();
        forge.publish(&draft, is_latest).unwrap();
        assert_eq!(forge.latest().unwrap(), Some(tag_name(expected)), "the latest after {tag}");
    }
    let prerelease = forge.published(&tag_name("v2.0.0-rc.1")).unwrap().unwrap();
    assert!(prerelease.prerelease, "a pre-release is still one");
}

fn deleting(forge: &dyn Forge) {
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let other = forge.create_draft(&new_release("v1.0.0", 2)).unwrap();
    upload(forge, &draft, "app", b"bytes").unwrap();
    for marker in [other.marker, None] {
        match forge.delete_draft(&Release { marker, ..draft.clone() }) {
            Err(ForgeError::NotOurs { .. }) => {}
            outcome => panic!("deleting a draft with marker {marker:?}: {outcome:?}"),
        }
    }
    forge.delete_draft(&draft).unwrap();
    assert_eq!(drafts(forge), [other], "only that draft is gone");
    let missing = [
        forge.delete_draft(&draft),
        forge.publish(&draft, true).map(drop),
        upload(forge, &draft, "app", b"bytes").map(drop),
        forge.delete_draft(&Release { id: "../x".to_owned(), ..draft.clone() }),
    ];
    for outcome in missing {
        assert!(matches!(outcome, Err(ForgeError::Missing { .. })), "using a deleted draft: {outcome:?}");
    }
    assert_eq!(forge.published(&draft.tag).unwrap(), None, "a deleted draft was published");
    assert_eq!(forge.latest().unwrap(), None, "a deleted draft became the latest");
}

struct Broken;

impl Source for Broken {
    fn len(&self) -> u64 {
        5
    }
    fn open(&self) -> std::io::Result<Box<dyn std::io::Read + Send>> {
        Ok(Box::new(Self))
    }
}

impl std::io::Read for Broken {
    fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the source broke"))
    }
}

/// A source of these bytes.
pub fn of(bytes: &[u8]) -> Arc<dyn Source> {
    Arc::new(bytes.to_vec())
}

fn upload(forge: &dyn Forge, draft: &Release, name: &str, bytes: &[u8]) -> Result<super::Asset, ForgeError> {
    forge.upload(draft, &Artifact::of(name, bytes), &of(bytes))
}

fn download(forge: &dyn Forge, release: &Release, asset: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = forge.download(release, asset, &mut bytes).unwrap();
    assert_eq!(length, bytes.len() as u64, "download tells how much it wrote");
    bytes
}

fn drafts(forge: &dyn Forge) -> Vec<Release> {
    match forge.drafts().unwrap() {
        Drafts::Visible(drafts) => drafts,
        Drafts::Invisible => panic!("the exam needs the right to see drafts"),
    }
}

fn of_id(forge: &dyn Forge, draft: &Release) -> Release {
    drafts(forge).into_iter().find(|found| found.id == draft.id).unwrap_or_else(|| panic!("draft {} is gone", draft.id))
}

fn tag_name(tag: &str) -> TagName {
    TagName::new(tag).unwrap()
}
