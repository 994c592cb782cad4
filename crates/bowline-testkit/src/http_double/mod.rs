//! An HTTP server on the loopback that does what a test tells it, wrong things above all.
//!
//! [`HttpDouble::on`] says what becomes of the next requests of one method and path ([`Act`]): how much of the request
//! is heard, how long nothing happens, and what is said. Requests without an act get the answer of the function that it
//! was started with, so a fake of a whole service can stand behind it, and still be cut off anywhere. What came in is on
//! record with its time ([`Heard`]). It stops when it is dropped, and whatever it does is bounded.

mod script;
mod wire;

pub use script::{Act, Answer, Hear, Say};
pub use wire::Heard;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wire::{Connection, Head};

/// A running server.
pub struct HttpDouble {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    start: Instant,
    acts: Mutex<BTreeMap<(String, String), VecDeque<Act>>>,
    otherwise: Box<dyn Fn(&Heard) -> Answer + Send + Sync>,
    heard: Mutex<Vec<Heard>>,
    open: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
}

impl HttpDouble {
    /// Starts one that answers 404 to whatever has no act.
    pub fn start() -> Self {
        Self::serving(|_| Answer::new(404))
    }

    /// Starts one that answers by `otherwise` to whatever has no act.
    pub fn serving(otherwise: impl Fn(&Heard) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            start: Instant::now(),
            acts: Mutex::default(),
            otherwise: Box::new(otherwise),
            heard: Mutex::default(),
            open: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = std::thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Lets the next requests of `method` for `path` (without its query) meet `acts`, one each.
    pub fn on(&self, method: &str, path: &str, acts: impl IntoIterator<Item = Act>) {
        let key = (method.to_owned(), path.to_owned());
        lock(&self.shared.acts).entry(key).or_default().extend(acts);
    }

    /// From now on all requests get their usual answer.
    pub fn forget_acts(&self) {
        lock(&self.shared.acts).clear();
    }

    /// Everything that came in, in order.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.shared.heard).clone()
    }
}

impl Drop for HttpDouble {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        for stream in lock(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // A connection that says nothing wakes the listener up.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    for (number, stream) in listener.incoming().flatten().enumerate() {
        let Ok(copy) = stream.try_clone() else { break };
        lock(&shared.open).push(copy);
        // After it is on the list, so that whoever stops us either finds it there or is seen here.
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        let shared = shared.clone();
        connections.push(std::thread::spawn(move || {
            // A client that goes away is the test's doing, and what it got is for the test to judge.
            let _ = attend(&stream, number, &shared);
            let _ = stream.shutdown(Shutdown::Both);
            forget(&stream, &shared);
        }));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

/// Lets go of the copy of `stream`: a connection whose last copy is closed with bytes unread is reset.
fn forget(stream: &TcpStream, shared: &Shared) {
    let peer = stream.peer_addr().ok();
    lock(&shared.open).retain(|open| open.peer_addr().ok() != peer);
}

/// One connection, request after request.
fn attend(stream: &TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut connection = Connection::new(stream, &shared.stopped);
    while let Some(head) = connection.head()? {
        let act = shared.act(&head);
        let hear = act.as_ref().map_or(Hear::All, |act| act.hear);
        let heard = Heard { connection: number, at: shared.start.elapsed(), ..connection.hear(head, hear)? };
        lock(&shared.heard).push(heard.clone());
        shared.sleep(act.as_ref().map_or(Duration::ZERO, |act| act.delay));
        let usual = || (shared.otherwise)(&heard);
        let say = match act.map_or(Say::AsUsual, |act| act.say) {
            Say::AsUsual => Say::Answer(usual()),
            Say::Cut(size) => Say::Bytes(usual().bytes().into_iter().take(size).collect()),
            Say::Lost => {
                usual();
                Say::Nothing
            }
            say => say,
        };
        if !connection.say(&say, heard.is_whole)? {
            break;
        }
    }
    Ok(())
}

impl Shared {
    fn act(&self, head: &Head) -> Option<Act> {
        let path = head.target.split('?').next().unwrap_or_default();
        lock(&self.acts).get_mut(&(head.method.clone(), path.to_owned()))?.pop_front()
    }

    fn sleep(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end && !self.stopped.load(Ordering::SeqCst) {
            std::thread::sleep(time.min(Duration::from_millis(10)));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long anybody is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
