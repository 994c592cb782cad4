//! How git logs in with a token of Bowline's own, against a real git over real HTTP: which requests carry what, and that
//! nobody else's login is touched without one.

use crate::support::one_fix;
use bowline_testkit::git_http::{Fault, GitServer, Kind};
use bowline_testkit::{World, parts};
use std::path::Path;

/// What these tests need of the machine.
const HTTP: &str = "a git that serves and speaks HTTP";
const TOKEN: &str = "own-token-4f2a9c";
/// The login that is right at the server: our token under the name that Bowline gives it.
const OWN: &str = "x-access-token:own-token-4f2a9c";
/// One that checkout actions or people leave behind, and its header.
const THEIRS: &str = "runner:persisted-3b7e";
const HEADER: &str = "AUTHORIZATION: basic cnVubmVyOnBlcnNpc3RlZC0zYjdl";

/// A world whose remote is behind a server that lets in `login`; none where git cannot serve HTTP.
fn behind(login: &str) -> Option<(World, GitServer)> {
    if !parts::require(HTTP, GitServer::is_possible()) {
        return None;
    }
    let world = one_fix();
    let server = GitServer::with_login(&world.root().join("remote"), login);
    world.git(&["remote", "set-url", "origin", &server.url("app.git")]);
    Some((world, server))
}

/// Every login that any request brought, without repetitions. A name in the address comes alone at first.
fn logins(server: &GitServer) -> Vec<String> {
    let mut all: Vec<String> = server.seen().into_iter().flat_map(|seen| seen.logins).collect();
    all.retain(|login| !login.ends_with(':'));
    all.sort();
    all.dedup();
    all
}

/// A release goes through with these variables and git settings, and the server gets `expected` and nothing else.
fn check(setup: impl Fn(&World, &GitServer), variables: &[(&str, &str)], expected: &str) {
    let Some((world, server)) = behind(expected) else { return };
    setup(&world, &server);
    let host = server.host();
    let mut all = vec![("BOWLINE_ALLOW_HOSTS", host.as_str())];
    all.extend(variables);
    let ran = world.bowline_with(&["release", "--yes"], &all).expect_code(0);
    assert_eq!(logins(&server), [expected], "{}", ran.snapshot());
    let tags = world.git_in(&world.remote(), &["tag"]);
    assert!(tags.contains("v1.0.1"), "{tags}");
    let config = std::fs::read_to_string(world.work().join(".git/config")).unwrap();
    assert!(!config.contains(TOKEN), "{config}");
}

