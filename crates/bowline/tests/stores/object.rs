//! State in an object store: the exam with real servers, and what is said when the store, the login or the way to it
//! is not as it should be.

use crate::double::{self, Language};
use crate::http::{self, Fault, nobody, proxy, serve, silence};
use crate::servers::{BUCKET, Server, environment, ministack, seaweedfs};
use bowline_host::clock::SystemClock;
use bowline_host::state::ObjectState;
use bowline_port::environment::Environment;
use bowline_port::state::conformance::{Exam, Open};
use bowline_port::state::settled::Settled;
use bowline_port::state::{Change, StateError, StateStore, Version};
use bowline_testkit::tls::TlsServers;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn writer(server: &Server) -> Environment {
    environment(&server.host, "writer", "writer-secret")
}

fn open(environment: &Environment, prefix: &str) -> Arc<dyn StateStore> {
    Arc::new(ObjectState::open(&format!("s3://{BUCKET}/{prefix}"), environment).unwrap())
}

fn settled(store: &Arc<dyn StateStore>) -> Settled {
    Settled::new(store.clone(), Arc::new(SystemClock::new()))
}

/// Each part of the exam in a folder of its own.
fn exam(exam: Exam, bucket: &str, environment: &Environment) {
    let number = AtomicUsize::new(0);
    exam.take(&|| -> Open {
        let address = format!("{bucket}/exam-{}", number.fetch_add(1, Ordering::SeqCst));
        let environment = environment.clone();
        Box::new(move || Arc::new(ObjectState::open(&address, &environment).unwrap()))
    });
}

const EXAM: Exam = Exam { racers: 12, rounds: 15, large: 8 << 20 };

#[test]
fn seaweedfs_passes_the_exam() {
    let Some(server) = seaweedfs() else { return };
    exam(EXAM, &format!("s3://{BUCKET}"), &writer(&server));
}

#[test]
fn ministack_passes_the_exam() {
    let Some(server) = ministack() else { return };
    exam(EXAM, &format!("s3://{BUCKET}"), &writer(&server));
}

fn double_environment(language: Language, host: &str, token: &str) -> Environment {
    let pairs: &[(&str, String)] = match language {
        Language::Google => {
            &[("STORAGE_EMULATOR_HOST", format!("http://{host}")), ("GOOGLE_OAUTH_ACCESS_TOKEN", token.to_owned())]
        }
        Language::Azure => &[
            ("AZURE_STORAGE_ACCOUNT_NAME", "account".to_owned()),
            ("AZURE_STORAGE_ENDPOINT", format!("http://{host}")),
            ("AZURE_STORAGE_TOKEN", token.to_owned()),
        ],
    };
    Environment::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())))
}

#[test]
fn the_languages_of_google_and_azure_are_spoken() {
    let small = Exam { racers: 6, rounds: 5, large: 1 << 20 };
    for (language, scheme) in [(Language::Google, "gs"), (Language::Azure, "az")] {
        let host = double::start(language);
        let token = double::TOKEN.strip_prefix("Bearer ").unwrap();
        exam(small, &format!("{scheme}://{BUCKET}"), &double_environment(language, &host, token));
        let open = |bucket: &str, token: &str| {
            let environment = double_environment(language, &host, token);
            ObjectState::open(&format!("{scheme}://{bucket}/x"), &environment).unwrap()
        };
        let create = [Change::create("a/b", "x")];
        refused(open(BUCKET, "wrong").swap(&create), "401 Unauthorized: InvalidAuthentication");
        refused(open("absent", token).swap(&create), "404 Not Found");
        failed(open("absent", token).get("a/b").map(drop), "404 Not Found");
    }
}

