//! Unique tokens in every place that a person or a system puts one, servers that repeat them in their errors, and a build
//! that prints them: none may be found afterwards in anything that was written, in any form, nor in the arguments of any
//! program that was started.

use crate::support::{PROGRAM, one_fix};
use bowline_testkit::git_http::{Fault, GitServer, Kind};
use bowline_testkit::{World, parts};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Each with signs that its forms write differently.
const OWN: &str = "k7Own-canary\"/9+xQ=%&z41b";
const ADDRESS: &str = "k7Url-canary/8+wR=&y52c";
const HEADER: &str = "k7Header-canary/7.vS_x63d";
const NETRC: &str = "k7Netrc-canary/6+uT=w74e";
const SERVICE: &str = "k7Service-canary\"5+tU=v85f";
const PROXY: &str = "k7Proxy-canary/4+sV=u96g";
const ALL: [&str; 6] = [OWN, ADDRESS, HEADER, NETRC, SERVICE, PROXY];

/// Where the login of the remote comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    Variable,
    File,
    Command,
    Address,
    Header,
    Netrc,
}

/// What the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// No login is right, and the answer repeats it.
    Refused,
    /// An error that repeats the login.
    Echo(Kind, u16),
    /// It sends us to another server, which repeats whatever comes.
    Redirect,
    /// It is well, and the build fails after it has printed everything.
    Build,
}

const TROUBLES: [Trouble; 7] = [
    Trouble::None,
    Trouble::Refused,
    Trouble::Echo(Kind::RefsToFetch, 500),
    Trouble::Echo(Kind::RefsToPush, 403),
    Trouble::Echo(Kind::ReceivePack, 500),
    Trouble::Redirect,
    Trouble::Build,
];

#[test]
fn no_token_is_found_in_anything_that_is_written() {
    if !parts::strace() || !parts::require("a git that serves and speaks HTTP", GitServer::is_possible()) {
        return;
    }
    let mut cases = Vec::new();
    for login in [Login::Variable, Login::Address, Login::Header] {
        cases.extend(TROUBLES.map(|trouble| (login, trouble)));
    }
    for login in [Login::File, Login::Command, Login::Netrc] {
        cases.extend([TROUBLES[0], TROUBLES[1], TROUBLES[3]].map(|trouble| (login, trouble)));
    }
    let next = AtomicUsize::new(0);
    let (masked, texts) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((number, case)) = pick(&cases, &next) {
                    let (stars, searched) = check(number, *case);
                    masked.fetch_add(stars, Ordering::SeqCst);
                    texts.fetch_add(searched, Ordering::SeqCst);
                }
            });
        }
    });
    let (masked, texts) = (masked.into_inner(), texts.into_inner());
    println!(
        "{} runs, {texts} texts searched for {} tokens, 0 hits, {masked} times a token was taken out",
        cases.len(),
        ALL.len()
    );
    assert!(masked > cases.len() * 4, "hardly anything was there to be taken out: {masked}");
}

fn pick<'c, T>(cases: &'c [T], next: &AtomicUsize) -> Option<(usize, &'c T)> {
    let number = next.fetch_add(1, Ordering::SeqCst);
    cases.get(number).map(|case| (number, case))
}

/// One run, and how often something was taken out of what it wrote, and how many texts were searched.
fn check(number: usize, (login, trouble): (Login, Trouble)) -> (usize, usize) {
    let mut world = one_fix();
    build_that_prints(&world, if trouble == Trouble::Build { 3 } else { 0 });
    let root = world.root().join("remote");
    let right = match (login, trouble) {
        (_, Trouble::Refused) => "nobody:else".to_owned(),
        (Login::Address, _) => format!("x:{ADDRESS}"),
        (Login::Header, _) => format!("bearer {HEADER}"),
        (Login::Netrc, _) => format!("runner:{NETRC}"),
        _ => format!("x-access-token:{OWN}"),
    };
    let server = GitServer::with_login(&root, &right);
    let other = GitServer::with_login(&root, "nobody:else");
    server.repeat_logins();
    other.repeat_logins();
    match trouble {
        Trouble::Echo(kind, status) => server.fail_next(kind, Fault::Echo(status)),
        Trouble::Redirect => (0..4).for_each(|_| server.fail_next(Kind::RefsToFetch, Fault::Redirect(other.port()))),
        Trouble::None | Trouble::Refused | Trouble::Build => {}
    }
    plant(&mut world, &server, login);
    let ran = run(&world, number);
    let code = ran.status.code();
    let told = format!("{login:?} {trouble:?}, exit code {code:?}");
    let expected = match trouble {
        Trouble::None => code == Some(0),
        // A push whose answer says nothing certain is looked at and sent again.
        Trouble::Echo(Kind::ReceivePack, _) => true,
        _ => code != Some(0),
    };
    assert!(expected, "{told}: {}", String::from_utf8_lossy(&ran.stderr));
    let texts = everything_written(&world, &ran);
    for (place, text) in &texts {
        for token in ALL {
            assert_eq!(hit(token, text), None, "{told}: {token} is in {place}");
        }
    }
    let stars = texts.iter().map(|(_, text)| text.matches("***").count()).sum();
    (stars, texts.len())
}

