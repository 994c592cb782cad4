//! Tokens of Bowline itself: where one comes from, and what one is.
//!
//! A token comes from a variable, from a file or from a command, and from nowhere else. It is asked for at the moment
//! that needs it, so that a file or a command may give a new one meanwhile, and whoever gets it makes it known to the
//! redactor before anybody else sees it. Errors name the variable and never repeat a value.

use super::Secret;
use crate::environment::Environment;
use crate::http::CallError;
use crate::process::ProcessError;
use bowline_model::plan::ForgeKind;
use bowline_model::{Failure, FailureKind};
use std::path::PathBuf;

/// Gives the token of this run's forge.
pub trait Tokens: Send + Sync {
    /// The variable that the token comes from or that says where it is; none when there is no token.
    fn variable(&self) -> Option<&'static str>;

    /// The token, asked for anew; none when there is none.
    fn get(&self) -> Result<Option<Secret>, TokenError>;
}

/// Where a token comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A variable holds it.
    Variable(&'static str, Secret),
    /// A file holds it.
    File(PathBuf),
    /// A program prints it: program and arguments.
    Command(Vec<String>),
}

/// An app of GitHub's, for which tokens are made when they are needed.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    /// Its client id, or the older number.
    pub id: String,
    /// Its private key.
    pub key: AppKey,
}

/// Where the private key of an app is, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub enum AppKey {
    /// A variable holds it.
    Variable(Secret),
    /// A file holds it.
    File(PathBuf),
}

impl App {
    /// The app that the variables [`APP_ID`] and [`APP_KEY`] or [`APP_KEY_FILE`] name, when they name one.
    pub fn of(environment: &Environment) -> Result<Option<Self>, TokenError> {
        let key = environment.get(APP_KEY).map(|key| AppKey::Variable(Secret::new(key)));
        let key = key.or_else(|| environment.get(APP_KEY_FILE).map(|path| AppKey::File(PathBuf::from(path))));
        match (environment.get(APP_ID).map(str::trim), key) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(TokenError::App { problem: "has no private key".to_owned(), source: None }),
            (None, Some(_)) => Err(TokenError::App { problem: "has a private key and no id".to_owned(), source: None }),
            (Some(id), Some(key)) => {
                // It goes into a signed claim, and ids are plain words.
                let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                if id.is_empty() || id.len() > 100 || !id.chars().all(is_plain) {
                    return Err(TokenError::App { problem: "has an id that is none".to_owned(), source: None });
                }
                Ok(Some(Self { id: id.to_owned(), key }))
            }
        }
    }
}

