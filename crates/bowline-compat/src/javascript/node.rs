//! JavaScript, run by `node`.
//!
//! One small program of ours loads a file, finds a value in it, and answers on standard output between two marks, because what it
//! loads may print as well. It has [`LIMIT`] to do so. Nothing is run without a file that a person named or put in the place where
//! the originals look.

use super::parse::parse;
use super::value::{Object, Value};
use crate::world::World;
use bowline_port::process::tools::ToolError;
use bowline_port::process::{Command, Output, ProcessError};
use serde_json::json;
use std::time::Duration;

/// How long JavaScript may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Around the answer: no text that people print.
const MARK: &str = "\u{1e}bowline\u{1e}";
/// The only key of what stands for a function.
const FUNCTION: &str = "\u{0}function";

/// What is to be done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task<'a> {
    /// Its configuration, as a value.
    Configuration,
    /// Nothing: whether there is an updater.
    Check,
    /// `readVersion(contents)`.
    Read(&'a str),
    /// `writeVersion(contents, version)`.
    Write(&'a str, &'a str),
    /// `isPrivate(contents)`.
    IsPrivate(&'a str),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// There is no node.
    #[error("it is JavaScript, and `node` was not found")]
    Missing,
    /// It could not be run to its end.
    #[error("{0}")]
    Process(String),
    /// It did not answer.
    #[error("it ended before there was a result ({ending}){said}")]
    Silent {
        /// How it ended.
        ending: String,
        /// What it said on standard error: a colon and the first line, or nothing.
        said: String,
    },
    /// It threw.
    #[error("{0}")]
    Thrown(String),
    /// It gave something that is of no use here, in words: `a promise`.
    #[error("it gives {0}")]
    Unfit(String),
}

/// Does `task` with the value at `at` in `file`. None when JavaScript says `undefined`.
pub fn run(world: &World<'_>, file: &str, at: &[String], task: &Task<'_>) -> Result<Option<Value>, NodeError> {
    let (name, contents, version) = match *task {
        Task::Configuration => ("configuration", None, None),
        Task::Check => ("check", None, None),
        Task::Read(contents) => ("readVersion", Some(contents), None),
        Task::Write(contents, version) => ("writeVersion", Some(contents), Some(version)),
        Task::IsPrivate(contents) => ("isPrivate", Some(contents), None),
    };
    let asked = json!({ "file": file, "at": at, "task": name, "contents": contents, "version": version });
    let command = Command {
        argv: ["node", "-e", PROGRAM].map(str::to_owned).to_vec(),
        dir: world.folder.to_owned(),
        env: Vec::new(),
        pass_env: world.pass_env.to_vec(),
        timeout: LIMIT,
        output: Output::Capture,
        input: asked.to_string().into_bytes(),
    };
    let finished = world.process.run(&command).map_err(|error| match error {
        ProcessError::NotFound { .. } | ProcessError::Unusable(ToolError::Absent { .. } | ToolError::Off { .. }) => {
            NodeError::Missing
        }
        error @ ProcessError::Start { .. } => NodeError::Process(match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }),
        error => NodeError::Process(error.to_string()),
    })?;
    let printed = String::from_utf8_lossy(&finished.stdout);
    let answer = printed.rsplit(MARK).nth(1).and_then(|answer| parse(answer).ok());
    let Some(answer) = answer else {
        let ending = finished.code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        let stderr = String::from_utf8_lossy(&finished.stderr);
        // node prints the place first, and the error after it.
        let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty());
        let said = lines().find(|line| line.contains("Error")).or_else(|| lines().next());
        let said = said.map(|line| format!(": {line}")).unwrap_or_default();
        return Err(NodeError::Silent { ending, said });
    };
    let text = |key: &str| answer.get(key).and_then(Value::as_text).map(str::to_owned);
    if let Some(thrown) = text("thrown") {
        return Err(NodeError::Thrown(thrown));
    }
    if let Some(unfit) = text("unfit") {
        return Err(NodeError::Unfit(unfit));
    }
    Ok(answer.get("value").cloned().map(with_functions))
}

/// What stands for functions becomes functions.
fn with_functions(value: Value) -> Value {
    match value {
        Value::List(values) => Value::List(values.into_iter().map(with_functions).collect()),
        Value::Object(object) if object.get(FUNCTION).is_some() => Value::Function,
        Value::Object(object) => {
            let mut changed = Object::default();
            for (key, value) in object.iter() {
                changed.set(key, with_functions(value.clone()));
            }
            Value::Object(changed)
        }
        value => value,
    }
}

/// Reads what is asked on standard input. `require` is tried first because the originals use it; modules of the newer kind are
/// imported, also those in a `.js` file that node takes for the older kind.
const PROGRAM: &str = r#"
const fs = require('fs'), path = require('path'), url = require('url');
const ask = JSON.parse(fs.readFileSync(0, 'utf8'));
const mark = '\x1ebowline\x1e';
const answer = (what) => {
  let rest = Buffer.from(mark + JSON.stringify(what) + mark);
  while (rest.length) {
    try { rest = rest.subarray(fs.writeSync(1, rest)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
  process.exit(0);
};
const thrown = (error) => answer({ thrown: error instanceof Error ? String(error.message || error.name) : `it throws ${String(error)}` });
const opened = (module) => {
  const isNewer = module && (module.__esModule || module[Symbol.toStringTag] === 'Module');
  return isNewer && 'default' in module && !('readVersion' in module) ? module.default : module;
};
const load = async (file) => {
  try { return opened(require(file)); } catch (error) {
    if (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE') return opened(await import(url.pathToFileURL(file).href));
    if (error instanceof SyntaxError && /^(Unexpected token 'export'|Cannot use import statement)/.test(error.message)) {
      return opened(await import('data:text/javascript;base64,' + fs.readFileSync(file).toString('base64')));
    }
    throw error;
  }
};
const plain = (value, depth) => {
  if (depth > 100) throw new Error('it is nested without end');
  if (typeof value === 'function') return { '\0function': true };
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'symbol' || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner) => plain(inner, depth + 1));
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key], depth + 1)]));
};
const kind = (value) => value === null ? 'null' : value === undefined ? 'undefined' : Array.isArray(value) ? 'an array' :
  typeof value.then === 'function' ? 'a promise' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
const isUpdater = (value) => value && typeof value.readVersion === 'function' && typeof value.writeVersion === 'function';
(async () => {
  let value = await load(ask.file);
  if (ask.task === 'configuration' || ask.at.length) {
    if (typeof value === 'function') value = value();
    if (kind(value) !== 'an object') return answer({ unfit: kind(value) });
  }
  if (ask.task === 'configuration') return answer({ value: plain(value, 0) });
  for (const key of ask.at) value = value[key];
  if (!isUpdater(value)) return answer({ unfit: 'no readVersion and writeVersion' });
  if (ask.task === 'check') return answer({});
  if (ask.task === 'isPrivate') {
    return answer({ value: typeof value.isPrivate === 'function' ? Boolean(value.isPrivate(ask.contents)) : false });
  }
  const result = ask.task === 'readVersion' ? value.readVersion(ask.contents) : value.writeVersion(ask.contents, ask.version);
  if (result && typeof result.then === 'function') return answer({ unfit: 'a promise' });
  answer({ value: plain(result, 0) });
})().catch(thrown);
"#;
