//! What git's settings say about the way to a remote, as git itself reads them.
//!
//! Which files hold settings is for git to say (conditional includes depend on the branch, the folder and the remotes), so
//! the program is asked once and everything that matters comes in one answer.

use super::program::{Call, Program, failed};
use bowline_port::git::GitError;
use bowline_port::secret::is_login;

/// Settings about addresses and HTTP, in the order in which git reads them. Later ones win.
pub(super) struct WaySettings(Vec<(String, String)>);

/// Which way the objects go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Fetch,
    Push,
}

impl WaySettings {
    /// Asks git.
    pub(super) fn read(program: &Program) -> Result<Self, GitError> {
        let call = Call::new(["config", "--null", "--get-regexp", WANTED]);
        let finished = program.run(call).map_err(|source| GitError::Start { command: "config".to_owned(), source })?;
        match finished.code {
            Some(0) => Ok(Self::parse(&String::from_utf8_lossy(&finished.stdout))),
            // There is none.
            Some(1) => Ok(Self(Vec::new())),
            _ => Err(failed("config".to_owned(), &finished)),
        }
    }

    /// Each setting ends with a null byte; the key is on its first line, in lower case except for its middle part.
    fn parse(listing: &str) -> Self {
        let settings = listing.split('\0').filter(|entry| !entry.is_empty());
        Self(
            settings
                .map(|entry| entry.split_once('\n').unwrap_or((entry, "")))
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        )
    }

    /// The addresses that a call to `remote` (a name or an address) goes to: each as it is given, and as git rewrites it.
    /// Logins in them are kept.
    pub(super) fn addresses(&self, remote: &str, direction: Direction) -> Vec<(String, String)> {
        let of = |name: &str| -> Vec<&str> {
            let key = format!("remote.{remote}.{name}");
            self.0.iter().filter(|(known, _)| *known == key).map(|(_, value)| value.as_str()).collect()
        };
        let (urls, push_urls) = (of("url"), of("pushurl"));
        let urls = if urls.is_empty() { vec![remote] } else { urls };
        let rules: &[&str] = match direction {
            Direction::Push if push_urls.is_empty() => &["pushinsteadof", "insteadof"],
            _ => &["insteadof"],
        };
        let used = match direction {
            Direction::Fetch => urls.get(..1).unwrap_or_default(),
            Direction::Push if push_urls.is_empty() => &urls,
            Direction::Push => &push_urls,
        };
        let rewritten = |url: &&str| rules.iter().find_map(|rule| self.rewritten(url, rule));
        used.iter().map(|url| ((*url).to_owned(), rewritten(url).unwrap_or_else(|| (*url).to_owned()))).collect()
    }

    /// `url` with the longest prefix replaced that `rule` names, if it names one.
    fn rewritten(&self, url: &str, rule: &str) -> Option<String> {
        let bases = self.0.iter().filter_map(|(key, prefix)| {
            let base = key.strip_prefix("url.")?.strip_suffix(rule)?.strip_suffix('.')?;
            Some((prefix, base, url.strip_prefix(prefix.as_str())?))
        });
        bases.max_by_key(|(prefix, ..)| prefix.len()).map(|(_, base, rest)| format!("{base}{rest}"))
    }

    /// What must be set so that a login of ours goes to the right server and alone. Git takes the most specific key that
    /// fits the address, so each key that is there is set again itself.
    ///
    /// A header with a login, as checkout actions leave behind, would beat ours or come beside it (servers answer two
    /// logins with 400); other headers stay, because a gateway may want them. Certificates are checked, and a redirect is
    /// followed in the first request only, where git sees it.
    pub(super) fn guards(&self) -> Vec<(String, String)> {
        let mut guards: Vec<(String, String)> = Vec::new();
        let mut headers: Vec<(String, String)> = Vec::new();
        for (key, value) in self.0.iter().filter(|(key, _)| key.starts_with("http.")) {
            let fixed = match key.rsplit('.').next() {
                Some("extraheader") => "",
                Some("sslverify") => "true",
                Some("followredirects") => "initial",
                _ => continue,
            };
            guards.push((key.clone(), fixed.to_owned()));
            match value.as_str() {
                _ if !fixed.is_empty() => {}
                // That is how the user's settings forget earlier ones.
                "" => headers.clear(),
                header if !is_login(header) => headers.push((key.clone(), header.to_owned())),
                _ => {}
            }
        }
        guards.sort();
        guards.dedup();
        guards.extend(headers);
        guards
    }
}