/// Why there is no token although a source is named.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// What was given is no token.
    #[error("the token of {variable} {problem}")]
    Malformed {
        /// Where it came from.
        variable: &'static str,
        /// What is wrong: `is empty`.
        problem: &'static str,
    },
    /// The variable does not say which program to run.
    #[error("{COMMAND} {problem}")]
    NoCommand {
        /// What is wrong.
        problem: &'static str,
    },
    /// The file cannot be read.
    #[error("the token file {} of {FILE} cannot be read", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The program could not be run to its end.
    #[error("the program of {COMMAND} gave no token")]
    Process(#[source] ProcessError),
    /// No token can be made for the app.
    #[error("the app of {APP_ID} {problem}")]
    App {
        /// What is wrong.
        problem: String,
        /// Why.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The forge could not be asked to make a token.
    #[error("no token was made for the app of {APP_ID}")]
    Call(#[source] CallError),
    /// Whoever was asked does not accept it.
    #[error("the forge does not accept the token: {why}")]
    Refused {
        /// In the forge's words, made safe.
        why: String,
    },
    /// The program said no. What it printed stays hidden: it may be half of a token.
    #[error("the program `{program}` of {COMMAND} gave no token: it ended with {ended}")]
    Ended {
        /// Which.
        program: String,
        /// `exit code 1`, `a signal`.
        ended: String,
    },
}

impl Source {
    /// The source that counts, of those that are set: [`VARIABLE`], [`FILE`], [`COMMAND`], then the variables in `own`.
    /// The first one wins, because whoever sets a variable for Bowline means it more than a variable for other programs.
    pub fn of(environment: &Environment, own: &[&'static str]) -> Result<Option<Self>, TokenError> {
        if let Some(value) = environment.get(VARIABLE) {
            return Ok(Some(Self::Variable(VARIABLE, Secret::new(value))));
        }
        if let Some(path) = environment.get(FILE) {
            return Ok(Some(Self::File(PathBuf::from(path))));
        }
        if let Some(text) = environment.get(COMMAND) {
            return words(text).map(|argv| Some(Self::Command(argv)));
        }
        Ok(Self::of_forge(environment, own))
    }

    /// The source among the variables of one kind of forge alone.
    pub fn of_forge(environment: &Environment, own: &[&'static str]) -> Option<Self> {
        own.iter().find_map(|name| Some(Self::Variable(name, Secret::new(environment.get(name)?))))
    }

    /// The variable that holds the token or says where it is.
    pub const fn variable(&self) -> &'static str {
        match self {
            Self::Variable(name, _) => name,
            Self::File(_) => FILE,
            Self::Command(_) => COMMAND,
        }
    }
}

/// Those of Bowline's own variables that are set beside the one that counts, and do nothing.
pub fn unused(environment: &Environment) -> Vec<&'static str> {
    [VARIABLE, FILE, COMMAND, APP_ID].into_iter().filter(|name| environment.get(name).is_some()).skip(1).collect()
}

/// The variables that hold a token for this kind of forge alone, the first one that is set counts: `GH_TOKEN` before
/// `GITHUB_TOKEN`, as GitHub's own program does (`gh help environment`), because a job has the second one anyway.
pub const fn own_variables(kind: ForgeKind) -> &'static [&'static str] {
    match kind {
        ForgeKind::Github => &["GH_TOKEN", "GITHUB_TOKEN"],
        ForgeKind::Gitlab => &["GITLAB_TOKEN"],
        ForgeKind::Gitea => &["GITEA_TOKEN"],
        ForgeKind::Local => &[],
    }
}

/// A token out of what a source gave: one word of visible ASCII characters, as every forge's is and as a header can
/// carry it. The line break at its end, which files and programs add, is no part of it.
pub fn token(variable: &'static str, given: &[u8]) -> Result<Secret, TokenError> {
    let text = given.strip_suffix(b"\n").unwrap_or(given);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let problem = match text {
        [] => "is empty",
        _ if text.len() > LARGEST => "is longer than 16 KiB",
        _ if text.contains(&b'\n') || text.contains(&b'\r') => "has several lines",
        _ if text.contains(&b' ') => "has a blank in it",
        _ if text.iter().any(u8::is_ascii_control) => "has a control character in it",
        _ if !text.is_ascii() => "has a character in it that is not ASCII",
        _ => return Ok(Secret::new(String::from_utf8_lossy(text))),
    };
    Err(TokenError::Malformed { variable, problem })
}

/// Program and arguments: a JSON list of texts, or words parted by blanks. There is no shell, so a sign that would mean
/// something to one is refused instead of handed on.
fn words(text: &str) -> Result<Vec<String>, TokenError> {
    let refused = |problem| Err(TokenError::NoCommand { problem });
    let argv: Vec<String> = if text.trim_start().starts_with('[') {
        match serde_json::from_str(text) {
            Ok(argv) => argv,
            Err(_) => return refused("begins with `[` and is no JSON list of texts"),
        }
    } else if text.contains(['\'', '"', '\\', '$', '`', '|', '&', ';', '<', '>', '(', ')', '*', '~']) {
        return refused("has a sign that only a shell understands, and there is none");
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    };
    match argv.first().map(String::as_str) {
        None | Some("") => refused("names no program"),
        // It would be looked for in whatever folder we are in, which a stranger may have filled.
        Some(program) if program.contains('/') && !program.starts_with('/') => {
            refused("names a program by a relative path")
        }
        Some(_) => Ok(argv),
    }
}

impl From<&TokenError> for Failure {
    fn from(error: &TokenError) -> Self {
        if let TokenError::Process(ProcessError::Stopped { .. }) = error {
            return Self::from_error(FailureKind::Paused, "stopped", error)
                .hint("run the same command again: it goes on");
        }
        if let TokenError::Call(source) = error {
            let failure = source.clone().into_failure();
            return Self { message: format!("{error}: {}", failure.message), ..failure };
        }
        let (code, hint) = match error {
            TokenError::App { .. } | TokenError::Call(_) => (
                "token_app",
                format!(
                    "set {APP_ID} to its client id and {APP_KEY_FILE} to its key, and install it for this repository"
                ),
            ),
            TokenError::Refused { .. } => (
                "token_refused",
                "give one that has not run out and was not withdrawn, then run the same command again".to_owned(),
            ),
            TokenError::Malformed { variable, .. } => {
                ("token_malformed", format!("let {variable} give the token alone, as the forge has shown it"))
            }
            TokenError::NoCommand { .. } => (
                "token_command",
                format!(
                    "write it as words, {COMMAND}=\"gh auth token\", or as a list, {COMMAND}='[\"gh\", \"auth\", \"token\"]'"
                ),
            ),
            TokenError::File { .. } => ("token_file", format!("make it readable, or name another file with {FILE}")),
            TokenError::Process(_) | TokenError::Ended { .. } => (
                "token_command",
                format!("run the command of {COMMAND} by hand: it must print the token and nothing else"),
            ),
        };
        Self::from_error(FailureKind::Missing, code, error).hint(hint)
    }
}

/// The variable that holds a token for whatever forge.
pub const VARIABLE: &str = "BOWLINE_TOKEN";
/// The variable that names a file with the token.
pub const FILE: &str = "BOWLINE_TOKEN_FILE";
/// The variable that names a program that prints the token.
pub const COMMAND: &str = "BOWLINE_TOKEN_COMMAND";
/// The variable with the client id (or number) of a GitHub App.
pub const APP_ID: &str = "BOWLINE_GITHUB_APP_ID";
/// The variable that holds its private key.
pub const APP_KEY: &str = "BOWLINE_GITHUB_APP_PRIVATE_KEY";
/// The variable that names a file with it.
pub const APP_KEY_FILE: &str = "BOWLINE_GITHUB_APP_PRIVATE_KEY_FILE";
/// The longest token, in bytes. Signed tokens of clouds have a few thousand.
pub const LARGEST: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_first_source_wins() {
        let all = [
            ("BOWLINE_TOKEN", "token"),
            ("BOWLINE_TOKEN_FILE", "/run/token"),
            ("BOWLINE_TOKEN_COMMAND", "gh auth token"),
            ("GH_TOKEN", "gh"),
            ("GITHUB_TOKEN", "github"),
            ("GITLAB_TOKEN", "gitlab"),
        ];
        let check = |set: &[(&str, &str)], kind, expected: Option<&str>| {
            let source = Source::of(&environment(set), own_variables(kind)).unwrap();
            assert_eq!(source.as_ref().map(Source::variable), expected, "{set:?} {kind:?}");
        };
        for (first, expected) in
            ["BOWLINE_TOKEN", "BOWLINE_TOKEN_FILE", "BOWLINE_TOKEN_COMMAND", "GH_TOKEN", "GITHUB_TOKEN"]
                .into_iter()
                .enumerate()
        {
            check(&all[first..], ForgeKind::Github, Some(expected));
        }
        check(&all[3..], ForgeKind::Gitlab, Some("GITLAB_TOKEN"));
        check(&all[3..], ForgeKind::Gitea, None);
        check(&all[3..], ForgeKind::Local, None);
        check(&[("BOWLINE_TOKEN", ""), ("BOWLINE_TOKEN_FILE", "/x")], ForgeKind::Local, Some("BOWLINE_TOKEN_FILE"));
        assert_eq!(unused(&environment(&all)), ["BOWLINE_TOKEN_FILE", "BOWLINE_TOKEN_COMMAND"]);
        assert_eq!(unused(&environment(&all[2..])), [""; 0]);
    }

    #[test]
    fn an_app_has_an_id_and_a_key() {
        let check =
            |set: &[(&str, &str)], expected: Result<Option<&str>, &str>| match (App::of(&environment(set)), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_ref().map(|app| app.id.as_str()), expected, "{set:?}"),
                (Err(error), Err(expected)) => {
                    assert_eq!(error.to_string(), format!("the app of BOWLINE_GITHUB_APP_ID {expected}"));
                    assert_eq!(Failure::from(&error).kind.exit_code(false), 12);
                }
                (found, _) => panic!("{set:?} is {}", if found.is_ok() { "accepted" } else { "refused" }),
            };
        check(&[], Ok(None));
        check(&[(APP_ID, "Iv23liABC"), (APP_KEY, "key")], Ok(Some("Iv23liABC")));
        check(&[(APP_ID, " 12345\n"), (APP_KEY_FILE, "/run/key")], Ok(Some("12345")));
        check(&[(APP_ID, "12345")], Err("has no private key"));
        check(&[(APP_KEY, "key")], Err("has a private key and no id"));
        check(&[(APP_ID, "1\",\"x\":\""), (APP_KEY, "key")], Err("has an id that is none"));
        check(&[(APP_ID, ""), (APP_KEY, "key")], Err("has a private key and no id"));
        let both = environment(&[(APP_ID, "1"), (APP_KEY, "key"), (APP_KEY_FILE, "/x")]);
        assert!(matches!(App::of(&both).unwrap().unwrap().key, AppKey::Variable(_)));
    }

    #[test]
    fn a_command_is_a_list_of_words() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
            assert_eq!(words(text).ok(), expected, "{text}");
        };
        check("gh auth  token", Some(&["gh", "auth", "token"]));
        check("/opt/get-token", Some(&["/opt/get-token"]));
        check(r#" ["op", "read", "op://my vault/$x"]"#, Some(&["op", "read", "op://my vault/$x"]));
        for text in [
            " ",
            "[]",
            "[\"\"]",
            "[1]",
            "[gh auth token]",
            "./token",
            "bin/token",
            "[\"../x\"]",
            "op read 'a b'",
            "cat $HOME/t",
            "a | b",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_token_is_one_word() {
        let check = |given: &[u8], expected: Result<&str, &str>| match (token(FILE, given), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.expose(), expected),
            (Err(TokenError::Malformed { problem, .. }), Err(expected)) => assert_eq!(problem, expected),
            (found, _) => panic!("{given:?} is {}, not {expected:?}", found.map_or("refused", |_| "accepted")),
        };
        check(b"ghs_abc.d-e", Ok("ghs_abc.d-e"));
        check(b"ghs_abc\n", Ok("ghs_abc"));
        check(b"ghs_abc\r\n", Ok("ghs_abc"));
        check(b"", Err("is empty"));
        check(b"\n", Err("is empty"));
        check(b"one\ntwo", Err("has several lines"));
        check(b"one\n\n", Err("has several lines"));
        check(b" one", Err("has a blank in it"));
        check(b"one\0", Err("has a control character in it"));
        check(b"one\ttwo", Err("has a control character in it"));
        check("ümlaut".as_bytes(), Err("has a character in it that is not ASCII"));
        check(b"\xff\xfe", Err("has a character in it that is not ASCII"));
        check(&[b'x'; LARGEST], Ok(&"x".repeat(LARGEST)));
        check(&[b'x'; LARGEST + 1], Err("is longer than 16 KiB"));
    }

    /// Whatever goes wrong, the message names the variable and the hint what to do, and nothing of a value is in it.
    #[test]
    fn errors_say_what_to_do() {
        for error in [
            token(VARIABLE, b"s3cr3t s3cr3t").err().unwrap(),
            words("s3cr3t | s3cr3t").err().unwrap(),
            TokenError::File { path: "/run/token".into(), source: std::io::ErrorKind::NotFound.into() },
            TokenError::Process(ProcessError::NotFound { program: "gh".to_owned() }),
            TokenError::Ended { program: "gh".to_owned(), ended: "exit code 1".to_owned() },
        ] {
            let failure = Failure::from(&error);
            let text = format!("{failure:?}");
            assert!(failure.message.contains("BOWLINE_TOKEN") && !failure.hints.is_empty(), "{text}");
            assert!(!text.contains("s3cr3t"), "{text}");
            assert_eq!(failure.kind.exit_code(false), 12);
        }
    }
}
