//! Downloading an asset as readers get it.
//!
//! Where everybody may read, nobody logs in: what arrives then is what arrives at everybody. Where readers must log in, for
//! a private repository and on a server of one's own, which may answer strangers with a page to log in at, the file comes
//! from the API.

use super::client::{call, not_done, refused};
use super::words::{AssetWords, complaint};
use super::{GithubForge, LIMITS};
use bowline_model::text::one_line;
use bowline_port::forge::{Asset, ForgeError, Release};
use bowline_port::http::{Address, Method, Reply, Request, Sink};
use std::io::{self, Write};

impl GithubForge {
    pub(super) fn download_asset(&self, release: &Release, name: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        let missing = || ForgeError::Missing { what: format!("asset {} of {}", one_line(name, 80), release.tag) };
        let action = format!("download {}", one_line(name, 80));
        let known = release.asset(name).ok_or_else(missing)?;
        let request = if release.draft || self.readers_log_in || self.repository()?.private {
            self.asked_of_api(release, name)?.ok_or_else(missing)?
        } else {
            let address = Address::parse(&known.url).map_err(|error| not_done(&action, error.into()))?;
            Request::get(address)
        };
        let request = request.header("accept", OCTETS);
        let mut sink = Resumed { to, written: 0, skip: 0 };
        let reply = self.client.caller.download(&request, &mut sink, LIMITS.asset_size).map_err(call(&action))?;
        match reply.status {
            200..=299 => whole(&reply, sink.written, known).map_err(|why| not_done(&action, why.into())),
            404 => Err(missing()),
            // A stranger that is refused has no token that could be wrong.
            _ if request.login.is_none() => Err(not_done(&action, complaint(&reply).into())),
            _ => Err(refused(&action, &reply)),
        }
    }

    /// Asks the API for the bytes themselves; none when the release does not have such an asset.
    fn asked_of_api(&self, release: &Release, name: &str) -> Result<Option<Request>, ForgeError> {
        let Ok(id) = release.id.parse() else { return Ok(None) };
        let of_name = |assets: &[AssetWords]| assets.iter().find(|words| words.name == name).map(|words| words.id);
        let known = self.seen.known(id).and_then(|words| of_name(&words.assets));
        let Some(asset) = known.map_or_else(|| Ok(of_name(&self.assets(id)?)), |id| Ok(Some(id)))? else {
            return Ok(None);
        };
        let mut request = self.client.request(Method::Get, &["releases", "assets", &asset.to_string()])?;
        request.headers.retain(|(name, _)| *name != "accept");
        Ok(Some(request))
    }
}

/// Whether what arrived can be the asset. Its bytes are compared by whoever asked for them.
fn whole(reply: &Reply, arrived: u64, known: &Asset) -> Result<u64, String> {
    if arrived == known.size {
        return Ok(arrived);
    }
    let is_page = reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let what = if is_page { "a web page" } else { "something else" };
    Err(format!("{what} of {arrived} bytes arrived, and GitHub says that the asset has {}", known.size))
}

/// Goes on where the last attempt broke off: the bytes of an asset do not change.
struct Resumed<'w> {
    to: &'w mut dyn Write,
    written: u64,
    skip: u64,
}

impl Sink for Resumed<'_> {
    fn begin(&mut self) -> io::Result<()> {
        self.skip = self.written;
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let known = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= known as u64;
        let new = bytes.get(known..).unwrap_or_default();
        self.to.write_all(new)?;
        self.written += new.len() as u64;
        Ok(())
    }
}

const OCTETS: &str = "application/octet-stream";
