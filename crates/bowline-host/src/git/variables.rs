//! Which variables a git gets.
//!
//! A call that stays on this machine gets what finds programs, folders and git's own settings. One that goes to a remote
//! also gets what finds the way there, and, when it does not log in with a token of ours, what unlocks remotes for the
//! user's own helpers. Variables that would move the repository (`GIT_DIR`, `GIT_INDEX_FILE`, …), load code or write
//! traces reach none.

use bowline_port::environment::Environment;

/// How far a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// It stays here.
    Local,
    /// To a remote, with a login of ours.
    WithToken,
    /// To a remote, with the user's own logins.
    WithHelpers,
}

/// The variables of `environment` that some git may get.
pub(super) fn kept(environment: &Environment) -> Vec<(String, String)> {
    let pairs = environment.iter().filter(|(name, value)| !value.is_empty() && needs(name).is_some());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Those of `kept` that a call that goes this far gets, and what every git gets, whatever the user's variables say.
pub(super) fn of_call(kept: &[(String, String)], reach: Reach) -> Vec<(String, String)> {
    let given = kept.iter().filter(|(name, _)| needs(name).is_some_and(|needed| needed <= reach)).cloned();
    given.chain(FIXED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
}

/// Adds settings as numbered pairs after those that the user gave the same way: unlike an argument, a pair keeps names
/// with `=` in them intact, and nobody else sees it.
pub(super) fn add_settings(variables: &mut Vec<(String, String)>, settings: Vec<(String, String)>) {
    if settings.is_empty() {
        return;
    }
    let given = variables.iter().find(|(name, _)| name == COUNT).and_then(|(_, count)| count.parse().ok());
    let given: usize = given.unwrap_or(0);
    let count = given + settings.len();
    for (n, (key, value)) in settings.into_iter().enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{}", given + n), key));
        variables.push((format!("GIT_CONFIG_VALUE_{}", given + n), value));
    }
    variables.retain(|(name, _)| name != COUNT);
    variables.push((COUNT.to_owned(), count.to_string()));
}

/// How far a call must go to get the variable `name`; none when no call gets it.
fn needs(name: &str) -> Option<Reach> {
    let among = |names: &[&str], prefixes: &[&str]| {
        names.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    if among(&HERE, &HERE_PREFIXES) {
        Some(Reach::Local)
    } else if among(&WAY, &[]) {
        Some(Reach::WithToken)
    } else if among(&HELPERS, &HELPER_PREFIXES) {
        Some(Reach::WithHelpers)
    } else {
        None
    }
}

/// What every git gets.
const FIXED: [(&str, &str); 8] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GCM_INTERACTIVE", "never"),
    // A question on the terminal would stop a child of another process group for ever.
    ("SSH_ASKPASS_REQUIRE", "force"),
    // The system's and the user's settings can ask for traces too, with arguments and variables in them.
    ("GIT_TRACE2", "0"),
    ("GIT_TRACE2_EVENT", "0"),
    ("GIT_TRACE2_PERF", "0"),
];

/// Programs, folders, and git's own settings.
const HERE: [&str; 11] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_EXEC_PATH",
    "SUDO_UID",
];
const HERE_PREFIXES: [&str; 3] = ["XDG_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"];

/// The way to a remote: SSH, TLS, proxies.
const WAY: [&str; 27] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_PROXY_COMMAND",
    "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL",
    "GIT_HTTP_USER_AGENT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_VERSION",
    "GIT_HTTP_LOW_SPEED_LIMIT",
    "GIT_HTTP_LOW_SPEED_TIME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// What unlocks remotes for helpers of the user, and what a token of ours must not be sent with.
const HELPERS: [&str; 13] = [
    "GIT_ASKPASS",
    "GIT_SSL_NO_VERIFY",
    "KRB5CCNAME",
    "KRB5_CONFIG",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "GH_TOKEN",
    "GH_HOST",
    "GH_CONFIG_DIR",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "GITLAB_HOST",
];
/// The credential helpers of Git Credential Manager and of AWS CodeCommit.
const HELPER_PREFIXES: [&str; 2] = ["GCM_", "AWS_"];

const COUNT: &str = "GIT_CONFIG_COUNT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_gets_what_it_needs() {
        let check = |name: &str, expected: Option<Reach>| assert_eq!(needs(name), expected, "{name}");
        for name in ["PATH", "XDG_CONFIG_HOME", "GIT_CONFIG_KEY_0", "GIT_CONFIG_COUNT"] {
            check(name, Some(Reach::Local));
        }
        for name in ["GIT_SSH_COMMAND", "SSH_AUTH_SOCK", "HTTPS_PROXY", "SSL_CERT_FILE"] {
            check(name, Some(Reach::WithToken));
        }
        for name in ["GIT_ASKPASS", "GH_TOKEN", "AWS_SECRET_ACCESS_KEY", "GIT_SSL_NO_VERIFY"] {
            check(name, Some(Reach::WithHelpers));
        }
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_NAMESPACE",
            "GIT_TRACE",
            "GIT_TRACE_CURL",
            "GIT_TRACE2_EVENT",
            "GIT_CURL_VERBOSE",
            "GIT_CONFIG_PARAMETERS",
            "GIT_CONFIG",
            "GIT_EXTERNAL_DIFF",
            "GIT_PAGER",
            "GIT_EDITOR",
            "GIT_AUTHOR_NAME",
            "GIT_COMMITTER_DATE",
            "GIT_TEMPLATE_DIR",
            "GIT_REPLACE_REF_BASE",
            "GIT_SHALLOW_FILE",
            "LD_PRELOAD",
            "BOWLINE_TOKEN",
            "BOWLINE_TOKEN_FILE",
            "BOWLINE_ASKPASS_TOKEN",
            "NPM_TOKEN",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn settings_come_after_those_of_the_user() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut variables = vec![pair("GIT_CONFIG_COUNT", "1"), pair("GIT_CONFIG_KEY_0", "a.b")];
        add_settings(&mut variables, vec![pair("http.https://h/x=y.extraheader", "")]);
        assert_eq!(
            variables,
            [
                pair("GIT_CONFIG_KEY_0", "a.b"),
                pair("GIT_CONFIG_KEY_1", "http.https://h/x=y.extraheader"),
                pair("GIT_CONFIG_VALUE_1", ""),
                pair("GIT_CONFIG_COUNT", "2"),
            ]
        );
        let mut none = Vec::new();
        add_settings(&mut none, Vec::new());
        assert!(none.is_empty());
    }
}