/// Writes `content` to `name` in the world's folder and returns its path.
fn file(world: &World, name: &str, content: &str) -> String {
    let path = world.root().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_token_of_our_own_is_the_only_login() {
    let token = [("BOWLINE_TOKEN", TOKEN)];
    check(|_, _| {}, &token, OWN);
    // What actions/checkout leaves behind, below every key that fits.
    for key in ["http.ORIGIN/.extraheader", "http.ORIGIN/app.git.extraheader", "http.extraheader"] {
        let persist = |world: &World, server: &GitServer| {
            world.git(&["config", &key.replace("ORIGIN", &server.origin()), HEADER]);
        };
        check(persist, &token, OWN);
    }
    // In a file that is included on a condition, as newer ones do it, and two at once.
    let included = |world: &World, server: &GitServer| {
        let text =
            format!("[http \"{}/\"]\n\textraheader = {HEADER}\n[http]\n\textraheader = {HEADER}\n", server.origin());
        let file = file(world, "persisted", &text);
        let condition = format!("includeIf.gitdir:{}/.git.path", world.work().display());
        world.git(&["config", &condition, &file]);
    };
    check(included, &token, OWN);
    // A helper that knows a login, one that is asked on the terminal, and a file of passwords.
    let helpers = |world: &World, server: &GitServer| {
        let helper = "!f() { echo username=runner; echo password=persisted-3b7e; }; f";
        world.git(&["config", "credential.helper", helper]);
        world.git(&["config", &format!("credential.{}.helper", server.origin()), helper]);
        world.git(&["config", "core.askPass", "/bin/false"]);
        world.git(&["config", "credential.interactive", "never"]);
    };
    check(helpers, &token, OWN);
    check(helpers, &[("BOWLINE_TOKEN", TOKEN), ("GIT_ASKPASS", "/bin/false")], OWN);
}

#[test]
fn a_token_comes_from_a_variable_a_file_or_a_command() {
    let Some((world, _)) = behind(OWN) else { return };
    let path = file(&world, "token", &format!("{TOKEN}\n"));
    check(|_, _| {}, &[("BOWLINE_TOKEN_FILE", &path)], OWN);
    check(|_, _| {}, &[("BOWLINE_TOKEN_COMMAND", &format!("cat {path}"))], OWN);
    check(|_, _| {}, &[("BOWLINE_TOKEN_COMMAND", &format!("[\"cat\", \"{path}\"]"))], OWN);
    check(
        |_, _| {},
        &[("BOWLINE_TOKEN", TOKEN), ("BOWLINE_TOKEN_FILE", "/nowhere"), ("GITHUB_TOKEN", "other-token")],
        OWN,
    );
}

/// A name in the address is kept; a password in it is the user's choice of login.
#[test]
fn a_login_in_the_address_is_respected() {
    let with = |login: &'static str| {
        move |world: &World, server: &GitServer| {
            world.git(&["remote", "set-url", "origin", &server.url_with_login("app.git", login)]);
        }
    };
    check(with("robot"), &[("BOWLINE_TOKEN", TOKEN)], "robot:own-token-4f2a9c");
    check(with(THEIRS), &[("BOWLINE_TOKEN", TOKEN)], THEIRS);
    check(with(THEIRS), &[], THEIRS);
    let pushed_elsewhere = |world: &World, server: &GitServer| {
        let base = server.url_with_login("", THEIRS);
        world.git(&["config", &format!("url.{base}.pushInsteadOf"), &server.url("")]);
        world.git(&["config", &format!("url.{base}.insteadOf"), &server.url("")]);
    };
    check(pushed_elsewhere, &[], THEIRS);
    let helper = |world: &World, server: &GitServer| {
        with(THEIRS)(world, server);
        world.git(&["config", "credential.helper", "!f() { echo username=other; echo password=other; }; f"]);
    };
    check(helper, &[("GIT_ASKPASS", "/bin/false")], THEIRS);
}

/// Other headers are no login, and stay.
#[test]
fn a_header_for_a_gateway_stays() {
    let Some((world, server)) = behind(OWN) else { return };
    for header in [HEADER, "X-Gateway: open"] {
        world.git(&["config", "--add", "http.extraheader", header]);
    }
    server.fail_next(Kind::RefsToPush, Fault::Echo(403));
    let variables = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())];
    let ran = world.bowline_with(&["release", "--yes"], &variables).expect_code(12);
    assert!(ran.stderr.contains("you sent x-gateway: open"), "{}", ran.snapshot());
}

#[test]
fn without_a_token_everything_is_as_it_was() {
    let persisted = |world: &World, server: &GitServer| {
        world.git(&["config", &format!("http.{}/.extraheader", server.origin()), HEADER]);
    };
    check(persisted, &[], THEIRS);
    let helper = |world: &World, _: &GitServer| {
        world.git(&["config", "credential.helper", "!f() { echo username=runner; echo password=persisted-3b7e; }; f"]);
    };
    check(helper, &[], THEIRS);
    // A forge's own variable says nothing about a server that is no such forge.
    check(helper, &[("GITHUB_TOKEN", TOKEN), ("GITLAB_TOKEN", TOKEN), ("GITEA_TOKEN", TOKEN)], THEIRS);
    let netrc = |world: &World, _: &GitServer| {
        file(world, "home/.netrc", "machine 127.0.0.1 login runner password persisted-3b7e\n");
    };
    check(netrc, &[], THEIRS);
}

