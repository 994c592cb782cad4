//! The token of this run's forge, asked for when it is needed.
//!
//! A variable is read as it was at the start. A file is read each time, so a token that is replaced there is used from
//! then on. A command is asked again after five minutes, because it may take long or ask a person; until then its answer
//! is kept. Whatever was obtained is handed to whoever hides secrets before anybody else gets it.

use bowline_port::environment::Environment;
use bowline_port::process::{Command, Output, Process};
use bowline_port::secret::Secret;
use bowline_port::secret::token::{COMMAND, FILE, LARGEST, Source, TokenError, Tokens, token};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Takes a secret out of everything that is written from now on.
pub type Hide = Arc<dyn Fn(Secret) + Send + Sync>;

/// Tokens out of a [`Source`].
pub struct HostTokens {
    source: Option<Source>,
    /// What the command gets.
    environment: Environment,
    process: Arc<dyn Process>,
    hide: Hide,
    /// The command's answer, and since when.
    kept: Mutex<Option<(Instant, Secret)>>,
}

impl HostTokens {
    /// Tokens out of `source`, if there is one. A command runs through `process` and sees `environment`.
    pub fn new(source: Option<Source>, environment: Environment, process: Arc<dyn Process>, hide: Hide) -> Self {
        Self { source, environment, process, hide, kept: Mutex::default() }
    }

    fn of_command(&self, argv: &[String]) -> Result<Secret, TokenError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, secret)) = kept.as_ref().filter(|(since, _)| since.elapsed() < KEPT) {
            return Ok(secret.clone());
        }
        let given = self.run(argv)?;
        self.hide_lines(&given);
        let secret = token(COMMAND, &given)?;
        *kept = Some((Instant::now(), secret.clone()));
        Ok(secret)
    }

    /// Hides what was given, also when it turns out to be no token: it may be one with something beside it.
    fn hide_lines(&self, given: &[u8]) {
        for line in String::from_utf8_lossy(given).lines() {
            (self.hide)(Secret::new(line.trim()));
        }
    }

    fn run(&self, argv: &[String]) -> Result<Vec<u8>, TokenError> {
        let finished = self.process.run(&Command {
            argv: argv.to_vec(),
            // A folder that no stranger has filled.
            dir: PathBuf::from("/"),
            env: self.environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            pass_env: Vec::new(),
            timeout: PATIENCE,
            output: Output::Capture,
            input: Vec::new(),
        });
        let finished = finished.map_err(TokenError::Process)?;
        if finished.success() {
            return Ok(finished.stdout);
        }
        let ended = finished.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        Err(TokenError::Ended { program: argv.first().cloned().unwrap_or_default(), ended })
    }
}

impl Tokens for HostTokens {
    fn variable(&self) -> Option<&'static str> {
        self.source.as_ref().map(Source::variable)
    }

    fn get(&self) -> Result<Option<Secret>, TokenError> {
        let secret = match &self.source {
            None => return Ok(None),
            Some(Source::Variable(name, value)) => token(name, value.expose().as_bytes())?,
            Some(Source::File(path)) => {
                let given = read(path).map_err(|source| TokenError::File { path: path.clone(), source })?;
                self.hide_lines(&given);
                token(FILE, &given)?
            }
            Some(Source::Command(argv)) => self.of_command(argv)?,
        };
        (self.hide)(secret.clone());
        Ok(Some(secret))
    }
}

/// The bytes of an ordinary file, and one more than a token may have: a pipe could keep us waiting for ever.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(3);
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How long the command may take: a person may have to touch a key.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long its answer is kept. Tokens that are made for one job live for an hour or more.
const KEPT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::SystemProcess;
    use std::os::unix::fs::PermissionsExt;

    /// What the source gives, `Ok(token)` or the error's text, and what was hidden.
    fn get(tokens: &HostTokens) -> Result<String, String> {
        match tokens.get() {
            Ok(secret) => Ok(secret.unwrap().expose().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn tokens(source: Source) -> (HostTokens, Arc<Mutex<Vec<String>>>) {
        let pairs = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("WHO", "me-myself")];
        let environment = Environment::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let process = Arc::new(SystemProcess::new(environment.clone(), Arc::new(|_| {})));
        let hidden = Arc::new(Mutex::new(Vec::new()));
        let hide: Hide = Arc::new({
            let hidden = hidden.clone();
            move |secret| hidden.lock().unwrap().push(secret.expose().to_owned())
        });
        (HostTokens::new(Some(source), environment, process, hide), hidden)
    }

    #[test]
    fn a_file_is_read_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let (tokens, hidden) = tokens(Source::File(path.clone()));
        let name = path.display();
        let unreadable = || Err(format!("the token file {name} of BOWLINE_TOKEN_FILE cannot be read"));
        assert_eq!(get(&tokens), unreadable());
        for (content, expected) in [
            ("first-token\n", Ok("first-token".to_owned())),
            ("second-token", Ok("second-token".to_owned())),
            ("", Err("the token of BOWLINE_TOKEN_FILE is empty".to_owned())),
            ("third token\n", Err("the token of BOWLINE_TOKEN_FILE has a blank in it".to_owned())),
            ("one-line\ntwo-line\n", Err("the token of BOWLINE_TOKEN_FILE has several lines".to_owned())),
            (&"x".repeat(1 << 20), Err("the token of BOWLINE_TOKEN_FILE is longer than 16 KiB".to_owned())),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(get(&tokens), expected);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(get(&tokens), unreadable());
        let hidden = hidden.lock().unwrap();
        for value in ["first-token", "second-token", "third token", "one-line", "two-line"] {
            assert!(hidden.iter().any(|known| known == value), "{value} was not hidden");
        }
    }

    #[test]
    fn a_file_that_is_closed_to_us_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "token").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::File::open(&path).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        let error = tokens(Source::File(path)).0.get().err().unwrap();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("ermission"), "{error}");
    }

    #[test]
    fn a_command_is_run_without_a_shell() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let count = count.to_str().unwrap();
        for (script, expected) in [
            ("echo $WHO", Ok("me-myself")),
            ("pwd", Ok("/")),
            ("printf 'tok\\ten'", Err("the token of BOWLINE_TOKEN_COMMAND has a control character in it")),
            (":", Err("the token of BOWLINE_TOKEN_COMMAND is empty")),
            ("echo a-token; echo warning", Err("the token of BOWLINE_TOKEN_COMMAND has several lines")),
            (
                "echo half-a-token; exit 3",
                Err("the program `sh` of BOWLINE_TOKEN_COMMAND gave no token: it ended with exit code 3"),
            ),
            ("kill -9 $$", Err("the program `sh` of BOWLINE_TOKEN_COMMAND gave no token: it ended with a signal")),
        ] {
            let (tokens, hidden) = tokens(Source::Command(["sh", "-c", script].map(str::to_owned).to_vec()));
            assert_eq!(get(&tokens), expected.map(str::to_owned).map_err(str::to_owned), "{script}");
            let hidden = hidden.lock().unwrap();
            assert!(expected.is_err() || hidden.len() > 1, "{script}");
        }
        let (missing, _) = tokens(Source::Command(vec!["no-such-program".to_owned()]));
        assert_eq!(get(&missing), Err("the program of BOWLINE_TOKEN_COMMAND gave no token".to_owned()));
        let script = format!("echo x >>'{count}'; echo a-token");
        let (tokens, _) = tokens(Source::Command(["sh", "-c", &script].map(str::to_owned).to_vec()));
        assert_eq!((get(&tokens), get(&tokens)), (Ok("a-token".to_owned()), Ok("a-token".to_owned())));
        assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n", "its answer is kept for a while");
    }
}
