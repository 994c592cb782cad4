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
            if let Some(Value::Object(packages)) = object.get_mut("packages") {
                match packages.get_mut("") {
                    Some(Value::Object(own)) => own.set("version", Value::Text(version.to_owned())),
                    Some(other) if other.is_truthy() => no_object(other, profile)?,
                    _ => {}
                }
            }
        }
        other => no_object(other, profile)?,
    }
    let indent = indent::detect(contents, profile);
    let text = stringify(&value, if indent.is_empty() { "  " } else { &indent });
    Ok(match indent::new_line(contents) {
        Some("\r\n") => text.replace('\n', "\r\n") + "\r\n",
        _ => text + "\n",
    })
}

/// Newer JavaScript objects to what older JavaScript ignores: a key that is set on no object.
fn no_object(value: &Value, profile: Profile) -> Result<(), String> {
    if profile == Profile::CatV13 && !matches!(value, Value::List(_)) {
        let (kind, shown) = (value.type_name(), value.to_text());
        return Err(format!("Cannot create property 'version' on {kind} '{shown}'"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::profile::Profile;

    /// Answers of the originals, run by node 20.
    #[test]
    fn files_are_read_and_written_as_the_originals_do_it() {
        let check = |profiles: &[Profile], text: &str, version: Result<&str, &str>, written: Result<&str, &str>| {
            for profile in profiles {
                let found = read(text).map(|found| found.shown);
                assert_eq!(found.as_deref().map_err(String::as_str), version, "{profile} {text}");
                let found = write(text, "2.0.0", *profile);
                assert_eq!(found.as_deref().map_err(String::as_str), written, "{profile} {text}");
            }
        };
        check(&Profile::ALL, "{\"version\":\"1.0.0\"}", Ok("1.0.0"), Ok("{\n  \"version\": \"2.0.0\"\n}\n"));
        check(
            &Profile::ALL,
            "{\n  \"name\": \"a\",\n  \"version\": \"1.0.0\",\n  \"files\": [\"a\", \"b\"]\n}\n",
            Ok("1.0.0"),
            Ok("{\n  \"name\": \"a\",\n  \"version\": \"2.0.0\",\n  \"files\": [\n    \"a\",\n    \"b\"\n  ]\n}\n"),
        );
        check(&Profile::ALL, "{\n\t\"version\": \"1.0.0\"\n}", Ok("1.0.0"), Ok("{\n\t\"version\": \"2.0.0\"\n}\n"));
        check(
            &Profile::ALL,
            "{\r\n    \"version\": \"1.0.0\",\r\n    \"x\": {}\r\n}\r\n",
            Ok("1.0.0"),
            Ok("{\r\n    \"version\": \"2.0.0\",\r\n    \"x\": {}\r\n}\r\n"),
        );
        check(
            &Profile::ALL,
            "{\n \"version\": \"1.0.0\",\n \"a\": {\n  \"b\": 1\n }\n}\n",
            Ok("1.0.0"),
            Ok("{\n  \"version\": \"2.0.0\",\n  \"a\": {\n    \"b\": 1\n  }\n}\n"),
        );
        check(&Profile::ALL, "{}", Ok("undefined"), Ok("{\n  \"version\": \"2.0.0\"\n}\n"));
        check(
            &Profile::ALL,
            "{\"private\":true}",
            Ok("undefined"),
            Ok("{\n  \"private\": true,\n  \"version\": \"2.0.0\"\n}\n"),
        );
        check(&Profile::ALL, "[]", Ok("undefined"), Ok("[]\n"));
        check(&[Profile::Sv9, Profile::CatV12], "5", Ok("undefined"), Ok("5\n"));
        check(&[Profile::CatV13], "5", Ok("undefined"), Err("Cannot create property 'version' on number '5'"));
        check(
            &Profile::ALL,
            "null",
            Err("Cannot read properties of null (reading 'version')"),
            Err("Cannot set properties of null (setting 'version')"),
        );
        check(
            &Profile::ALL,
            "\u{feff}{\"version\":\"1\"}",
            Err("Unexpected token '\u{feff}', \"\u{feff}{\"version\":\"1\"}\" is not valid JSON"),
            Err("Unexpected token '\u{feff}', \"\u{feff}{\"version\":\"1\"}\" is not valid JSON"),
        );
        check(
            &Profile::ALL,
            "{\n  \"version\": 5,\n  \"2\": 1, \"1\": [1.50, 1e3], \"u\": \"\\u00e9\\u2028\"\n}",
            Ok("5"),
            Ok(
                "{\n  \"1\": [\n    1.5,\n    1000\n  ],\n  \"2\": 1,\n  \"version\": \"2.0.0\",\n  \"u\": \"é\u{2028}\"\n}\n",
            ),
        );
        check(
            &Profile::ALL,
            "{\n   \"lockfileVersion\": 3,\n   \"packages\": {\n      \"\": {\n         \"version\": \"1.0.0\"\n      },\n      \"node_modules/a\": {\"version\": \"2.0.0\"}\n   }\n}\n",
            Ok("undefined"),
            Ok(
                "{\n   \"lockfileVersion\": 3,\n   \"packages\": {\n      \"\": {\n         \"version\": \"2.0.0\"\n      },\n      \"node_modules/a\": {\n         \"version\": \"2.0.0\"\n      }\n   },\n   \"version\": \"2.0.0\"\n}\n",
            ),
        );
        check(
            &[Profile::Sv9, Profile::CatV12],
            "{\"packages\":{\"\":\"x\"},\"version\":null}",
            Ok("null"),
            Ok("{\n  \"packages\": {\n    \"\": \"x\"\n  },\n  \"version\": \"2.0.0\"\n}\n"),
        );
        check(
            &[Profile::CatV13],
            "{\"packages\":{\"\":\"x\"},\"version\":null}",
            Ok("null"),
            Err("Cannot create property 'version' on string 'x'"),
        );
        check(
            &Profile::ALL,
            "{\n    \"a\": [\n      1,\n      2\n    ],\n    \"version\": \"1.0.0\"\n}\n",
            Ok("1.0.0"),
            Ok("{\n  \"a\": [\n    1,\n    2\n  ],\n  \"version\": \"2.0.0\"\n}\n"),
        );
        check(
            &Profile::ALL,
            "{\n            \"version\": \"1.0.0\"\n}",
            Ok("1.0.0"),
            Ok("{\n          \"version\": \"2.0.0\"\n}\n"),
        );
        check(
            &Profile::ALL,
            "{\"version\":\"1.0.0\",}",
            Err("Expected double-quoted property name in JSON at position 19"),
            Err("Expected double-quoted property name in JSON at position 19"),
        );
        check(&Profile::ALL, "{\"version\":{\"a\":1}}", Ok("[object Object]"), Ok("{\n  \"version\": \"2.0.0\"\n}\n"));
        check(&Profile::ALL, "{\"version\":\"\"}", Ok(""), Ok("{\n  \"version\": \"2.0.0\"\n}\n"));
        check(
            &Profile::ALL,
            "{\n  \"a\": {\n     \"b\": {\n       \"c\": 1,\n       \"d\": 2\n     }\n  },\n   \"version\": \"1\"\n}\n",
            Ok("1"),
            Ok(
                "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1,\n      \"d\": 2\n    }\n  },\n  \"version\": \"2.0.0\"\n}\n",
            ),
        );
        check(
            &Profile::ALL,
            "{\n\t\"a\": 1,\n  \"b\": 2,\n  \"version\": \"1\"\n}\n",
            Ok("1"),
            Ok("{\n  \"a\": 1,\n  \"b\": 2,\n  \"version\": \"2.0.0\"\n}\n"),
        );
        check(
            &Profile::ALL,
            "{\"packages\":[1],\"version\":\"1\"}",
            Ok("1"),
            Ok("{\n  \"packages\": [\n    1\n  ],\n  \"version\": \"2.0.0\"\n}\n"),
        );
        check(
            &Profile::ALL,
            "{\"a\":\"é😀\\ud83d\\ude00\",\"version\":\"1\"}",
            Ok("1"),
            Ok("{\n  \"a\": \"é😀😀\",\n  \"version\": \"2.0.0\"\n}\n"),
        );
    }
}