/// A password file of the user's does not come before our token where it matters.
#[test]
fn a_push_is_made_with_our_token_and_not_with_a_password_file() {
    if !parts::require(HTTP, GitServer::is_possible()) {
        return;
    }
    let world = one_fix();
    let server = GitServer::start(&world.root().join("remote"));
    world.git(&["remote", "set-url", "origin", &server.url("app.git")]);
    file(&world, "home/.netrc", "machine 127.0.0.1 login runner password persisted-3b7e\n");
    let variables = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())];
    let _ = world.bowline_with(&["release", "--yes"], &variables).expect_code(0);
    let pushes = server.seen().into_iter().filter(|seen| matches!(seen.kind, Kind::RefsToPush | Kind::ReceivePack));
    let logins: Vec<Vec<String>> = pushes.map(|seen| seen.logins).collect();
    assert!(logins.len() >= 2 && logins.iter().all(|logins| logins == &[OWN]), "{logins:?}");
}

#[test]
fn a_token_that_is_refused_is_named() {
    let Some((world, server)) = behind("somebody:else") else { return };
    let host = server.host();
    let path = file(&world, "token", TOKEN);
    for (variable, value) in
        [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_TOKEN_FILE", &path), ("BOWLINE_TOKEN_COMMAND", &format!("cat {path}"))]
    {
        for command in [&["release", "--yes"][..], &["plan"], &["check"]] {
            let ran = world.bowline_with(command, &[(variable, value), ("BOWLINE_ALLOW_HOSTS", &host)]).expect_code(12);
            let text = &ran.stderr;
            assert!(text.contains(&format!("{host} refused the token of {variable}: ")), "{}", ran.snapshot());
            assert!(text.contains("token_refused") && text.contains("hint: "), "{}", ran.snapshot());
            assert!(!text.contains(TOKEN), "{}", ran.snapshot());
        }
    }
    // One that may read and not write is found before anything is built.
    let Some((world, server)) = behind(OWN) else { return };
    server.fail_next(Kind::RefsToPush, Fault::Status(403));
    let variables = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())];
    let ran = world.bowline_with(&["release", "--yes"], &variables).expect_code(12);
    assert!(ran.stderr.contains("refused the token of BOWLINE_TOKEN"), "{}", ran.snapshot());
    assert_eq!(server.count(Kind::ReceivePack), 0, "{}", ran.snapshot());
}

#[test]
fn a_token_stays_with_the_hosts_that_may_have_it() {
    let Some((world, server)) = behind(THEIRS) else { return };
    world.git(&["config", "http.extraheader", HEADER]);
    let ran = world.bowline_with(&["release", "--yes"], &[("BOWLINE_TOKEN", TOKEN)]).expect_code(0);
    assert_eq!(logins(&server), [THEIRS], "{}", ran.snapshot());
    let told = format!("the token of BOWLINE_TOKEN is not sent to {}: ", server.host());
    assert_eq!(ran.stderr.matches(&told).count(), 1, "told once: {}", ran.snapshot());
    assert!(ran.stderr.contains(&format!("BOWLINE_ALLOW_HOSTS={}", server.host())), "{}", ran.snapshot());
    // The repository's files cannot allow it.
    world.write("bowline.toml", format!("[forge]\nkind = \"local\"\nurl = \"{}\"\n", server.origin()));
    let ran = world.bowline_with(&["plan"], &[("BOWLINE_TOKEN", TOKEN)]);
    assert!(!logins(&server).contains(&OWN.to_owned()), "{}", ran.snapshot());
}

