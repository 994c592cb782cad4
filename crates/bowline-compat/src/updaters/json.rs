//! `package.json` and its kind: read, changed, and printed anew with the indentation and the line breaks that were there.

use super::{Found, indent};
use crate::javascript::Value;
use crate::javascript::parse::parse;
use crate::javascript::print::stringify;
use crate::profile::Profile;

pub(super) fn read(contents: &str) -> Result<Found, String> {
    match parse(contents)? {
        Value::Null => Err("Cannot read properties of null (reading 'version')".to_owned()),
        value => Ok(Found::of(value.get("version"))),
    }
}

pub(super) fn is_private(contents: &str) -> Result<bool, String> {
    match parse(contents)? {
        Value::Null => Err("Cannot read properties of null (reading 'private')".to_owned()),
        value => Ok(value.get("private").is_some_and(Value::is_truthy)),
    }
}

pub(super) fn write(contents: &str, version: &str, profile: Profile) -> Result<String, String> {
    let mut value = parse(contents)?;
    match &mut value {
        Value::Null => return Err("Cannot set properties of null (setting 'version')".to_owned()),
        Value::Object(object) => {
            object.set("version", Value::Text(version.to_owned()));
            // A lock file of npm 7 and later says the version twice.
            if let Some(Value::Object(packages)) = object.get_mut("packages")
                && let Some(Value::Object(own)) = packages.get_mut("")
            {
                own.set("version", Value::Text(version.to_owned()));
            }
        }
        _ => {}
    }
    let indent = indent::detect(contents, profile);
    let text = stringify(&value, if indent.is_empty() { "  " } else { &indent });
    Ok(match indent::new_line(contents) {
        Some("\r\n") => text.replace('\n', "\r\n") + "\r\n",
        _ => text + "\n",
    })
}
