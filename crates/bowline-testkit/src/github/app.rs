//! An app, its installation, and tokens that run out. Claims are verified by another program, `openssl`.

use super::replies::{json_reply, ok, refusal};
use super::{Asked, State};
use bowline_host::clock::SystemClock;
use bowline_port::clock::Clock;
use bowline_port::http::{Method, Reply, Request};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An app that is installed for the repository. Once there is one, only its tokens are known.
pub struct Installed {
    /// Its client id.
    pub id: String,
    /// Its public key, a file in PEM.
    pub public_key: PathBuf,
    /// What time it is, in Unix seconds; none: now.
    pub now: Option<i64>,
    /// When new tokens run out.
    pub until: String,
    /// What it was granted.
    pub permissions: Value,
    /// What was asked of tokens, in order; the tokens are `ghs_made-0`, `ghs_made-1`, and so on.
    pub asked: Vec<Value>,
    /// Claims that were not accepted, and why.
    pub refused: Vec<String>,
}

impl Installed {
    /// The app `id` with a new key pair in `folder`: `private.pem` and `public.pem`. None where `openssl` is missing.
    pub fn new(id: &str, folder: &Path) -> Option<Self> {
        let (private, public) = (folder.join("private.pem"), folder.join("public.pem"));
        let run = |args: &[&str]| {
            let ran = Command::new("openssl").args(args).current_dir(folder).output();
            ran.is_ok_and(|ran| ran.status.success())
        };
        let made = run(&["genrsa", "-traditional", "-out", "private.pem", "2048"])
            && run(&["rsa", "-in", "private.pem", "-pubout", "-out", "public.pem"]);
        crate::parts::require("openssl", made && private.is_file()).then(|| Self {
            id: id.to_owned(),
            public_key: public,
            now: None,
            until: "2999-01-01T00:00:00Z".to_owned(),
            permissions: json!({ "contents": "write", "metadata": "read", "secrets": "write" }),
            asked: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// Whether `claim` is one that GitHub would accept; else why not.
    fn accepts(&self, claim: &str) -> Result<(), String> {
        let (signed, signature) = claim.rsplit_once('.').ok_or("it has no signature")?;
        let (head, body) = signed.split_once('.').ok_or("it has no parts")?;
        let parse = |part: &str| serde_json::from_slice::<Value>(&decoded(part)?).map_err(|error| error.to_string());
        let (head, body) = (parse(head)?, parse(body)?);
        let now = self.now.unwrap_or_else(|| SystemClock::default().now().unix());
        let time = |name: &str| body[name].as_i64().ok_or(format!("`{name}` is no number"));
        if head["alg"] != "RS256" || body["iss"] != self.id.as_str() {
            return Err(format!("{head} {body}"));
        }
        if time("iat")? > now {
            return Err(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
                    .to_owned(),
            );
        }
        if time("exp")? > now + 600 || time("exp")? <= now {
            return Err("'Expiration time' claim ('exp') is too far in the future".to_owned());
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (signature_file, signed_file) = (folder.path().join("signature"), folder.path().join("signed"));
        std::fs::write(&signature_file, decoded(signature)?).map_err(|error| error.to_string())?;
        std::fs::write(&signed_file, signed).map_err(|error| error.to_string())?;
        let verified = Command::new("openssl")
            .args(["dgst", "-sha256", "-verify"])
            .arg(&self.public_key)
            .arg("-signature")
            .args([&signature_file, &signed_file])
            .output();
        match verified {
            Ok(ran) if ran.status.success() => Ok(()),
            _ => Err("its signature is wrong".to_owned()),
        }
    }
}

impl Installed {
    /// The time of day of the tests that set one, all of which are on that day.
    fn date(&self) -> String {
        let second = self.now.unwrap_or(1_800_000_000) % 86_400;
        format!("Fri, 15 Jan 2027 {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
    }
}

impl State {
    /// What the app itself may ask, as which it proves itself; none when it is something else.
    pub(super) fn app_answer(&mut self, request: &Request, path: &[&str], body: &[u8]) -> Option<Reply> {
        let claim = request.login.as_ref()?.value().strip_prefix("Bearer ")?.to_owned();
        let wanted = match (request.method, path) {
            (Method::Get, ["repos", "acme", "app", "installation"]) => None,
            (Method::Post, ["app", "installations", "7", "access_tokens"]) => Some(serde_json::from_slice(body).ok()?),
            _ => return None,
        };
        let Some(app) = &mut self.app else { return Some(refusal(404, "Integration not found", None)) };
        if let Err(why) = app.accepts(&claim) {
            app.refused.push(why.clone());
            let mut reply = refusal(401, &why, None);
            reply.headers.push(("date".to_owned(), app.date()));
            return Some(reply);
        }
        Some(match wanted {
            None => ok(&json!({ "id": 7, "permissions": app.permissions })),
            Some(wanted) => {
                let token = format!("ghs_made-{}", app.asked.len());
                app.asked.push(wanted);
                json_reply(201, &json!({ "token": token, "expires_at": app.until }))
            }
        })
    }

    /// The refusal of a token that nobody made.
    pub(super) fn unknown_token(&self, asked: &Asked<'_>) -> Option<Reply> {
        let app = self.app.as_ref()?;
        let login = asked.request.login.as_ref()?;
        let is_made = (0..app.asked.len()).any(|at| login.value() == format!("Bearer ghs_made-{at}"));
        (!is_made).then(|| refusal(401, "Bad credentials", None))
    }
}

/// Base64 with the alphabet of addresses (RFC 4648, section 5), read.
fn decoded(text: &str) -> Result<Vec<u8>, String> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return Err(format!("{text} is no base64")),
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    Ok(out)
}
