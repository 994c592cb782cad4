//! Where secrets stand: in variables, in addresses, in headers, and in the files that programs keep passwords in.
//!
//! All of this is found so that it can be hidden. Too much is better than too little here: a value that is no secret
//! shows as `***`, and nothing else happens.

use super::forms::base64_decoded;
use super::{SHORTEST, Secret};
use crate::environment::Environment;
use std::collections::BTreeSet;

/// The secrets of a process's variables: those with a name that says so, passwords inside addresses, and logins in
/// headers (git's settings can come as variables).
pub fn of_environment(environment: &Environment) -> Vec<Secret> {
    let mut found: BTreeSet<Secret> = of_names(environment).into_iter().collect();
    for (_, value) in environment.iter() {
        found.extend(passwords(value));
        found.extend(of_header(value));
    }
    found.into_iter().collect()
}

/// The values of the variables whose names say that they are secrets; none that is shorter than [`SHORTEST`].
pub fn of_names(environment: &Environment) -> Vec<Secret> {
    let secrets = environment.iter().filter(|(name, value)| is_secret(name) && value.trim().len() >= SHORTEST);
    secrets.map(|(_, value)| Secret::new(value.trim())).collect()
}

/// Whether a variable of this name has to do with a secret: by what CI systems and people call such variables. One that
/// only says where a secret is counts as well; a child that has no business with secrets gets neither.
pub fn is_about_secrets(name: &str) -> bool {
    // A tokenizer is about language.
    let name = name.to_ascii_uppercase().replace("TOKENIZ", "");
    let ends_there = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphabetic());
    SECRET_WORDS.iter().any(|word| name.contains(word))
        || SHORT_WORDS.iter().any(|word| name.split(word).skip(1).any(ends_there))
}

/// Whether the value of a variable of this name is itself a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    is_about_secrets(&name) && !ABOUT.iter().any(|word| name.ends_with(word))
}

/// The variables that Bowline itself takes tokens from.
pub const TOKENS: [&str; 6] =
    ["BOWLINE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN", "JIRA_TOKEN"];

/// Those of [`TOKENS`] that are too short to be recognised in text.
pub fn too_short(environment: &Environment) -> Vec<&'static str> {
    let short = |name: &&str| environment.get(name).is_some_and(|value| value.trim().len() < SHORTEST);
    TOKENS.into_iter().filter(short).collect()
}

/// Passwords inside the addresses of `text`.
pub fn passwords(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for part in text.split("://").skip(1) {
        let end = part.find(|c: char| c.is_whitespace() || "/?#'\"".contains(c)).unwrap_or(part.len());
        let login = part.get(..end).and_then(|authority| authority.rsplit_once('@')).map(|(login, _)| login);
        let Some(login) = login else { continue };
        // A token alone stands where the user's name does.
        let password = login.split_once(':').map_or(login, |(_, password)| password);
        found.push(Secret::new(password));
        if let Some(plain) = percent_decoded(password).filter(|plain| plain != password) {
            found.push(Secret::new(plain));
        }
    }
    found
}

/// Whether `text` is a header that carries a login, whatever the login is.
pub fn is_login(header: &str) -> bool {
    let name = header.split_once(':').map_or("", |(name, _)| name.trim());
    LOGIN_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The login of a header `Authorization: SCHEME LOGIN`: as it stands, and what it says in base64, with the password
/// alone. Nothing for other text.
pub fn of_header(text: &str) -> Vec<Secret> {
    let Some((_, value)) = text.split_once(':').filter(|_| is_login(text)) else { return Vec::new() };
    let login = value.trim().rsplit(' ').next().unwrap_or_default();
    let decoded = base64_decoded(login).unwrap_or_default();
    let password = decoded.split_once(':').map(|(_, password)| password.to_owned());
    let found = [Some(login.to_owned()), Some(decoded), password];
    found.into_iter().flatten().filter(|value| value.len() >= SHORTEST).map(Secret::new).collect()
}

/// The passwords of a file in the form of `.netrc`: the words that come after `password`.
pub fn of_netrc(text: &str) -> Vec<Secret> {
    let words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    let pairs = words.clone().zip(words.skip(1));
    pairs.filter(|(name, _)| *name == "password").map(|(_, value)| Secret::new(value.trim_matches('"'))).collect()
}

/// What `text` says without percent-encoding (RFC 3986, section 2.1), when that is text.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (high, low) = (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

/// Headers that carry a login, by RFC 9110 and by GitLab.
const LOGIN_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "private-token", "job-token"];
/// Names that carry secrets, in CI systems and on laptops.
const SECRET_WORDS: [&str; 13] = [
    "PASSPHRASE",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PRIVATE_KEY",
    "CREDENTIAL",
    "API_KEY",
    "ACCESS_KEY",
    "ACCOUNT_KEY",
    "STORAGE_KEY",
    "AUTHORIZATION",
    "AUTHKEY",
];
/// Those that other words begin with (`_AUTHOR`, `_PATH`, `_PATTERN`): no letter comes after them.
const SHORT_WORDS: [&str; 3] = ["_PAT", "_PATS", "_AUTH"];
/// Names of something about a secret: where it is, what it is called.
const ABOUT: [&str; 9] = ["_FILE", "_PATH", "_DIR", "_NAME", "_TYPE", "_SOCK", "_URL", "_HOST", "_COMMAND"];

