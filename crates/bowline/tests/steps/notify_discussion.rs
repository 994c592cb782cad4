//! `notify/discussion`: about what is public, once, and never the reason that a release fails.

use crate::forge::{Trick, Tricky};
use crate::shared::{Meddle, finish, outcome, release, step};
use crate::worlds;
use bowline_port::forge::ForgeError;
use bowline_testkit::bench::Bench;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What a release with this trick says about its discussion.
fn url(bench: &Bench) -> Option<String> {
    let end = finish(bench);
    assert_eq!(outcome(&end, "notify/discussion"), "done");
    assert_eq!(outcome(&end, "verify/release"), "done");
    end.receipts.raw("notify/discussion").unwrap()["url"].as_str().map(str::to_owned)
}

#[test]
fn it_is_opened_once() {
    let mut bench = worlds::bench(worlds::with_discussion());
    Tricky::play(&mut bench, Trick::Discusses(None, Mutex::default()));
    assert_eq!(url(&bench).as_deref(), Some("Announcements/v1.0.1"));
    assert_eq!(outcome(&finish(&bench), "notify/discussion"), "already_done");
}

#[test]
fn what_cannot_be_opened_stops_nothing() {
    let errors: [fn() -> ForgeError; 2] = [
        || ForgeError::Missing { what: "discussion category `Announcements`".to_owned() },
        || ForgeError::Unknown { action: "open a discussion".to_owned(), source: "no answer".into() },
    ];
    for error in errors {
        let mut bench = worlds::bench(worlds::with_discussion());
        Tricky::play(&mut bench, Trick::Discusses(Some(error), Mutex::default()));
        assert_eq!(url(&bench), None);
    }
    assert_eq!(url(&worlds::bench(worlds::with_discussion())), None, "a forge without discussions");
}

/// The release is complete by then, and that it cannot be seen at this moment changes nothing about that.
#[test]
fn a_forge_that_does_not_answer_stops_nothing() {
    let mut bench = worlds::bench(worlds::with_discussion());
    let silent = Arc::new(AtomicBool::new(false));
    Tricky::play(&mut bench, Trick::DiscussesUnseen(silent.clone()));
    let end = bench.run_with(&Meddle::before("notify/discussion", || silent.store(true, Ordering::SeqCst)));
    assert!(end.failure.is_none(), "{:?}", end.failure);
    assert_eq!(end.receipts.raw("notify/discussion").unwrap()["url"], serde_json::Value::Null);
}

#[test]
fn without_a_category_there_is_none() {
    let (outcome, reason) = step(&release(&worlds::tags_only(), &["--yes"], 0), "notify/discussion");
    assert_eq!((outcome.as_str(), reason.as_str()), ("skipped", "not configured"));
}
