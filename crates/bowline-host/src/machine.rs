//! Which machine this is, and which of its processes live.

use bowline_model::release::lock::ProcessMark;
use bowline_model::text::one_line;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// A machine since it was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// What tells this start from every other, of this and all other machines, and the processes that we can see from
    /// those of containers beside us, which have numbers of their own. None where the system does not say.
    pub boot: Option<String>,
}

/// This machine.
pub fn this() -> Machine {
    let name = one_line(&rustix::system::uname().nodename().to_string_lossy(), 100).into_owned();
    Machine { boot: boot(&name), name }
}

fn boot(name: &str) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}@{name} {}", one_line(boot.trim(), 60), one_line(&numbers.to_string_lossy(), 40)))
}

/// This process.
pub fn process() -> ProcessMark {
    let id = std::process::id();
    ProcessMark { id, started: Stat::of(id).map(|stat| stat.started) }
}

/// Whether `process` of this machine is alive. A later process of the same number is another one.
pub fn lives(process: ProcessMark) -> bool {
    let Some(pid) = i32::try_from(process.id).ok().and_then(Pid::from_raw) else { return false };
    // One that we may not signal is alive all the same.
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return false;
    }
    match (process.started, Stat::of(process.id)) {
        (Some(then), Some(now)) => then == now.started && !now.has_ended,
        _ => true,
    }
}

/// What `/proc/PID/stat` says about a process (proc_pid_stat(5)).
struct Stat {
    /// It has ended and waits to be buried.
    has_ended: bool,
    /// When it was started, in ticks since the machine was.
    started: u64,
}

impl Stat {
    fn of(id: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in field 2 may hold spaces and brackets; the last bracket ends it. Fields 3 and 22 are wanted.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let has_ended = matches!(fields.next()?, "Z" | "X" | "x");
        Some(Self { has_ended, started: fields.nth(18)?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_machine_is_told_by_its_start_and_its_process_numbers() {
        let boot = this().boot.unwrap();
        assert!(boot.contains("pid:["), "{boot}");
        assert_eq!(this(), this());
    }

    #[test]
    fn this_process_lives_and_one_that_has_ended_does_not() {
        let me = process();
        assert!(lives(me));
        assert!(!lives(ProcessMark { id: me.id, started: me.started.map(|ticks| ticks + 1) }), "a later one");
        assert!(!lives(ProcessMark { id: i32::MAX.unsigned_abs(), started: None }));
        assert!(!lives(ProcessMark { id: 0, started: None }));
    }
}