#[test]
fn a_lost_answer_is_found_by_looking() {
    let Some(server) = seaweedfs() else { return };
    // More losses than the client, and all who settle it together, would try again.
    for (n, times) in [1, 2, 4, 6].into_iter().enumerate() {
        for (m, fault) in [Fault::ReplyLost, Fault::RequestLost].into_iter().enumerate() {
            let way = proxy(&server.host, vec![fault.clone(); times]);
            let store = open(&environment(&way, "writer", "writer-secret"), &format!("lost-{n}-{m}"));
            let made = settled(&store).swap(&[Change::create("a/b", "one"), Change::create("c", "two")]);
            let versions = made.unwrap_or_else(|error| panic!("{fault:?} {times}: {error:?}"));
            found(&store, "a/b", "one", &versions[0]);
            found(&store, "c", "two", &versions[1]);
        }
    }
}

#[test]
fn a_change_that_was_made_and_then_refused_is_found_by_looking() {
    let Some(server) = seaweedfs() else { return };
    let says = ["412 Precondition Failed", "409 Conflict", "503 Slow Down", "500 Internal Server Error", "200 OK"];
    for (n, said) in says.into_iter().enumerate() {
        let way = proxy(&server.host, [Fault::Said(said)]);
        let store = open(&environment(&way, "writer", "writer-secret"), &format!("said-{n}"));
        let versions = settled(&store).swap(&[Change::create("a/b", "one")]).unwrap();
        found(&store, "a/b", "one", &versions[0]);

        let way = proxy(&server.host, [Fault::Said(said)]);
        let store = open(&environment(&way, "writer", "writer-secret"), &format!("said-{n}"));
        settled(&store).swap(&[Change::remove("a/b", versions[0].clone().unwrap())]).unwrap();
        assert_eq!(store.get("a/b").unwrap(), None, "{said}");

        // Over the tombstone: the first write is refused rightly, the second one is lost.
        let way = proxy(&server.host, [Fault::Said("412 Precondition Failed"), Fault::Said(said)]);
        let store = open(&environment(&way, "writer", "writer-secret"), &format!("said-{n}"));
        let versions = settled(&store).swap(&[Change::create("a/b", "two")]).unwrap();
        found(&store, "a/b", "two", &versions[0]);
    }
    // Nobody who looks takes another one's value for this one.
    let way = proxy(&server.host, [Fault::Said("412 Precondition Failed")]);
    let store = open(&environment(&way, "writer", "writer-secret"), "said-0");
    let refused = settled(&store).swap(&[Change::create("a/b", "three")]);
    assert!(matches!(refused, Err(StateError::Conflict { .. })), "{refused:?}");
}

#[test]
fn a_store_that_says_no_is_told_from_one_that_is_overtaken() {
    let Some(server) = seaweedfs() else { return };
    let create = [Change::create("a/b", "x")];
    let way_out = [Change::create("c/d", "x")];
    open(&writer(&server), "x").swap(&create).unwrap();

    let store = open(&environment(&server.host, "writer", "wrong-secret"), "x");
    refused(store.swap(&create), "403 Forbidden: SignatureDoesNotMatch");
    failed(store.get("a/b").map(drop), "403 Forbidden: SignatureDoesNotMatch");
    failed(store.read("").map(drop), "403 Forbidden: SignatureDoesNotMatch");
    refused(open(&environment(&server.host, "nobody", "wrong-secret"), "x").swap(&create), "403 Forbidden");

    let store = open(&environment(&server.host, "reader", "reader-secret"), "x");
    assert_eq!(store.get("a/b").unwrap().unwrap().value, b"x");
    assert_eq!(store.read("").unwrap().len(), 1);
    refused(store.swap(&way_out), "403 Forbidden: AccessDenied");

    let other = |bucket: &str| ObjectState::open(&format!("s3://{bucket}/x"), &writer(&server)).unwrap();
    refused(other("absent").swap(&create), "40");
    failed(other("absent").get("a/b").map(drop), "40");

    for (instead, expected) in [
        ("501 Not Implemented", "it cannot compare and swap"),
        ("405 Method Not Allowed", "405"),
        ("400 Bad Request", "400"),
        ("301 Moved Permanently", "another region"),
    ] {
        // Again and again, because some of them are asked again.
        let way = proxy(&server.host, vec![Fault::Instead(http::answer(instead, &[], b"")); 9]);
        refused(open(&environment(&way, "writer", "writer-secret"), "x").swap(&way_out), expected);
    }
}

