//! The table of bad input: each row is a world that is not as it should be, a command, and what a user gets: an exit
//! code, a failure with a stable name, and a next step. After each row everything is as it was before.

mod artifacts;
mod besieged;
mod configuration;
mod disk;
mod environment;
mod files;
mod hostile;
mod remotes;
mod repositories;
mod tags;
mod tools;

use crate::support::{everything, failure_code, hints, malformed};
use bowline_testkit::World;

/// One row.
struct Row {
    name: &'static str,
    world: fn() -> World,
    dir: &'static str,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    code: i32,
    /// The failure's code; none when the command succeeds.
    failure: Option<&'static str>,
    /// In a hint of a failure, in the output of a success.
    says: &'static str,
    /// In the message or the causes of a failure.
    because: &'static str,
}

/// A row whose command is `release --yes` in the checkout, to be continued with what comes of it.
fn row(name: &'static str, world: fn() -> World) -> Row {
    Row {
        name,
        world,
        dir: "work",
        args: &["release", "--yes"],
        env: &[],
        code: 0,
        failure: None,
        says: "",
        because: "",
    }
}

impl Row {
    fn dir(self, dir: &'static str) -> Self {
        Self { dir, ..self }
    }

    fn run(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    /// `{root}` in a value stands for the world's folder.
    fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    fn because(self, because: &'static str) -> Self {
        Self { because, ..self }
    }

    fn fails(self, code: i32, failure: &'static str, hint: &'static str) -> Self {
        Self { code, failure: Some(failure), says: hint, ..self }
    }

    /// What is wrong with the outcome of this row, with the whole output.
    fn check(&self) -> Result<(), String> {
        let world = (self.world)();
        let root = world.root().to_string_lossy().into_owned();
        let env: Vec<(&str, String)> =
            self.env.iter().map(|(name, value)| (*name, value.replace("{root}", &root))).collect();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let dir = world.root().join(self.dir);
        let before = everything(&world, &dir);
        let ran = world.bowline_in(&dir, self.args, &env);
        let mut wrong = Vec::new();
        if ran.code != Some(self.code) {
            wrong.push(format!("exit code {:?}, not {}", ran.code, self.code));
        }
        if failure_code(&ran).as_deref() != self.failure {
            wrong.push(format!("failure {:?}, not {:?}", failure_code(&ran), self.failure));
        }
        let place = if self.failure.is_some() { hints(&ran) } else { format!("{}{}", ran.stdout, ran.stderr) };
        if !place.contains(self.says) || self.says.is_empty() {
            wrong.push(format!("`{}` is not said", self.says));
        }
        if !ran.stderr.contains(self.because) {
            wrong.push(format!("`{}` is not given as the reason", self.because));
        }
        wrong.extend(malformed(&ran));
        let after = everything(&world, &dir);
        if after != before {
            wrong.push(format!("something changed:\n{before}\n=>\n{after}"));
        }
        match wrong.as_slice() {
            [] => Ok(()),
            _ => Err(format!("== {}: {}\n{}", self.name, wrong.join("; "), ran.snapshot())),
        }
    }
}

/// Checks all rows and shows all that are wrong at once.
fn check(rows: &[Row]) {
    let wrong: Vec<String> = rows.iter().filter_map(|row| row.check().err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
