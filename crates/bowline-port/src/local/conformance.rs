//! The exam for local stores: what every [`LocalStore`] promises, tried out.
//!
//! Call [`run`] from a test. What a crash leaves behind is each implementation's own test.
#![expect(clippy::panic, clippy::unwrap_used, reason = "an exam reports by panicking, as tests do")]

use super::{LocalError, LocalStore};
use std::sync::Arc;

/// Tries everything, each part on a fresh, empty store from `make`.
pub fn run(make: &dyn Fn() -> Arc<dyn LocalStore>) {
    for part in [values, appending, shortening, listing, removing, keys, large_values, scratch] {
        part(make().as_ref());
    }
}

fn values(store: &dyn LocalStore) {
    assert_eq!(store.get("a/b").unwrap(), None, "nothing was put yet");
    for value in [b"one".as_slice(), b"", b"\0\xff\n", b"a longer value than before"] {
        store.put("a/b", value).unwrap();
        assert_eq!(store.get("a/b").unwrap().unwrap(), value, "the value that was put last");
    }
    store.put("a/c", b"other").unwrap();
    assert_eq!(store.get("a/b").unwrap().unwrap(), b"a longer value than before", "another key changed it");
    assert_eq!(store.get("a").unwrap_or(None), None, "a key's beginning is no key");
}

fn appending(store: &dyn LocalStore) {
    store.append("log", b"one").unwrap();
    store.append("log", b"").unwrap();
    store.append("log", b" two").unwrap();
    assert_eq!(store.get("log").unwrap().unwrap(), b"one two", "appended in order");
    store.put("log", b"new").unwrap();
    store.append("log", b"!").unwrap();
    assert_eq!(store.get("log").unwrap().unwrap(), b"new!", "appended to a value that was put");
    store.append("deep/er/log", b"x").unwrap();
    assert_eq!(store.get("deep/er/log").unwrap().unwrap(), b"x", "appending creates");
}

fn shortening(store: &dyn LocalStore) {
    store.put("value", b"0123456789").unwrap();
    for (length, expected) in [(100, b"0123456789".as_slice()), (10, b"0123456789"), (4, b"0123"), (0, b"")] {
        store.truncate("value", length).unwrap();
        assert_eq!(store.get("value").unwrap().unwrap(), expected, "cut down to {length}");
    }
    store.append("value", b"again").unwrap();
    assert_eq!(store.get("value").unwrap().unwrap(), b"again", "appended after a cut");
    store.truncate("absent", 3).unwrap();
    assert_eq!(store.get("absent").unwrap(), None, "cutting creates nothing");
}

fn listing(store: &dyn LocalStore) {
    assert_eq!(store.list("").unwrap(), Vec::<String>::new(), "a new store is empty");
    for key in ["runs/b/journal", "runs/a/journal", "runs/a/plan", "runs-old", "top"] {
        store.put(key, b"").unwrap();
    }
    let check = |prefix: &str, expected: &[&str]| {
        assert_eq!(store.list(prefix).unwrap(), expected, "keys below `{prefix}`");
    };
    check("", &["runs-old", "runs/a/journal", "runs/a/plan", "runs/b/journal", "top"]);
    check("runs/", &["runs/a/journal", "runs/a/plan", "runs/b/journal"]);
    check("runs/a/", &["runs/a/journal", "runs/a/plan"]);
    check("runs/a/pl", &["runs/a/plan"]);
    check("absent/", &[]);
    check("../", &[]);
}

fn removing(store: &dyn LocalStore) {
    store.put("a/b", b"x").unwrap();
    store.put("a/c", b"y").unwrap();
    for _ in 0..2 {
        store.remove("a/b").unwrap();
        assert_eq!(store.get("a/b").unwrap(), None, "it was removed");
    }
    assert_eq!(store.list("").unwrap(), ["a/c"], "only it was removed");
    store.remove("absent/key").unwrap();
}

fn keys(store: &dyn LocalStore) {
    let long = "x".repeat(201);
    for hostile in [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        ".hidden",
        "a/.b",
        "a b",
        "a\\b",
        "ä",
        "a\0b",
        "a\nb",
        "a:b",
        "a.lock",
        "a.lock/b",
        "a..b",
        "a.",
        &long,
    ] {
        let refusals = [
            store.get(hostile).map(drop),
            store.put(hostile, b"x"),
            store.append(hostile, b"x"),
            store.truncate(hostile, 0),
            store.remove(hostile),
        ];
        for refusal in refusals {
            match refusal {
                Err(LocalError::Key(_)) => {}
                other => panic!("{hostile:?} was not refused as a key: {other:?}"),
            }
        }
    }
    assert_eq!(store.list("").unwrap(), Vec::<String>::new(), "a refused key left something");
    for fine in ["A-z_0.9", "sha256-00/x.json", &"x".repeat(200)] {
        store.put(fine, b"x").unwrap();
        assert_eq!(store.get(fine).unwrap().unwrap(), b"x", "{fine}");
    }
}

fn large_values(store: &dyn LocalStore) {
    let large: Vec<u8> = (0..8_u32 << 20).map(|n| (n % 251) as u8).collect();
    store.put("large", &large).unwrap();
    assert!(store.get("large").unwrap().unwrap() == large, "8 MiB came back different");
    store.append("large", b"end").unwrap();
    assert_eq!(store.get("large").unwrap().unwrap().len(), large.len() + 3, "appended to 8 MiB");
}

fn scratch(store: &dyn LocalStore) {
    assert_eq!(store.scratch(), store.scratch(), "the scratch folder moved");
}
