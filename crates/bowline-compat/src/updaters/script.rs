//! Updaters that are JavaScript.

use super::{Found, choose};
use crate::javascript::Value;
use crate::javascript::node::{Task, run};
use crate::options::ScriptUpdater;
use crate::world::World;

pub(super) fn read(script: &ScriptUpdater, contents: &str, world: &World<'_>) -> Result<Found, String> {
    call(script, &Task::Read(contents), world).map(|value| Found::of(value.as_ref()))
}

pub(super) fn write(
    script: &ScriptUpdater,
    contents: &str,
    version: &str,
    world: &World<'_>,
) -> Result<String, String> {
    match call(script, &Task::Write(contents, version), world)? {
        Some(Value::Text(text)) => Ok(text),
        Some(other) => Err(format!("writeVersion of {} gives {}, and not a text", name(script), other.described())),
        None => Err(format!("writeVersion of {} gives nothing: let it return the new text", name(script))),
    }
}

pub(super) fn is_private(script: &ScriptUpdater, contents: &str, world: &World<'_>) -> Result<bool, String> {
    Ok(call(script, &Task::IsPrivate(contents), world)?.is_some_and(|value| value.is_truthy()))
}

fn call(script: &ScriptUpdater, task: &Task<'_>, world: &World<'_>) -> Result<Option<Value>, String> {
    let (file, at) = match script {
        ScriptUpdater::Module(file) => (file, [].as_slice()),
        ScriptUpdater::Inside { file, at } => (file, at.as_slice()),
    };
    run(world, file, at, task).map_err(|error| choose::said(&error))
}

fn name(script: &ScriptUpdater) -> String {
    match script {
        ScriptUpdater::Module(file) => file.clone(),
        ScriptUpdater::Inside { file, at } => format!("{} in {file}", at.join(".")),
    }
}
