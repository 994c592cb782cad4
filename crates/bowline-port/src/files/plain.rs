//! Files as an ordinary program sees them: links are followed, and any path will do.
//!
//! For what people run in their own checkout in place of another program that works like that. Whatever is released goes
//! through [`Files`](super::Files), which is stricter.

use std::io;
use std::path::Path;

/// What stands at a path. Links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, a FIFO, a socket.
    Other,
}

/// Looks at and changes files, wherever they are.
pub trait PlainFiles: Send + Sync {
    /// The bytes of the file at `path`, links followed; none when nothing is there. Fails at what is no file, and at more bytes than
    /// any text has.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// What stands at `path` itself; none when nothing does.
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>>;

    /// Replaces what the file at `path` holds, links followed, and keeps its permissions; creates it when it is not there, not its folder.
    /// Whoever reads meanwhile sees the old bytes or the new ones.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Removes the file at `path`; nothing there is fine.
    fn remove(&self, path: &Path) -> io::Result<()>;
}
