//! How this process leaves the machine by HTTP: the one place where a client is made.
//!
//! Whatever client is made here trusts the authorities of this machine and those of `SSL_CERT_FILE`, passes through the
//! proxy of `HTTPS_PROXY` or `ALL_PROXY` but to the hosts of `NO_PROXY`, follows no redirect, and sends nothing twice but
//! a request that never left, because its connection had died while nobody used it. Nothing else that a variable or a
//! caller says changes that; above all there is no way to trust everybody.

use super::words::deepest;
use bowline_port::environment::Environment;
use reqwest::{Certificate, NoProxy, Proxy, Url, redirect, retry};
use std::io;
use std::time::Duration;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A variable has a value that cannot be used; it is not quoted, as it may hold a password.
    #[error("{name} cannot be used: {problem}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The client refuses its settings.
    #[error("there is no HTTP client: {0}")]
    Client(String),
    /// The machine has no room for one more waiter.
    #[error("cannot wait for the network")]
    Runtime(#[source] io::Error),
}

/// The way out, as the environment describes it.
pub(crate) struct Way {
    proxy: Option<(&'static str, Proxy)>,
    authorities: Vec<Certificate>,
}

impl Way {
    /// Proxy and certificates as `environment` says.
    pub(crate) fn new(environment: &Environment) -> Result<Self, SetupError> {
        let set = PROXIES.into_iter().find_map(|name| Some((name, environment.get(name)?)));
        let proxy = match set {
            Some((name, address)) => {
                let exceptions = environment.get("NO_PROXY").or_else(|| environment.get("no_proxy"));
                Some((name, proxy(name, address)?.no_proxy(exceptions.and_then(NoProxy::from_string))))
            }
            None => None,
        };
        let authorities = environment.get("SSL_CERT_FILE").map(authorities).transpose()?.unwrap_or_default();
        Ok(Self { proxy, authorities })
    }

    /// The variable that names a proxy, when one does.
    pub(crate) fn proxy_variable(&self) -> Option<&'static str> {
        self.proxy.as_ref().map(|(name, _)| *name)
    }

    /// A client that waits so long for a connection: name, proxy and TLS together.
    pub(crate) fn client(&self, connect: Duration) -> Result<reqwest::Client, SetupError> {
        let builder = || {
            let builder = reqwest::Client::builder()
                .user_agent(concat!("bowline/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .connect_timeout(connect)
                .pool_idle_timeout(IDLE)
                .http1_only()
                // The client would read the process environment by itself.
                .no_proxy();
            match &self.proxy {
                Some((_, proxy)) => builder.proxy(proxy.clone()),
                None => builder,
            }
        };
        let client = builder().tls_certs_merge(self.authorities.iter().cloned()).build();
        // A machine without any authority trusts nobody, and can still speak to itself.
        let client = client.or_else(|_| builder().tls_certs_only(self.authorities.iter().cloned()).build());
        client.map_err(|error| SetupError::Client(deepest(&error)))
    }
}

/// The proxy at `address`, which stands in the variable `name`, for everything encrypted; nothing else goes far.
fn proxy(name: &'static str, address: &str) -> Result<Proxy, SetupError> {
    let problem = |problem: &str| SetupError::Setting { name, problem: problem.to_owned() };
    // As curl reads it, and so git.
    let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let url = Url::parse(&address).map_err(|_| problem("it is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(problem("only proxies at http:// and https:// are spoken to"));
    }
    Proxy::https(url).map_err(|_| problem("it is no URL"))
}

/// The authorities in the file at `path`.
fn authorities(path: &str) -> Result<Vec<Certificate>, SetupError> {
    let problem = |problem: String| SetupError::Setting { name: "SSL_CERT_FILE", problem };
    let pem = std::fs::read(path).map_err(|error| problem(format!("{path} cannot be read: {error}")))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(problem(format!("{path} holds no certificate"))),
        Err(error) => Err(problem(format!("{path} holds no certificates: {}", deepest(&error)))),
    }
}

/// Where a proxy may be named; the first that is set counts. Plain `http` stays on this machine, so no `HTTP_PROXY`.
pub(crate) const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Servers close connections that nobody uses, some after five seconds. A request that meets such an end may or may not
/// have arrived, so a connection is given up long before.
const IDLE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)], expected: Result<Option<&str>, &str>) {
        let pairs = pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let made = Way::new(&Environment::from_pairs(pairs));
        let found = made.as_ref().map(Way::proxy_variable).map_err(ToString::to_string);
        assert_eq!(found.as_ref().map(|name| *name).map_err(String::as_str), expected);
        if let Ok(way) = made {
            way.client(Duration::from_secs(1)).unwrap();
        }
    }

    #[test]
    fn variables_are_read_or_refused() {
        check(&[], Ok(None));
        check(&[("HTTPS_PROXY", ""), ("https_proxy", "http://proxy:3128")], Ok(Some("https_proxy")));
        check(&[("ALL_PROXY", "proxy:3128"), ("NO_PROXY", "*")], Ok(Some("ALL_PROXY")));
        check(&[("HTTPS_PROXY", "https://me:p%40ss@proxy"), ("ALL_PROXY", "socks5://x")], Ok(Some("HTTPS_PROXY")));
        check(&[("HTTP_PROXY", "socks5://x"), ("http_proxy", "?")], Ok(None));
        let spoken = "only proxies at http:// and https:// are spoken to";
        check(&[("all_proxy", "socks5h://me:s3cret@proxy")], Err(&format!("all_proxy cannot be used: {spoken}")));
        check(&[("HTTPS_PROXY", "http://me:s3cret@/")], Err("HTTPS_PROXY cannot be used: it is no URL"));
        let absent =
            "SSL_CERT_FILE cannot be used: /nonexistent/ca.pem cannot be read: No such file or directory (os error 2)";
        check(&[("SSL_CERT_FILE", "/nonexistent/ca.pem")], Err(absent));
        check(&[("SSL_CERT_FILE", "/dev/null")], Err("SSL_CERT_FILE cannot be used: /dev/null holds no certificate"));
    }
}