#[test]
fn a_login_does_not_follow_a_redirect() {
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = heard.clone();
    let elsewhere = serve(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Some(http::answer("200 OK", &[("etag", "\"1\"".to_owned())], b""))
    });
    let to = [("location", format!("http://{elsewhere}/state/x/a/b"))];
    let redirect = serve(move |_| Some(http::answer("307 Temporary Redirect", &to, b"")));
    let store = open(&environment(&redirect, "writer", "writer-secret"), "x");
    refused(store.swap(&[Change::create("a/b", "x")]), "307");
    failed(store.get("a/b").map(drop), "307");
    failed(store.read("").map(drop), "307");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "the redirect was followed");
}

#[test]
fn where_nobody_listens_nothing_was_sent() {
    let start = Instant::now();
    let store = open(&environment(&nobody(), "writer", "writer-secret"), "x");
    let refused = "Connection refused";
    for failure in
        [store.swap(&[Change::create("a/b", "x")]).map(drop), store.get("a/b").map(drop), store.read("").map(drop)]
    {
        failed(failure, refused);
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn a_server_that_never_answers_leaves_a_write_open() {
    let silent = silence();
    std::thread::scope(|scope| {
        let timed = |what: &'static str, call: fn(&dyn StateStore) -> Result<(), StateError>| {
            let environment = environment(&silent, "writer", "writer-secret");
            scope.spawn(move || {
                let start = Instant::now();
                let result = call(open(&environment, "x").as_ref());
                assert!(start.elapsed() < Duration::from_secs(28), "{what}: {:?}", start.elapsed());
                result
            })
        };
        let write = timed("write", |store| store.swap(&[Change::create("a/b", "x")]).map(drop));
        let get = timed("get", |store| store.get("a/b").map(drop));
        let list = timed("list", |store| store.read("").map(drop));
        let write = write.join().unwrap();
        assert!(matches!(&write, Err(StateError::Unknown { .. })), "{write:?}");
        failed(get.join().unwrap(), "no answer");
        failed(list.join().unwrap(), "no answer");
    });
}

#[test]
fn garbage_is_no_answer() {
    for garbage in [b"".as_slice(), b"hello", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 999\r\n\r\n", b"\xff\0\r\n\r\n"] {
        let host = serve(move |_| Some(garbage.to_vec()));
        let store = open(&environment(&host, "writer", "writer-secret"), "x");
        let write = store.swap(&[Change::create("a/b", "x")]);
        assert!(matches!(&write, Err(StateError::Unknown { .. })), "{garbage:?}: {write:?}");
        failed(store.get("a/b").map(drop), "");
        failed(store.read("").map(drop), "");
    }
}

#[test]
fn without_credentials_it_says_so_soon() {
    let nobody = format!("http://{}", nobody());
    let environment = pairs(&[("AWS_ENDPOINT_URL", &nobody), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &nobody)]);
    let start = Instant::now();
    failed(open(&environment, "x").swap(&[Change::create("a/b", "x")]).map(drop), "holds no credentials");
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
}