/// A build that prints every token as it is and in lines of base64 and as hexadecimal, from a file, as a careless
/// script does.
fn build_that_prints(world: &World, code: u8) {
    let file = world.root().join("canaries");
    std::fs::write(&file, ALL.join("\n") + "\n").unwrap();
    let file = file.to_str().unwrap();
    let script = format!(
        "cat {file}; base64 {file}; base64 -w 64 {file}; od -An -v -tx1 {file} | tr -d ' \\n'; env; echo made > dist.txt; exit {code}"
    );
    let command = serde_json::to_string(&["sh", "-c", &script]).unwrap();
    world.write(
        "bowline.toml",
        format!("[retry]\nattempts = 1\n[build]\ncommand = {command}\n[artifacts]\ninclude = [\"dist.txt\"]\n"),
    );
    world.write(".gitignore", "dist.txt\n");
    world.commit_and_push("feat: build");
}

/// Puts all tokens in their places. The one of `login` is the one that git uses.
fn plant(world: &mut World, server: &GitServer, login: Login) {
    let is_own = matches!(login, Login::Variable | Login::File | Login::Command);
    let address = match login {
        Login::Address => server.url_with_login("app.git", &format!("x:{}", percent(ADDRESS))),
        _ => server.url("app.git"),
    };
    world.git(&["remote", "set-url", "origin", &address]);
    world.git(&["remote", "add", "mirror", &format!("https://x:{}@mirror.invalid/x", percent(ADDRESS))]);
    if is_own || login == Login::Header {
        world.git(&[
            "config",
            &format!("http.{}/.extraheader", server.origin()),
            &format!("Authorization: bearer {HEADER}"),
        ]);
    } else {
        world.git(&[
            "config",
            "http.https://elsewhere.invalid/.extraheader",
            &format!("Authorization: bearer {HEADER}"),
        ]);
    }
    let machine = if login == Login::Netrc { "127.0.0.1" } else { "elsewhere.invalid" };
    std::fs::write(world.root().join("home/.netrc"), format!("machine {machine} login runner password {NETRC}\n"))
        .unwrap();
    let file = world.root().join("own-token");
    std::fs::write(&file, format!("{OWN}\n")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    match login {
        Login::Variable => world.set("BOWLINE_TOKEN", OWN),
        Login::File => world.set("BOWLINE_TOKEN_FILE", &file),
        Login::Command => world.set("BOWLINE_TOKEN_COMMAND", &format!("cat {file}")),
        // It is not asked for, and must not come out of the build all the same.
        _ => world.set("GITLAB_TOKEN", OWN),
    }
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("MY_SERVICE_TOKEN", SERVICE);
    world.set("HTTPS_PROXY", &format!("http://me:{}@127.0.0.1:9", percent(PROXY)));
    for name in ["GIT_TRACE", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE", "GIT_TRACE2_EVENT"] {
        world.set(name, "1");
    }
    // State goes into references of the remote.
    world.set("CI", "true");
    world.set("GITHUB_ACTIONS", "true");
    world.set("GITHUB_STEP_SUMMARY", world.root().join("summary.md").to_str().unwrap());
}

/// What writes down the arguments of every program that is started.
#[expect(clippy::disallowed_methods, reason = "strace is started as it is, and it starts the program")]
fn strace(world: &World) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "100000", "-e", "trace=execve", "-o"]).arg(world.root().join("started"));
    strace
}

/// Releases under `strace`.
fn run(world: &World, number: usize) -> Output {
    let mut strace = strace(world);
    strace
        .arg(PROGRAM)
        .args(["release", "--yes", "--log-level", "trace", "--log-file"])
        .arg(world.root().join("log.json"));
    let how: &[&str] = if number.is_multiple_of(2) { &["-v"] } else { &["--json", "--log-format", "json"] };
    strace.args(how).current_dir(world.work()).env_clear().envs(world.variables()).output().unwrap()
}