/// In the first request, where git follows, and with and without a login that was asked for before.
#[test]
fn a_redirect_to_another_server_gets_no_token() {
    for kind in [Kind::RefsToFetch, Kind::RefsToPush] {
        for asks in [false, true] {
            if !parts::require(HTTP, GitServer::is_possible()) {
                return;
            }
            let world = one_fix();
            let root = world.root().join("remote");
            let server = if asks { GitServer::with_login(&root, OWN) } else { GitServer::start(&root) };
            let other = GitServer::with_login(&root, OWN);
            world.git(&["remote", "set-url", "origin", &server.url("app.git")]);
            for _ in 0..8 {
                server.fail_next(kind, Fault::Redirect(other.port()));
            }
            let variables = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())];
            let ran = world.bowline_with(&["release", "--yes"], &variables).expect_code(12);
            assert!(!other.seen().is_empty(), "it was not led there: {}", ran.snapshot());
            assert_eq!(logins(&other), [""; 0], "{kind:?} {asks}: {}", ran.snapshot());
            // Git had a login already in the other cases, and says no more than that it was refused.
            let is_asked = !asks && kind == Kind::RefsToFetch;
            let told = if is_asked {
                " alone, and another server asked for it"
            } else {
                " refused the token of BOWLINE_TOKEN"
            };
            assert!(ran.stderr.contains(&format!("{}{told}", server.host())), "{}", ran.snapshot());
        }
    }
}

