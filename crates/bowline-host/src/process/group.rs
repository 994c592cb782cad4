//! A child and everything it started, ended together.
//!
//! The child leads a process group. Waiting does not reap it: until the owner does, its id stays taken and a signal to
//! the group cannot hit a stranger.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

/// Makes the child lead a group of its own, under the name it was asked for.
pub(super) fn lead(command: &mut Command, name: &str) {
    command.process_group(0).arg0(name);
}

/// The process group that a child leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    leader: Pid,
}

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        Self { leader: Pid::from_child(child) }
    }

    /// Returns when the leader has ended, and leaves it to be reaped.
    pub(super) fn wait_for_leader(self) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(self.leader), options) {}
    }

    /// Lets every member end by itself.
    pub(super) fn ask_to_end(self) {
        // A group that is gone is what was wanted.
        let _ = kill_process_group(self.leader, Signal::TERM);
    }

    /// Ends every member.
    pub(super) fn kill(self) {
        let _ = kill_process_group(self.leader, Signal::KILL);
    }
}