/// Everything that is there afterwards, with its place: what was printed, every file of the world but those that hold
/// tokens by design, and every object of both repositories.
fn everything_written(world: &World, ran: &Output) -> Vec<(String, String)> {
    let mut texts =
        vec![("standard output".to_owned(), text(&ran.stdout)), ("standard error".to_owned(), text(&ran.stderr))];
    for repository in [world.work().join(".git"), world.remote()] {
        texts.push((format!("the objects of {}", repository.display()), objects(world, &repository)));
    }
    let planted: BTreeSet<_> =
        ["canaries", "own-token", "home/.netrc", "work/.git/config"].map(|name| world.root().join(name)).into();
    collect(world.root(), &mut |path| {
        if !planted.contains(path) {
            texts.push((path.display().to_string(), text(&std::fs::read(path).unwrap())));
        }
    });
    for name in ["/started", "/log.json", "/work/.git/HEAD", "/remote/app.git/HEAD"] {
        assert!(texts.iter().any(|(place, _)| place.ends_with(name)), "{name} was not searched");
    }
    texts
}

fn objects(world: &World, repository: &Path) -> String {
    world.git_in(repository, &["cat-file", "--batch-all-objects", "--batch"])
}

fn collect(folder: &Path, found: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => collect(&entry.path(), found),
            kind if kind.is_file() => found(&entry.path()),
            _ => {}
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The form of `token` that stands in `text`. Of base64, which may be broken into lines, twelve characters are enough.
fn hit(token: &str, text: &str) -> Option<String> {
    let mut forms = vec![token.to_owned(), percent(token), percent(token).to_lowercase(), json(token)];
    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.extend([hex.to_uppercase(), hex]);
    let whole = forms.into_iter().find(|form| text.contains(form.as_str()));
    let mut pieces = (0..3).flat_map(|offset| {
        let encoded = base64(&[&b"xx"[..offset.min(2)], token.as_bytes()].concat());
        let certain = encoded.get(2..encoded.len() - 4).unwrap().to_owned();
        [certain.replace('+', "-").replace('/', "_"), certain]
    });
    whole.or_else(|| {
        pieces.find_map(|form| {
            let windows = form.as_bytes().windows(12).map(|window| String::from_utf8(window.to_vec()).unwrap());
            windows.into_iter().find(|window| text.contains(window.as_str()))
        })
    })
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") }).collect()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| usize::from(chunk.get(n).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        let letter = |n: usize| if n <= chunk.len() { char::from(LETTERS[word >> (18 - 6 * n) & 63]) } else { '=' };
        out.extend((0..4).map(letter));
    }
    out
}

/// The search finds what is there: each token in each form, in a file, in an object of git, and in arguments.
#[test]
fn the_search_finds_a_token() {
    for token in ALL {
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut texts = vec![token.to_owned(), percent(token), json(token), hex.to_uppercase(), hex];
        for before in ["", "x", "x:", "x-access-token:"] {
            let encoded = base64(format!("{before}{token}\n").as_bytes());
            texts.extend([encoded.clone(), encoded.replace('+', "-").replace('/', "_")]);
            let (line, rest) = encoded.split_at(20);
            texts.push(format!("{line}\n{rest}"));
        }
        for text in texts {
            assert!(hit(token, &format!("before {text} after")).is_some(), "{token} in {text}");
            assert!(ALL.iter().all(|other| *other == token || hit(other, &text).is_none()), "{text}");
        }
        assert_eq!(hit(token, "an ordinary text, k7Own-canary"), None);
    }
    if !parts::strace() {
        return;
    }
    let world = one_fix();
    world.write("src/app.txt", format!("{OWN}\n"));
    world.commit("fix: oops");
    std::fs::write(world.root().join("state/plain"), base64(SERVICE.as_bytes())).unwrap();
    std::fs::write(world.root().join("log.json"), "{}").unwrap();
    let ran = strace(&world).args(["sh", "-c", "true \"$0\"; exec true \"$0\"", PROXY]).output().unwrap();
    let texts = everything_written(&world, &ran);
    let found = |token: &str, place: &str| {
        let mut places = texts.iter().filter(|(_, text)| hit(token, text).is_some());
        assert!(places.any(|(found, _)| found.contains(place)), "{token} is not found in {place}");
    };
    found(OWN, "the objects of");
    found(OWN, "/work/src/app.txt");
    found(SERVICE, "/state/plain");
    found(PROXY, "/started");
}