/// Keys of [`WaySettings`], as an extended regular expression.
const WANTED: &str = r"^(http\.(.*\.)?(extraheader|sslverify|followredirects)|remote\..*\.(url|pushurl)|url\..*\.(insteadof|pushinsteadof))$";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> WaySettings {
        WaySettings::parse(&pairs.iter().map(|(key, value)| format!("{key}\n{value}\0")).collect::<String>())
    }

    #[test]
    fn addresses_are_rewritten_as_git_does() {
        let check = |pairs: &[(&str, &str)], fetched: &[&str], pushed: &[&str]| {
            for (direction, expected) in [(Direction::Fetch, fetched), (Direction::Push, pushed)] {
                let found = settings(pairs).addresses("origin", direction);
                let found: Vec<&str> = found.iter().map(|(_, address)| address.as_str()).collect();
                assert_eq!(found, expected, "{pairs:?} {direction:?}");
            }
        };
        let (url, push_url) = (("remote.origin.url", "gh:o/r"), ("remote.origin.pushurl", "gh:push/r"));
        let (short, other) =
            (("url.https://github.com/.insteadof", "gh:"), ("url.https://other.example/.insteadof", "gh:o/"));
        let pushed = ("url.git@github.com:.pushinsteadof", "gh:");
        check(&[], &["origin"], &["origin"]);
        check(&[url], &["gh:o/r"], &["gh:o/r"]);
        check(&[url, short], &["https://github.com/o/r"], &["https://github.com/o/r"]);
        check(&[url, other, short], &["https://other.example/r"], &["https://other.example/r"]);
        check(&[url, short, pushed], &["https://github.com/o/r"], &["git@github.com:o/r"]);
        check(&[url, push_url, short, pushed], &["https://github.com/o/r"], &["https://github.com/push/r"]);
        let two = ("remote.origin.url", "https://second.example/r");
        check(&[url, two, short], &["https://github.com/o/r"], &["https://github.com/o/r", "https://second.example/r"]);
        let address = settings(&[short]).addresses("gh:o/r", Direction::Push);
        assert_eq!(address, [("gh:o/r".to_owned(), "https://github.com/o/r".to_owned())]);
    }

    #[test]
    fn every_key_that_is_there_is_set_again() {
        let check = |pairs: &[(&str, &str)], expected: &[(&str, &str)]| {
            let guards = settings(pairs).guards();
            let found: Vec<(&str, &str)> = guards.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{pairs:?}");
        };
        let login = "AUTHORIZATION: basic eDp5";
        check(&[("remote.origin.url", "x")], &[]);
        check(
            &[
                ("http.https://github.com/.extraheader", "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46eA=="),
                ("http.extraheader", "X-Gateway: 1"),
            ],
            &[
                ("http.extraheader", ""),
                ("http.https://github.com/.extraheader", ""),
                ("http.extraheader", "X-Gateway: 1"),
            ],
        );
        check(
            &[("http.extraheader", "X-A: 1"), ("http.extraheader", ""), ("http.extraheader", "X-B: 1")],
            &[("http.extraheader", ""), ("http.extraheader", "X-B: 1")],
        );
        check(
            &[("http.sslverify", "false"), ("http.https://h/a=b.sslverify", "false"), ("http.followredirects", "true")],
            &[
                ("http.followredirects", "initial"),
                ("http.https://h/a=b.sslverify", "true"),
                ("http.sslverify", "true"),
            ],
        );
        check(&[("http.extraheader", login)], &[("http.extraheader", "")]);
    }
}
