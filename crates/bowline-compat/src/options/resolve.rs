//! From a call of the program to what is to be done.

use super::argv::Argv;
use super::{Asked, Refusal, Request, arguments, help, settle, sources, which};
use crate::javascript::parse::parse;
use crate::javascript::{Object, Value};
use crate::profile::{Exactness, Profile};

/// What is asked for by a call of the program.
///
/// The command line counts most, then `package.json`, then the configuration file, then defaults. What is nested is put together over
/// all of them.
pub fn resolve(request: &Request<'_>) -> Result<Asked, Refusal> {
    let mut line = Argv::new(Profile::CatV13);
    arguments::read(request.arguments, &mut line);
    let given = match line.get("profile") {
        Some(value) => Some(which::given(&value.to_text())?),
        None => None,
    };
    let first = given.unwrap_or_else(|| which::by_surroundings(request.program, &request.world));
    match with_profile(request, first)? {
        // Configuration may name another one, whose places are others.
        Resolved::Asked(asked) => Ok(*asked),
        Resolved::Other(_) if given.is_some() => Err(Refusal::new("the profile is given twice")),
        Resolved::Other(other) => match with_profile(request, other)? {
            Resolved::Asked(asked) => Ok(*asked),
            Resolved::Other(_) => Err(Refusal::new(format!(
                "the configuration names a profile that does not name itself: give it as --profile {other}"
            ))),
        },
    }
}

enum Resolved {
    Asked(Box<Asked>),
    Other(Profile),
}

fn with_profile(request: &Request<'_>, profile: Profile) -> Result<Resolved, Refusal> {
    let world = &request.world;
    let mut argv = Argv::new(profile);
    let said = arguments::read(request.arguments, &mut argv);
    let is_on = |argv: &Argv, name: &str| argv.get(name).is_some_and(Value::is_truthy);
    let help = help::text(request.program, profile);
    if is_on(&argv, "help") || said.words.last().is_some_and(|word| word == "help") {
        return Ok(Resolved::Asked(Box::new(Asked::Help(help))));
    }
    if is_on(&argv, "version") {
        return Ok(Resolved::Asked(Box::new(Asked::Version(version(profile).to_owned()))));
    }
    if let Some(wrong) = said.wrong {
        return Err(Refusal { help: Some(help), ..Refusal::new(wrong) });
    }
    let is_given = argv.get("profile").is_some();
    if let Some(text) = request.api {
        argv.add(&api(text)?);
        return settled(&argv, &said, None, &help);
    }
    if let Some(package) = sources::package(world) {
        let stanzas = [Profile::Sv9.package(), Profile::CatV13.package()];
        for key in stanzas.into_iter().take(if profile.is_catv() { 2 } else { 1 }) {
            if let Some(object) = sources::stanza(&package, key, world)? {
                argv.add(&object);
            }
        }
    }
    let asked = argv.get("config").filter(|_| profile.is_catv()).map(Value::to_text);
    let file = sources::configuration(asked.as_deref(), profile, world)?;
    if let Some(file) = &file {
        argv.add(&file.object);
    }
    if let Some(name) = argv.get("profile").filter(|_| !is_given) {
        let named = which::given(&name.to_text())?;
        if named != profile {
            return Ok(Resolved::Other(named));
        }
    }
    let mut resolved = settled(&argv, &said, file.as_ref(), &help)?;
    if let (Some(asked), Resolved::Asked(done)) =
        (asked.filter(|asked| file.is_none() && !asked.is_empty()), &mut resolved)
        && let Asked::Run(options) = done.as_mut()
        && !options.silent
    {
        options.warnings.insert(0, format!("there is no configuration file {asked}: defaults hold"));
    }
    Ok(resolved)
}

/// The options of a call from JavaScript.
fn api(text: &str) -> Result<Object, Refusal> {
    match parse(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Refusal::new(format!("the options must be an object but are {}", other.described()))),
        Err(error) => Err(Refusal::new(format!("the options are no JSON: {error}"))),
    }
}

/// Everything said, as the options of a run.
fn settled(
    argv: &Argv,
    said: &arguments::Said,
    file: Option<&sources::Source>,
    help: &str,
) -> Result<Resolved, Refusal> {
    let is_silent = argv.get("silent").is_some_and(Value::is_truthy);
    let profile = argv.profile;
    let exactness = exactness(argv)?;
    let mut warnings = Vec::new();
    warnings.extend(said.unknown.iter().map(|flag| {
        let near = arguments::near(flag, profile).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        format!("the flag {flag} is not known, and does nothing{near}")
    }));
    if let Some(Value::Object(skip)) = argv.get("skip") {
        let off = skip.iter().filter(|(_, value)| value.as_text() == Some("false"));
        warnings.extend(off.map(|(key, _)| {
            format!("--skip.{key} false skips as well, because \"false\" is a text there: leave the flag out")
        }));
    }
    if exactness.is_exact() || is_silent {
        warnings.clear();
    }
    match settle::settle(argv, exactness, file, help) {
        Ok(mut options) => {
            warnings.append(&mut options.warnings);
            options.warnings = warnings;
            Ok(Resolved::Asked(Box::new(Asked::Run(options))))
        }
        Err(refusal) => Err(Refusal { warnings, ..refusal }),
    }
}

fn exactness(argv: &Argv) -> Result<Exactness, Refusal> {
    match argv.get("compat").map(Value::to_text).as_deref() {
        None => Ok(Exactness::Mended),
        Some("exact") => Ok(Exactness::Exact),
        Some(other) => Err(Refusal::new(format!(
            "--compat is {other:?}, and takes exact only: leave it out to have mistakes mended"
        ))),
    }
}

/// The version that scripts expect to hear.
const fn version(profile: Profile) -> &'static str {
    match profile {
        Profile::Sv9 => "9.5.0",
        Profile::CatV12 => "12.7.3",
        Profile::CatV13 => "13.2.1",
    }
}