/// Fetching here and pushing there: each server gets the token only when it may have it.
#[test]
fn two_remotes_are_told_apart() {
    let Some((world, server)) = behind(OWN) else { return };
    let push = GitServer::with_login(&world.root().join("remote"), OWN);
    world.git(&["config", "remote.origin.pushurl", &push.url("app.git")]);
    let both = format!("{},{}", server.host(), push.host());
    let ran = world.bowline_with(&["check"], &[("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())]);
    assert_eq!((logins(&server), logins(&push)), (vec![OWN.to_owned()], Vec::new()), "{}", ran.snapshot());
    let allowed = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", both.as_str())];
    let _ = world.bowline_with(&["release", "--yes"], &allowed).expect_code(0);
    assert_eq!(logins(&push), [OWN]);
}

/// What a partial clone left out is fetched with the token too.
#[test]
fn a_partial_clone_gets_the_rest_with_the_token() {
    let Some((world, server)) = behind(OWN) else { return };
    world.write("package.json", "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\"\n}\n");
    world.commit("feat: a package");
    world.git(&["push", "--quiet", &world.remote().to_string_lossy(), "HEAD:main"]);
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        world.git_in(&world.remote(), &["config", setting, "true"]);
    }
    let header = "http.extraheader=AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46b3duLXRva2VuLTRmMmE5Yw==";
    let clone =
        ["-c", header, "clone", "--quiet", "--filter=blob:none", "--no-checkout", &server.url("app.git"), "partial"];
    world.git_in(world.root(), &clone);
    let variables = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_ALLOW_HOSTS", &server.host())];
    server.forget();
    let ran = world.bowline_in(&world.root().join("partial"), &["plan", "--json"], &variables).expect_code(0);
    assert!(ran.stdout.contains("package.json"), "{}", ran.snapshot());
    assert!(server.count(Kind::UploadPack) > 0, "nothing was fetched");
    assert_eq!(logins(&server), [OWN]);
}

#[test]
fn what_cannot_be_a_token_is_explained() {
    let world = one_fix();
    let empty = file(&world, "empty", "\n");
    let lines = file(&world, "lines", "first-canary\nsecond-canary\n");
    let folder = world.root().to_str().unwrap().to_owned();
    let Some((served, server)) = behind(OWN) else { return };
    let host = server.host();
    for (variable, value, told) in [
        ("BOWLINE_TOKEN", "has a blank-canary", "the token of BOWLINE_TOKEN has a blank in it"),
        ("BOWLINE_TOKEN_FILE", "/no/such/file", "the token file /no/such/file of BOWLINE_TOKEN_FILE cannot be read"),
        ("BOWLINE_TOKEN_FILE", &folder, "it is no ordinary file"),
        ("BOWLINE_TOKEN_FILE", &empty, "the token of BOWLINE_TOKEN_FILE is empty"),
        ("BOWLINE_TOKEN_FILE", &lines, "the token of BOWLINE_TOKEN_FILE has several lines"),
        ("BOWLINE_TOKEN_COMMAND", "no-such-program", "program `no-such-program` was not found"),
        (
            "BOWLINE_TOKEN_COMMAND",
            "false",
            "the program `false` of BOWLINE_TOKEN_COMMAND gave no token: it ended with exit code 1",
        ),
        ("BOWLINE_TOKEN_COMMAND", "true", "the token of BOWLINE_TOKEN_COMMAND is empty"),
        ("BOWLINE_TOKEN_COMMAND", "echo $X | cat", "BOWLINE_TOKEN_COMMAND has a sign that only a shell understands"),
    ] {
        let ran = served.bowline_with(&["plan"], &[(variable, value), ("BOWLINE_ALLOW_HOSTS", &host)]).expect_code(12);
        assert!(ran.stderr.contains(told) && ran.stderr.contains("hint: "), "{}", ran.snapshot());
        assert!(!ran.stderr.contains("canary"), "{}", ran.snapshot());
    }
    assert_eq!(logins(&server), [""; 0]);
    let short = file(&world, "short", "1\n");
    let ran = served.bowline_with(&["plan"], &[("BOWLINE_TOKEN_FILE", &short), ("BOWLINE_ALLOW_HOSTS", &host)]);
    assert!(ran.stderr.contains("the token of BOWLINE_TOKEN_FILE is shorter than 8 characters"), "{}", ran.snapshot());
    let two = [("BOWLINE_TOKEN", TOKEN), ("BOWLINE_TOKEN_COMMAND", "false"), ("BOWLINE_ALLOW_HOSTS", &host)];
    let ran = served.bowline_with(&["plan"], &two).expect_code(0);
    let told = "BOWLINE_TOKEN_COMMAND is not looked at, because BOWLINE_TOKEN is set too";
    assert!(ran.stderr.contains(told), "{}", ran.snapshot());
}

/// The program answers only the git that it has started, and only about the servers that it may speak of.
#[test]
fn the_answer_is_bound_to_the_server() {
    let world = World::new(crate::support::PROGRAM);
    let asked = [
        ("BOWLINE_ASKPASS_FOR", "https://git.example/o/r http://127.0.0.1:81/"),
        ("BOWLINE_ASKPASS_USER", "robot"),
        ("BOWLINE_ASKPASS_TOKEN", TOKEN),
    ];
    let check = |question: &str, expected: Option<&str>| {
        let ran = world.bowline_in(Path::new("/"), &[question], &asked);
        let found = (ran.code == Some(0)).then(|| ran.stdout.trim_end().to_owned());
        assert_eq!(found.as_deref(), expected, "{question}: {}", ran.snapshot());
        assert!(expected.is_some() || (ran.stdout.is_empty() && ran.stderr.is_empty()), "{}", ran.snapshot());
    };
    check("Username for 'https://git.example': ", Some("robot"));
    check("Password for 'https://robot@git.example': ", Some(TOKEN));
    check("Password for 'https://robot@git.example:443': ", Some(TOKEN));
    check("Password for 'http://127.0.0.1:81/path': ", Some(TOKEN));
    for question in [
        "",
        "Password: ",
        "Password for 'http://git.example': ",
        "Password for 'https://git.example:444': ",
        "Password for 'https://git.example.evil.example': ",
        "Password for 'https://git.example@evil.example': ",
        "Password for 'https://evil.example/https://git.example': ",
        "Password for 'https://evil.example/'git.example': ",
        "Password for 'https://evil.example'https://git.example': ",
        "Enter passphrase for key '/home/me/.ssh/id': ",
        "Something for 'https://git.example': ",
    ] {
        check(question, None);
    }
}
