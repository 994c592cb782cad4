//! The answer, from the connection to whoever asked.

use super::progress::Progress;
use super::words::Trouble;
use bowline_port::http::{Kind, Reply, SMALL, Sink, Take};
use reqwest::Response;

/// Reads the rest of the answer that `response` began.
pub(super) async fn read(mut response: Response, take: Take<'_>, progress: &Progress) -> Result<Reply, Trouble> {
    let status = response.status().as_u16();
    progress.answered(status);
    let headers = headers(&response);
    let is_success = response.status().is_success();
    let mut body = Vec::new();
    match take {
        Take::Stream { into, limit } if is_success => {
            into.begin().map_err(|error| kept(&error))?;
            pour(&mut response, limit, progress, &mut Streamed(into)).await?;
        }
        Take::Stream { .. } | Take::Whole => pour(&mut response, SMALL, progress, &mut body).await?,
    }
    Ok(Reply { status, headers, body })
}

/// Reads at most `limit` bytes of the body into `vessel`.
async fn pour(
    response: &mut Response,
    limit: u64,
    progress: &Progress,
    vessel: &mut dyn Vessel,
) -> Result<(), Trouble> {
    let too_large = || Trouble { kind: Kind::Lasting, what: format!("the answer is larger than {limit} bytes") };
    // Saves the download of what cannot be kept; nothing rests on it.
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut left = limit;
    while let Some(piece) = response.chunk().await.map_err(|error| Trouble::of(&error))? {
        progress.received(piece.len());
        left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
        vessel.add(&piece)?;
    }
    Ok(())
}

/// Where the body goes.
trait Vessel {
    fn add(&mut self, piece: &[u8]) -> Result<(), Trouble>;
}

impl Vessel for Vec<u8> {
    fn add(&mut self, piece: &[u8]) -> Result<(), Trouble> {
        self.extend_from_slice(piece);
        Ok(())
    }
}

struct Streamed<'s>(&'s mut dyn Sink);

impl Vessel for Streamed<'_> {
    fn add(&mut self, piece: &[u8]) -> Result<(), Trouble> {
        self.0.write(piece).map_err(|error| kept(&error))
    }
}

fn kept(error: &std::io::Error) -> Trouble {
    Trouble { kind: Kind::Lasting, what: format!("the answer cannot be kept: {error}") }
}

fn headers(response: &Response) -> Vec<(String, String)> {
    let text = |value: &[u8]| std::str::from_utf8(value).ok().map(str::to_owned);
    let pairs = response.headers().iter();
    pairs.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value.as_bytes())?))).collect()
}
