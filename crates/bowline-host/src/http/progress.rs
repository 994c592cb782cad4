//! How far one request is.
//!
//! Whoever moves its bytes tells it here; whoever watches over it, and whoever has to say how it ended, reads it.

use bowline_port::http::Phase;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Instant;

/// Shared between the request's body, which belongs to the connection, and whoever waits for the answer.
pub(super) struct Progress(Mutex<Inner>);

struct Inner {
    state: State,
    /// What went wrong with the body on this machine.
    fault: Option<String>,
    /// Nobody waits for the answer any more.
    is_over: bool,
    /// The connection, which waits to be told so.
    connection: Option<Waker>,
}

/// What is known at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Bytes of the body that were handed to the connection, then bytes of the answer's body.
    pub(super) moved: u64,
    /// Bytes of the request's body.
    pub(super) length: u64,
    /// When a byte was moved, or the phase changed.
    pub(super) changed: Instant,
}

/// What a body is to do next.
pub(super) enum Next {
    Send,
    /// The answer is there already, and reading it must not be disturbed.
    Rest,
    End,
}

impl Progress {
    /// Of a request with a body of `length` bytes, of which nothing is sent.
    pub(super) fn new(length: u64) -> Self {
        let state = State { phase: Phase::Before, moved: 0, length, changed: Instant::now() };
        Self(Mutex::new(Inner { state, fault: None, is_over: false, connection: None }))
    }

    pub(super) fn state(&self) -> State {
        self.lock().state
    }

    pub(super) fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    /// From here on, the network is used.
    pub(super) fn connecting(&self) {
        self.lock().enter(Phase::Connecting);
    }

    /// A connection takes the request and begins to send it.
    pub(super) fn taken(&self) {
        let mut inner = self.lock();
        if inner.state.phase == Phase::Connecting {
            let phase = if inner.state.length == 0 { Phase::Waiting } else { Phase::Sending };
            inner.enter(phase);
        }
    }

    /// The connection took so many bytes of the body.
    pub(super) fn sent(&self, bytes: usize) {
        let mut inner = self.lock();
        if inner.state.phase == Phase::Sending {
            inner.move_bytes(bytes);
            if inner.state.moved == inner.state.length {
                inner.enter(Phase::Waiting);
            }
        }
    }

    /// The body cannot be read.
    pub(super) fn failed(&self, fault: String) {
        self.lock().fault.get_or_insert(fault);
    }

    /// The head of the answer is there.
    pub(super) fn answered(&self, status: u16) {
        let mut inner = self.lock();
        inner.enter(Phase::Receiving(status));
        inner.state.moved = 0;
    }

    /// So many bytes of the answer's body arrived.
    pub(super) fn received(&self, bytes: usize) {
        self.lock().move_bytes(bytes);
    }

    /// What the body is to do; the connection is woken when that changes.
    pub(super) fn next(&self, context: &Context<'_>) -> Next {
        let mut inner = self.lock();
        match inner.state.phase {
            _ if inner.is_over => Next::End,
            Phase::Receiving(_) => {
                inner.connection = Some(context.waker().clone());
                Next::Rest
            }
            _ => Next::Send,
        }
    }

    /// Nobody waits any more: a body that is still being sent ends, and its connection with it.
    pub(super) fn end(&self) {
        let mut inner = self.lock();
        inner.is_over = true;
        let waker = inner.connection.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn enter(&mut self, phase: Phase) {
        self.state.phase = phase;
        self.state.changed = Instant::now();
    }

    fn move_bytes(&mut self, bytes: usize) {
        self.state.moved += bytes as u64;
        self.state.changed = Instant::now();
    }
}
