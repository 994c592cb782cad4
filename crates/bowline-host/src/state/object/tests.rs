//! The exam in memory, what lies in the bucket afterwards, and what is refused before anything is sent. What real
//! servers say is tried in `crates/bowline/tests/stores`.

use super::*;
use bowline_port::state::conformance;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use std::sync::Arc;

fn over(store: Arc<dyn ObjectStore>, address: &str) -> ObjectState {
    let client = Client { store, login: "login failed", secrets: words::Secrets::default() };
    ObjectState::new(Address::parse(address).unwrap(), client).unwrap()
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment::from_pairs(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().build().unwrap().block_on(work)
}

#[test]
fn passes_the_exam_with_and_without_a_prefix() {
    for address in ["s3://bucket", "az://container/deep/prefix"] {
        conformance::run(&|| {
            let memory = Arc::new(InMemory::new());
            Box::new(move || Arc::new(over(memory.clone(), address)))
        });
    }
}

#[test]
fn several_threads_share_one_store() {
    let store: Arc<dyn StateStore> = Arc::new(over(Arc::new(InMemory::new()), "s3://bucket/x"));
    conformance::Exam { racers: 8, rounds: 20, large: 1 << 20 }.take(&|| {
        let memory = Arc::new(over(Arc::new(InMemory::new()), "s3://bucket/x"));
        Box::new(move || memory.clone())
    });
    drop(store);
}

#[test]
fn a_removed_value_leaves_a_tombstone_and_a_value_is_never_one() {
    let memory = Arc::new(InMemory::new());
    let store = over(memory.clone(), "s3://bucket/x");
    let object = |name: &str| wait(async { memory.get(&Path::from(name)).await?.bytes().await }).unwrap();
    let version = store.swap(&[Change::create("a/b", "one")]).unwrap().remove(0).unwrap();
    assert_eq!(object("x/a/b"), b"bowline state 1\none".as_slice());
    store.swap(&[Change::remove("a/b", version)]).unwrap();
    assert_eq!(object("x/a/b"), REMOVED);
    assert_eq!(store.get("a/b").unwrap(), None);
    // What looks like a tombstone from inside is still a value.
    for value in [REMOVED, VALUE, b" removed\n", b""] {
        let key = format!("a/{}", value.len());
        store.swap(&[Change::create(key.clone(), value)]).unwrap();
        assert_eq!(store.get(&key).unwrap().unwrap().value, value);
    }
}

#[test]
fn what_others_put_into_the_bucket_is_no_value() {
    let memory = Arc::new(InMemory::new());
    let put = |name: &str, bytes: &'static str| wait(memory.put(&Path::from(name), bytes.into())).unwrap();
    put("x/.hidden", "foreign");
    put("xx/a", "bowline state 1\nof another prefix");
    put("a", "bowline state 1\noutside");
    let store = over(memory.clone(), "s3://bucket/x");
    assert_eq!(store.read("").unwrap(), []);
    put("x/a/b", "foreign");
    for found in [store.get("a/b").map(drop), store.read("a").map(drop)] {
        let error = found.unwrap_err();
        assert!(matches!(&error, StateError::Failed { action: "read", .. }), "{error:?}");
        assert!(cause(&error).contains("was not written by Bowline"), "{error:?}");
    }
    let refused = store.swap(&[Change::create("a/b", "ours")]);
    assert!(matches!(refused, Err(StateError::Unknown { .. } | StateError::Conflict { .. })), "{refused:?}");
    wait(async { assert_eq!(memory.get(&Path::from("x/a/b")).await.unwrap().bytes().await.unwrap(), "foreign") });
}

#[test]
fn answers_have_one_meaning() {
    use Outcome::{Answered, Lost, NotSent};
    use object_store::Error;
    let store = over(Arc::new(InMemory::new()), "s3://bucket/x");
    let source = || Box::new(Reason("said".to_owned()));
    let generic = || Error::Generic { store: "S3", source: source() };
    let taken = || Error::Precondition { path: String::new(), source: source() };
    let check = |error: Error, outcomes: &[Outcome], expected: &str| {
        let attempts = Attempts::default();
        outcomes.iter().for_each(|outcome| attempts.note(*outcome));
        let found = match store.refused(&error, &attempts) {
            Ok(Put::Made(_)) => "made",
            Ok(Put::No(No { open: true, .. })) => "open",
            Ok(Put::No(No { busy: true, .. })) => "busy",
            Ok(Put::No(_)) => "taken",
            Err(StateError::Failed { .. }) => "failed",
            Err(StateError::Refused { .. }) => "refused",
            Err(StateError::Unknown { .. }) => "unknown",
            Err(_) => "other",
        };
        assert_eq!(found, expected, "{error:?} {outcomes:?}");
    };
    check(taken(), &[Answered(412)], "taken");
    check(taken(), &[Lost, Answered(412)], "open");
    check(taken(), &[Answered(503), Answered(412)], "open");
    check(taken(), &[Answered(409)], "busy");
    check(taken(), &[Answered(404)], "taken");
    check(generic(), &[], "failed");
    check(generic(), &[NotSent, NotSent], "failed");
    for status in [301, 400, 401, 403, 404, 405, 411, 413, 501] {
        check(generic(), &[Answered(status)], "refused");
        // The first attempt may have been carried out.
        check(generic(), &[Lost, Answered(status)], "unknown");
        check(generic(), &[Answered(500), Answered(status)], "unknown");
    }
    check(generic(), &[Answered(429), Answered(403)], "refused");
    for status in [200, 408, 429, 500, 502, 503, 504] {
        check(generic(), &[Answered(status)], "unknown");
    }
    check(generic(), &[Lost], "unknown");
    check(generic(), &[Lost, NotSent], "unknown");
}

#[test]
fn what_the_environment_must_say() {
    let check = |address: &str, pairs: &[(&str, &str)], expected: &str| {
        let found = ObjectState::open(address, &environment(pairs));
        let text = found.as_ref().map_or_else(ToString::to_string, |store| format!("{store:?}"));
        assert!(text.contains(expected), "{address} {pairs:?}: {text}");
        assert!(!text.contains("hush"), "{text}");
    };
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "hush")];
    let with = |more: &[(&'static str, &'static str)]| [keys.as_slice(), more].concat();
    check("s3://bucket", &with(&[("AWS_REGION", "eu-west-1")]), "ObjectState(\"s3://bucket\")");
    check("s3://bucket", &with(&[("AWS_DEFAULT_REGION", "eu-west-1")]), "ObjectState");
    check("s3://bucket", &with(&[]), "AWS_REGION is not set");
    check("s3://bucket", &with(&[("AWS_REGION", "x.evil/")]), "AWS_REGION cannot be used");
    check("s3://bucket", &[("AWS_REGION", "x"), ("AWS_ACCESS_KEY_ID", "key")], "no access");
    check("s3://bucket", &[("AWS_REGION", "x"), ("AWS_EC2_METADATA_DISABLED", "true")], "AWS_ACCESS_KEY_ID is not set");
    check("ftp://bucket", &with(&[]), "s3://, gs:// or az://");
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS"] {
        let check = |url: &'static str, expected: &str| {
            check("s3://bucket", &with(&[(name, url), ("AWS_REGION", "x")]), expected);
        };
        for url in ["https://store.example.com", "http://127.0.0.1:1", "http://localhost:1/", "http://[::1]:1"] {
            check(url, "ObjectState");
        }
        check("http://store.example.com", "plain http is spoken only to this machine");
        check("http://127.0.0.1.example.com", "plain http is spoken only to this machine");
        check("http://localhost@example.com", "plain http is spoken only to this machine");
        check("https://me:hush@example.com", "holds a login");
        check("ftp://example.com", "begins neither with");
        check("example.com", "no URL");
        check("https://example.com/?hush", "in it");
    }
    check("gs://bucket", &[("GOOGLE_OAUTH_ACCESS_TOKEN", "hush")], "ObjectState(\"gs://bucket\")");
    check("gs://bucket", &[("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")], "ObjectState");
    check("gs://bucket", &[("STORAGE_EMULATOR_HOST", "http://example.com")], "plain http");
    check("gs://bucket", &[("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere")], "no access");
    check("az://container", &[], "AZURE_STORAGE_ACCOUNT_NAME is not set");
    let account = [("AZURE_STORAGE_ACCOUNT_NAME", "me"), ("AZURE_STORAGE_ACCOUNT_KEY", "aHVzaA==")];
    check("az://container/x", &account, "ObjectState(\"az://container/x\")");
    check("s3://bucket", &with(&[("AWS_REGION", "x"), ("SSL_CERT_FILE", "/nowhere")]), "SSL_CERT_FILE cannot be used");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    check("s3://bucket", &with(&[("AWS_REGION", "x"), ("SSL_CERT_FILE", file)]), "holds no certificate");
    check("s3://bucket", &with(&[("AWS_REGION", "x"), ("HTTPS_PROXY", "hush ::")]), "HTTPS_PROXY cannot be used");
}