#[cfg(test)]
mod tests {
    use super::*;

    fn values(secrets: &[Secret]) -> Vec<&str> {
        secrets.iter().map(Secret::expose).collect()
    }

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn secrets_of_an_environment() {
        let found = of_environment(&environment(&[
            ("GITHUB_TOKEN", "token-value-1"),
            ("MY_PASSWORD", "password-value-2"),
            ("SSH_PRIVATE_KEY_FILE", "/home/me/key-file"),
            ("BOWLINE_TOKEN_COMMAND", "gh auth token"),
            ("HTTPS_PROXY", "http://me:proxy%40pass@proxy:3128"),
            ("REMOTE", "https://only-a-token@host/x"),
            ("GIT_CONFIG_VALUE_0", "AUTHORIZATION: bearer bearer-value-3"),
            ("PATH", "/usr/bin:/bin"),
        ]));
        let expected =
            ["bearer-value-3", "only-a-token", "password-value-2", "proxy%40pass", "proxy@pass", "token-value-1"];
        assert_eq!(values(&found), expected);
    }

    #[test]
    fn names_that_say_so() {
        for (name, expected) in [
            ("GH_PAT", true),
            ("GH_PATS", true),
            ("GH_PAT_RELEASES", true),
            ("AZURE_PAT2", true),
            ("npm_config__auth", true),
            ("NPM_AUTH_VALUE", true),
            ("npm_config_//registry.npmjs.org/:_authToken", true),
            ("HTTP_AUTHORIZATION", true),
            ("TS_AUTHKEY", true),
            ("PATH_PAT", true),
            ("TOKENIZER_TOKEN", true),
            ("NPM_TOKENS", true),
            ("GIT_AUTHOR_EMAIL", false),
            ("GIT_AUTHOR_DATE", false),
            ("CI_COMMIT_AUTHOR", false),
            ("TEST_PATTERN", false),
            ("RELEASE_PATCH", false),
            ("NODE_PATH", false),
            ("LD_LIBRARY_PATH", false),
            ("TOKENIZERS_PARALLELISM", false),
        ] {
            assert_eq!(is_about_secrets(name), expected, "{name}");
            assert_eq!(is_secret(name), expected, "{name}");
        }
        assert!(is_about_secrets("SSH_AUTH_SOCK") && !is_secret("SSH_AUTH_SOCK"));
    }

    #[test]
    fn secrets_of_headers() {
        let check = |text: &str, expected: &[&str]| assert_eq!(values(&of_header(text)), expected, "{text}");
        let login = "eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA==";
        check(&format!("AUTHORIZATION: basic {login}"), &[login, "x-access-token:ghs_secret", "ghs_secret"]);
        check("Authorization: Bearer a.b-c_d.e", &["a.b-c_d.e"]);
        check("PRIVATE-TOKEN: glpat-12345", &["glpat-12345"]);
        check("X-Forwarded-For: 10.0.0.1 and others", &[]);
        check("a word of another kind", &[]);
    }

    #[test]
    fn secrets_of_a_password_file() {
        let check = |text: &str, expected: &[&str]| assert_eq!(values(&of_netrc(text)), expected, "{text}");
        check(
            "machine h login me password one-pass\nmachine i\n  login you\n  password two-pass\n",
            &["one-pass", "two-pass"],
        );
        check("default login password password \"quoted-pass\"\n# password none\n", &["password", "quoted-pass"]);
        check("", &[]);
    }

    #[test]
    fn tokens_that_are_too_short_are_named() {
        let environment = environment(&[("GITHUB_TOKEN", "1"), ("GH_TOKEN", "long enough")]);
        assert_eq!(too_short(&environment), ["GITHUB_TOKEN"]);
    }
}
