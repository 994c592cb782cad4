//! Versions, tags, ids and the marker that makes an object ours.

use bowline_host::git::fuzzing;
use bowline_model::git::{BranchName, Marker, TagName};
use bowline_model::tag::TagForm;
use bowline_model::version::Level;
use bowline_model::{Digest, Oid, Timestamp, Version};
use std::cmp::Ordering;
use std::fmt::Display;
use std::str::FromStr;

/// Versions, one a line: what is accepted prints as it was written, the order is total, and what follows is higher.
pub(super) fn version(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let versions: Vec<Version> = text.lines().take(8).filter_map(same_again).collect();
    for a in &versions {
        for level in [Level::Patch, Level::Minor, Level::Major] {
            if let Ok(next) = a.bumped(level) {
                assert!(next > *a && !next.is_prerelease(), "{a} {level} {next}");
                again(&next);
            }
        }
        let own = a.prerelease().rsplit_once('.').map_or("rc", |(own, _)| own);
        for id in ["rc", own] {
            if let Ok(next) = a.next_prerelease(id) {
                again(&next);
                assert!(next.release() == a.release() && next.prerelease().starts_with(id), "{a} {id} {next}");
                let counted = a.prerelease().strip_prefix(id).and_then(|rest| rest.strip_prefix('.'));
                if counted.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
                    assert!(next.cmp_precedence(a).is_gt(), "{a} {id} {next}");
                }
            }
        }
        for b in &versions {
            assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{a} {b}");
            assert_eq!(a.cmp(b) == Ordering::Equal, a == b, "{a} {b}");
            for c in &versions {
                assert!(!(a <= b && b <= c) || a <= c, "{a} {b} {c}");
            }
        }
    }
}

/// A tag's template, a line break, a package, a line break, names: what is accepted is safe everywhere.
pub(super) fn tag(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let (template, package) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if let Ok(form) = TagForm::new(template, package) {
        assert_eq!(TagForm::try_from(form.to_string()).as_ref(), Ok(&form), "{template:?}");
        for version in ["1.0.0", "0.10.2-rc.1", "2.0.0-a-v1+b"].map(|version| version.parse::<Version>().unwrap()) {
            if let Ok(tag) = form.tag(&version) {
                safe_name(tag.as_str(), &tag.full());
                assert_eq!(form.version(tag.as_str()), Some(version), "{form} {tag}");
            }
        }
    }
    let forms = TagForm::known(package);
    for line in text.lines() {
        for form in &forms {
            if let Some(version) = form.version(line) {
                assert!(form.tag(&version).is_err() || form.tag(&version).unwrap().as_str() == line, "{form} {line:?}");
            }
        }
        if let Ok(name) = TagName::new(line) {
            assert_eq!(name.as_str(), line);
            safe_name(line, &name.full());
        }
        if let Ok(name) = BranchName::new(line) {
            safe_name(line, &name.full());
        }
    }
}

/// Digests, ids and times, one a line: what is accepted prints to something that is the same.
pub(super) fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for line in text.lines().take(64) {
        same_again::<Digest>(line);
        if let Ok(oid) = line.parse::<Oid>() {
            again(&oid);
            assert_eq!(Oid::from_bytes(oid.as_bytes()), Some(oid));
            assert!(line.eq_ignore_ascii_case(&oid.to_string()), "{line:?} is not {oid}");
        }
        if let Ok(time) = line.parse::<Timestamp>() {
            again(&time);
            assert_eq!(Timestamp::from_unix(time.unix()).as_ref(), Ok(&time), "{line:?}");
        }
    }
}

/// Only our own last paragraph speaks for us, whatever stands before it.
pub(super) fn marker(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let marker = Marker { plan: Digest::of(b"plan"), head: Oid::Sha1([7; 20]) };
    let ours = marker.append_to(&text);
    assert_eq!(Marker::parse(ours.as_bytes()), Some(marker), "{ours:?}");
    // A stranger's text that ends like ours is never taken over by what is appended.
    let spoken = ours.lines().filter(|line| line.to_ascii_lowercase().starts_with("bowline-")).count();
    assert_eq!(spoken, 2, "{ours:?}");
    if let Some(found) = Marker::parse(data) {
        let end = format!("Bowline-Plan: {}\nBowline-Head: {}", found.plan, found.head);
        assert!(text.trim_end().to_ascii_lowercase().ends_with(&end.to_ascii_lowercase()), "{text:?}");
    }
}

fn safe_name(name: &str, full: &str) {
    assert!(name.is_ascii() && !name.starts_with('-') && name.len() <= 128, "{name:?}");
    assert!(
        name.bytes().all(|byte| byte.is_ascii_graphic() && !b"$`;|&<>(){}*?[]~^:\\\"'!#%=,".contains(&byte)),
        "{name:?}"
    );
    assert!(fuzzing::is_reference_name(full), "git does not take {full:?}");
}

/// `line` as a value that prints exactly as it was written.
fn same_again<T: FromStr + Display + PartialEq + std::fmt::Debug>(line: &str) -> Option<T> {
    let value = line.parse::<T>().ok()?;
    assert_eq!(value.to_string(), line);
    again(&value);
    Some(value)
}

fn again<T: FromStr + Display + PartialEq + std::fmt::Debug>(value: &T) {
    assert_eq!(value.to_string().parse::<T>().ok().as_ref(), Some(value));
}
