//! Only who can be trusted is spoken to, and a proxy's password goes to the proxy alone.

use crate::support::{broke, request, send};
use bowline_host::http::{HttpExchange, Patience};
use bowline_port::environment::Environment;
use bowline_port::http::{Broken, Kind, Login, Method, Phase, Reply};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::http_double::{Answer, HttpDouble};
use bowline_testkit::tls::TlsServers;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Asks `url` with these variables set.
fn ask(variables: &[(&str, &str)], url: &str) -> Result<Reply, Broken> {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::from_pairs(variables);
    let exchange = HttpExchange::new(&environment, Patience::default(), Stop::default()).unwrap();
    send(&exchange, &request(Method::Get, url).login(Login::bearer(&Secret::new("token-of-the-writer"))))
}

#[test]
fn only_a_known_authority_is_trusted() {
    let Some(servers) = TlsServers::start() else { return };
    let authority = servers.authority();
    let trusting = [("SSL_CERT_FILE", authority.as_str())];
    let url = |host: &str, port: u16| format!("https://{host}:{port}/x");
    let good = servers.good;
    assert_eq!(ask(&trusting, &url("localhost", good)).unwrap().status, 403);
    assert_eq!(servers.heard().matches("token-of-the-writer").count(), 1);
    for (variables, url, part) in [
        (
            &[][..],
            url("localhost", good),
            "localhost: nobody that this machine trusts".replace("localhost", &format!("localhost:{good}")),
        ),
        (&trusting, url("127.0.0.1", good), "its certificate is for another host".to_owned()),
        (&trusting, url("localhost", servers.expired), "its certificate has expired".to_owned()),
        (&trusting, url("localhost", servers.elsewhere), "its certificate is for another host".to_owned()),
    ] {
        broke(ask(variables, &url), Phase::Connecting, Kind::Lasting, &part);
    }
    // No switch turns that off.
    for name in ["NODE_TLS_REJECT_UNAUTHORIZED", "GIT_SSL_NO_VERIFY", "PYTHONHTTPSVERIFY"] {
        let result = ask(&[(name, if name.starts_with("GIT") { "1" } else { "0" })], &url("localhost", good));
        broke(result, Phase::Connecting, Kind::Lasting, "nobody that this machine trusts");
    }
    assert_eq!(servers.heard().matches("token-of-the-writer").count(), 1, "a token went to somebody untrusted");
}

#[test]
fn who_speaks_no_tls_gets_nothing() {
    let double = HttpDouble::serving(|_| Answer::new(200));
    let result = ask(&[], &double.url("/x").replace("http:", "https:"));
    broke(result, Phase::Connecting, Kind::Passing, "127.0.0.1");
    assert!(double.heard().iter().all(|heard| !format!("{heard:?}").contains("token")));
}

#[test]
fn a_proxy_gets_its_password_and_nobody_else() {
    let Some(servers) = TlsServers::start() else { return };
    let authority = servers.authority();
    let proxy = Proxy::start("me:pass word!");
    let url = format!("https://localhost:{}/x", servers.good);
    let through = |login: &str| format!("http://{login}@{}", proxy.host);
    let trusting = ("SSL_CERT_FILE", authority.as_str());
    let right = through("me:pass%20word!");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let before = proxy.heard().len();
        assert_eq!(ask(&[trusting, (name, &right)], &url).unwrap().status, 403, "{name}");
        let heard = proxy.heard();
        assert_eq!(heard.len(), before + 1, "{name} was not used");
        assert!(heard[before].contains("Basic bWU6cGFzcyB3b3JkIQ=="), "{}", heard[before]);
        assert!(!heard[before].contains("token-of-the-writer"), "the token went to the proxy");
    }
    assert!(!servers.heard().to_lowercase().contains("proxy-authorization"), "{}", servers.heard());

    // Around it.
    let before = proxy.heard().len();
    for exception in ["localhost", "*", "example.com,localhost"] {
        assert_eq!(ask(&[trusting, ("HTTPS_PROXY", &right), ("NO_PROXY", exception)], &url).unwrap().status, 403);
    }
    assert_eq!(proxy.heard().len(), before);
    // Plain http stays on this machine.
    let double = HttpDouble::serving(|_| Answer::new(200));
    assert_eq!(ask(&[("HTTPS_PROXY", &right), ("HTTP_PROXY", &right)], &double.url("/x")).unwrap().status, 200);
    assert_eq!(proxy.heard().len(), before);

    // Failures tell which variable to look at, and no password.
    let wrong = through("me:wr0ng-password");
    let result = ask(&[trusting, ("HTTPS_PROXY", &wrong)], &url);
    assert!(!format!("{result:?}").contains("wr0ng"), "{result:?}");
    broke(
        result,
        Phase::Connecting,
        Kind::Lasting,
        "the proxy asks for a login, or refuses the given one (HTTPS_PROXY is set)",
    );
    let gone = format!("http://me:wr0ng-password@{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let result = ask(&[trusting, ("HTTPS_PROXY", &gone)], &url);
    assert!(!format!("{result:?}").contains("wr0ng"), "{result:?}");
    broke(result, Phase::Connecting, Kind::Passing, "connection refused (HTTPS_PROXY is set)");
}

/// A proxy that tunnels for whoever knows its password, until the test ends.
struct Proxy {
    host: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(login: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        std::thread::spawn({
            let heard = heard.clone();
            move || {
                for client in listener.incoming().flatten() {
                    let heard = heard.clone();
                    std::thread::spawn(move || tunnel(&client, login, &heard));
                }
            }
        });
        Self { host, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// One connection: `CONNECT host:port`, then bytes in both directions.
fn tunnel(client: &TcpStream, login: &str, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(client);
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    heard.lock().unwrap().push(head.clone());
    let mut client = client;
    let expected = format!("basic {}", base64(login));
    let is_known = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .any(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value.eq_ignore_ascii_case(&expected));
    if !is_known {
        return client.write_all(b"HTTP/1.1 407 No\r\nproxy-authenticate: basic\r\n\r\n").ok();
    }
    let server = TcpStream::connect(head.split(' ').nth(1)?).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut up, mut down) = (client.try_clone().ok()?, server.try_clone().ok()?);
    let there = std::thread::spawn(move || {
        let _ = std::io::copy(&mut up, &mut down);
        let _ = down.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut &server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    there.join().ok()
}

fn base64(login: &str) -> &'static str {
    assert_eq!(login, "me:pass word!");
    "bWU6cGFzcyB3b3JkIQ=="
}