#[test]
fn clouds_hand_out_logins() {
    let (Some(seaweed), Some(mini)) = (seaweedfs(), ministack()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(file("token"), "token-of-the-job").unwrap();
    let works = |environment: &Environment| {
        let store = open(environment, "logins");
        store.swap(&[Change::create("a/b", "x")]).unwrap();
        assert_eq!(store.get("a/b").unwrap().unwrap().value, b"x");
    };

    // A token of the CI system for a role.
    let url = format!("http://{}", mini.host);
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::000000000000:role/release");
    let job = |token: &str| pairs(&[("AWS_ENDPOINT_URL", &url), role, ("AWS_WEB_IDENTITY_TOKEN_FILE", token)]);
    works(&job(&file("token")));
    failed(open(&job(&file("absent")), "x").swap(&[Change::create("a/b", "x")]).map(drop), "login failed: ");

    // A helper beside the container.
    let helper = serve(|request| {
        if request.header("authorization") != Some("token-of-the-job") {
            return Some(http::answer("403 Forbidden", &[], b"<Error><Code>No</Code></Error>"));
        }
        let login = serde_json::json!({
            "AccessKeyId": "writer",
            "SecretAccessKey": SECRET,
            "Token": "",
            "Expiration": "2100-01-01T00:00:00Z",
        });
        Some(http::answer("200 OK", &[], login.to_string().as_bytes()))
    });
    let container = |store: &str, helper: &str, token: &str| {
        pairs(&[
            ("AWS_ENDPOINT_URL", &format!("http://{store}")),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://{helper}/login")),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token),
        ])
    };
    std::fs::write(file("other"), "token-of-nobody").unwrap();
    let create = [Change::create("a/c", "x")];
    let refused = open(&container(&seaweed.host, &helper, &file("other")), "x").swap(&create);
    failed(refused.map(drop), "login failed: 403 Forbidden: No");
    let elsewhere = open(&container(&seaweed.host, "example.com", &file("token")), "x").swap(&create);
    failed(elsewhere.map(drop), "plain http to example.com is refused");
    let store = open(&container(&seaweed.host, &helper, &file("token")), "x").swap(&create);
    assert!(!matches!(store, Err(StateError::Failed { .. })), "{store:?}");
}

#[test]
fn threads_share_a_connection() {
    let Some(server) = ministack() else { return };
    let number = AtomicUsize::new(0);
    Exam { racers: 8, rounds: 3, large: 1 << 20 }.take(&|| -> Open {
        let store = open(&writer(&server), &format!("exam-{}", number.fetch_add(1, Ordering::SeqCst)));
        Box::new(move || store.clone())
    });
}

#[test]
fn only_a_known_authority_is_trusted() {
    let Some(servers) = TlsServers::start() else { return };
    let create = [Change::create("a/b", "x")];
    let open = |host: &str, more: &[(&str, &str)]| {
        let url = format!("https://{host}:{}", servers.good);
        let base = [("AWS_ENDPOINT_URL", &*url), ("AWS_ACCESS_KEY_ID", "writer"), ("AWS_SECRET_ACCESS_KEY", SECRET)];
        open(&pairs(&[base.as_slice(), more].concat()), "x")
    };
    let authority = servers.authority();
    let trusting = [("SSL_CERT_FILE", &*authority)];
    refused(open("localhost", &trusting).swap(&create), "403 Forbidden: AccessDenied");
    failed(open("localhost", &[]).swap(&create).map(drop), "certificate");
    // The certificate is for the name, not for the address.
    failed(open("127.0.0.1", &trusting).swap(&create).map(drop), "certificate");
}

fn pairs(pairs: &[(&str, &str)]) -> Environment {
    Environment::from_pairs(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())))
}

const SECRET: &str = "writer-secret";

fn found(store: &Arc<dyn StateStore>, key: &str, value: &str, version: &Option<Version>) {
    let found = store.get(key).unwrap().unwrap();
    assert_eq!((found.value.as_slice(), Some(&found.version)), (value.as_bytes(), version.as_ref()));
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, StateError>, part: &str) {
    match result {
        Err(StateError::Refused { place, reason }) => tells(&format!("{place}: {reason}"), part),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn failed(result: Result<(), StateError>, part: &str) {
    match result {
        Err(error @ StateError::Failed { .. }) => tells(&format!("{error}: {}", error.source().unwrap()), part),
        other => panic!("it did not fail: {other:?}"),
    }
}

/// The message says why, and nothing that nobody should know.
#[track_caller]
fn tells(message: &str, part: &str) {
    assert!(message.contains(part), "{message}");
    for hidden in ["-secret", "token-of", "AWS4-HMAC", "?list", "<?xml", "StringToSign"] {
        assert!(!message.contains(hidden), "{message}");
    }
}
