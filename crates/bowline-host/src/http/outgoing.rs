//! The body of a request, on its way from a file to the connection.
//!
//! Reading a file can block, so a thread of its own reads, a few pieces ahead of the network. The body knows how many
//! bytes it promised: one that turns out shorter or longer ends the request before its last byte, so that nobody takes
//! the wrong bytes for the whole.

use super::progress::{Next, Progress};
use bowline_port::http::Source;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What the connection asks for bytes.
pub(super) struct Outgoing {
    pieces: Pieces,
    left: u64,
    progress: Arc<Progress>,
}

enum Pieces {
    /// At hand.
    Known(Bytes),
    /// Read as they are needed.
    Read(Receiver<io::Result<Bytes>>),
}

/// An open source.
pub(super) struct Opened {
    reader: Box<dyn Read + Send>,
    length: u64,
}

/// Opens `source`; it blocks.
pub(super) fn open(source: &dyn Source) -> io::Result<Opened> {
    let (mut reader, length) = (source.open()?, source.len());
    if length == 0 {
        no_more(&mut *reader)?;
    }
    Ok(Opened { reader, length })
}

impl Outgoing {
    /// Of bytes at hand.
    pub(super) fn known(bytes: Bytes, progress: Arc<Progress>) -> Self {
        Self { left: bytes.len() as u64, pieces: Pieces::Known(bytes), progress }
    }

    /// Of a source, which is read by a thread of the runtime that this is called on.
    pub(super) fn read(opened: Opened, progress: Arc<Progress>) -> Self {
        let left = opened.length;
        let (sender, receiver) = channel(AHEAD);
        if left > 0 {
            tokio::task::spawn_blocking(move || pump(opened, &sender));
        }
        Self { pieces: Pieces::Read(receiver), left, progress }
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let piece = match &mut self.pieces {
            _ if self.left == 0 => None,
            Pieces::Known(bytes) => Some(Ok(std::mem::take(bytes))),
            Pieces::Read(receiver) => {
                Some(ready!(receiver.poll_recv(context)).unwrap_or_else(|| Err(io::Error::other("reading it ended"))))
            }
        };
        Poll::Ready(piece)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.progress.next(context) {
            Next::Rest => return Poll::Pending,
            Next::End => return Poll::Ready(Some(Err(io::Error::other("nobody waits for the answer")))),
            Next::Send => {}
        }
        match ready!(self.poll_piece(context)) {
            Some(Ok(bytes)) => {
                self.left -= bytes.len() as u64;
                self.progress.sent(bytes.len());
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Err(error)) => {
                self.progress.failed(error.to_string());
                Poll::Ready(Some(Err(error)))
            }
            None => Poll::Ready(None),
        }
    }

    /// The client asks this when a connection takes the request, and never before: it is how we know that one did.
    fn is_end_stream(&self) -> bool {
        self.progress.taken();
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Reads until the end, or until nobody asks for more.
fn pump(opened: Opened, sender: &Sender<io::Result<Bytes>>) {
    let Opened { mut reader, length } = opened;
    let mut left = length;
    while left > 0 {
        let piece = piece(&mut *reader, left);
        left -= piece.as_ref().map_or(left, |piece| piece.len() as u64);
        if sender.blocking_send(piece).is_err() {
            return;
        }
    }
}

/// The next piece when `left` bytes are missing.
fn piece(reader: &mut dyn Read, left: u64) -> io::Result<Bytes> {
    let size = left.min(PIECE);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    reader.take(size).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size {
        return Err(io::Error::other(format!("it became shorter: {} bytes are missing", left - bytes.len() as u64)));
    }
    if size == left {
        no_more(reader)?;
    }
    Ok(bytes.into())
}

fn no_more(reader: &mut dyn Read) -> io::Result<()> {
    match reader.take(1).read_to_end(&mut Vec::new())? {
        0 => Ok(()),
        _ => Err(io::Error::other("it became longer")),
    }
}

/// Bytes that are read at once.
const PIECE: u64 = 256 << 10;
/// Pieces that wait for the connection.
const AHEAD: usize = 2;
