//! From the current version to the next one.

use super::Ended;
use crate::options::Options;
use crate::profile::Profile;
use crate::versions::{Release, Version};

/// What is known when the next version is chosen.
pub(super) struct Question<'a> {
    pub(super) options: &'a Options,
    /// The current version, as it was found.
    pub(super) current: Option<&'a str>,
    /// What was asked for by flag, configuration, or a hook.
    pub(super) release_as: Option<&'a str>,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This version, with its build.
    Version(String),
    /// None: standard-version goes on without one, and writes `null`.
    Null,
    /// No commit asks for a release.
    Nothing,
}

/// Chooses. `recommend` reads the commits, when nothing else decides, and `unique` passes over pre-releases that have
/// a tag.
pub(super) fn choose(
    question: &Question<'_>,
    recommend: impl FnOnce(&Version) -> Result<Option<Release>, Ended>,
    unique: impl FnOnce(&Version, &str) -> Version,
) -> Result<Next, Ended> {
    let options = question.options;
    let exact = options.exactness.is_exact();
    if let Some(wanted) = question.release_as.filter(|_| !exact || options.profile.is_catv()) {
        check_wanted(wanted, exact)?;
    }
    if options.profile == Profile::Sv9 && exact {
        return as_standard_version(question, recommend);
    }
    let wanted = question.release_as.and_then(Version::parse);
    let next = match wanted {
        Some(wanted) => asked_for(question, &wanted)?,
        None => {
            let release = match question.release_as {
                // The original checks the level in small letters, and then does not know it.
                Some(level) if exact => level.to_owned(),
                Some(level) => level.to_lowercase(),
                None => match recommended(question.current, recommend)? {
                    Some(release) => release.name().to_owned(),
                    None => return Ok(Next::Nothing),
                },
            };
            match raised(question, &release) {
                Some(next) => next.to_string(),
                None if exact => return Ok(Next::Null),
                None => return Err(cannot_raise(question)),
            }
        }
    };
    // Only commit-and-tag-version asks which number is free.
    let asked = options.prerelease.as_deref().filter(|_| options.profile.is_catv());
    Ok(Next::Version(match asked.zip(Version::parse(&next)) {
        Some((id, version)) => unique(&version, id).with_build(),
        None => next,
    }))
}

/// Refuses what is neither a level nor a version.
fn check_wanted(wanted: &str, exact: bool) -> Result<(), Ended> {
    if ["major", "minor", "patch"].contains(&wanted.to_lowercase().as_str()) || Version::parse(wanted).is_some() {
        return Ok(());
    }
    let spelled = if exact { "semvar" } else { "SemVer" };
    let message = format!("releaseAs must be one of 'major', 'minor' or 'patch', or a valid {spelled} version.");
    Err(Ended::Failed(message))
}

fn recommended(
    current: Option<&str>,
    recommend: impl FnOnce(&Version) -> Result<Option<Release>, Ended>,
) -> Result<Option<Release>, Ended> {
    // npm's words.
    let wrong = || match current {
        Some(current) => format!("Invalid Version: {current}"),
        None => "Invalid version. Must be a string. Got type \"undefined\".".to_owned(),
    };
    let version = current.and_then(Version::parse).ok_or_else(|| Ended::Failed(wrong()))?;
    recommend(&version)
}

/// standard-version's own way, which ends without a version where it was asked for something else.
fn as_standard_version(
    question: &Question<'_>,
    recommend: impl FnOnce(&Version) -> Result<Option<Release>, Ended>,
) -> Result<Next, Ended> {
    let release = match question.release_as {
        Some(wanted) => wanted.to_owned(),
        None => recommended(question.current, recommend)?.unwrap_or(Release::Patch).name().to_owned(),
    };
    let release = release_type(question.options.prerelease.as_deref(), &release, question.current);
    if let Some(version) = Version::parse(&release) {
        return Ok(Next::Version(version.to_string()));
    }
    let id = question.options.prerelease.as_deref();
    let next = question.current.and_then(Version::parse).zip(Release::named(&release));
    Ok(next
        .and_then(|(current, release)| current.inc(release, id))
        .map_or(Next::Null, |next| Next::Version(next.to_string())))
}

/// A version that was named, together with the identifier of a pre-release.
fn asked_for(question: &Question<'_>, wanted: &Version) -> Result<String, Ended> {
    let Some(id) = question.options.prerelease.as_deref() else {
        return Ok(if question.options.profile.is_catv() { wanted.with_build() } else { wanted.to_string() });
    };
    let own = wanted.to_string();
    let own: Vec<&str> = own.split_once('-').map(|(_, parts)| parts.split('.').collect()).unwrap_or_default();
    let mut next = if own.is_empty() {
        format!("{}.{}.{}-{id}.0", wanted.major, wanted.minor, wanted.patch)
    } else if own.split_last().is_some_and(|(_, before)| before.join(".") == id) {
        wanted.to_string()
    } else {
        return Err(Ended::Failed("releaseAs and prerelease have conflicting prerelease identifiers".to_owned()));
    };
    if id.is_empty() && own.is_empty() && !question.options.exactness.is_exact() {
        // Without an identifier there is no part of it before the number either.
        next = format!("{}.{}.{}-0", wanted.major, wanted.minor, wanted.patch);
    }
    if let Some((current, named)) = question.current.and_then(Version::parse).zip(Version::parse(&next)) {
        let is_same_release = matches!(current.diff(&named), None | Some(Release::Prerelease));
        if is_same_release && named.precedence(&current).is_le() {
            next = current.inc(Release::Prerelease, Some(id)).map_or(next, |next| next.to_string());
        }
    }
    Ok(with_build(&next, wanted))
}

fn with_build(version: &str, wanted: &Version) -> String {
    match wanted.build.join(".") {
        build if build.is_empty() => version.to_owned(),
        build => format!("{version}+{build}"),
    }
}

fn raised(question: &Question<'_>, release: &str) -> Option<Version> {
    let id = question.options.prerelease.as_deref();
    let release = Release::named(&release_type(id, release, question.current))?;
    question.current.and_then(Version::parse)?.inc(release, id)
}

fn cannot_raise(question: &Question<'_>) -> Ended {
    let current = question.current.unwrap_or("undefined");
    Ended::Failed(match &question.options.prerelease {
        Some(id) if Version::parse(current).is_some() => {
            format!(
                "`{id}` is no identifier of a pre-release: use letters, digits and hyphens, with dots between (semver.org, item 9)"
            )
        }
        _ => format!("Invalid Version: {current}"),
    })
}

/// How a version is raised to a pre-release: one that leads to the same release, or to a greater one, is continued.
fn release_type(prerelease: Option<&str>, wanted: &str, current: Option<&str>) -> String {
    if prerelease.is_none() {
        return wanted.to_owned();
    }
    match current.and_then(Version::parse) {
        Some(current) if !current.prerelease.is_empty() => {
            let active = active_type(&current);
            if active == Some(wanted) || priority(active.unwrap_or_default()) > priority(wanted) {
                "prerelease".to_owned()
            } else {
                format!("pre{wanted}")
            }
        }
        _ => format!("pre{wanted}"),
    }
}

/// Which release a pre-release leads to.
const fn active_type(version: &Version) -> Option<&'static str> {
    match (version.major, version.minor, version.patch) {
        (_, _, 1..) => Some("patch"),
        (_, 1.., _) => Some("minor"),
        (1.., ..) => Some("major"),
        _ => None,
    }
}

fn priority(name: &str) -> Option<usize> {
    ["patch", "minor", "major"].iter().position(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::fixture;
    use crate::profile::Exactness;

    /// `asked` is `releaseAs` and `prerelease`.
    #[track_caller]
    fn check(
        profile: Profile,
        exactness: Exactness,
        current: &str,
        asked: (Option<&str>, Option<&str>),
        commits: Release,
        expected: &str,
    ) {
        let options = Options { profile, exactness, prerelease: asked.1.map(str::to_owned), ..fixture::options() };
        let question = Question { options: &options, current: Some(current), release_as: asked.0 };
        let next = match choose(&question, |_| Ok(Some(commits)), |version, _| version.clone()) {
            Ok(Next::Version(version)) => version,
            Ok(Next::Null) => "null".to_owned(),
            Ok(Next::Nothing) => "nothing".to_owned(),
            Err(Ended::Failed(message)) => message.chars().take(24).collect(),
            Err(other) => format!("{other:?}"),
        };
        assert_eq!(next, expected, "{profile} {current} {asked:?}");
    }

    #[test]
    fn prereleases_continue_or_begin() {
        use Release::{Major, Minor, Patch};
        for (current, id, commits, expected) in [
            ("1.0.2", Some("alpha"), Minor, "1.1.0-alpha.0"),
            ("1.1.0-alpha.0", Some("alpha"), Patch, "1.1.0-alpha.1"),
            ("1.1.0-alpha.1", Some("beta"), Minor, "1.1.0-beta.0"),
            ("1.1.0-beta.0", Some("beta"), Major, "2.0.0-beta.0"),
            ("2.0.0-beta.0", None, Major, "2.0.0"),
            ("1.0.1-alpha.0", Some("alpha"), Minor, "1.1.0-alpha.0"),
            ("1.1.0-alpha.0", None, Minor, "1.1.0"),
            ("1.0.0", Some(""), Patch, "1.0.1-0"),
        ] {
            check(Profile::Sv9, Exactness::Exact, current, (None, id), commits, expected);
            check(Profile::Sv9, Exactness::Mended, current, (None, id), commits, expected);
        }
    }

    #[test]
    fn a_wanted_version_is_checked() {
        use Exactness::{Exact, Mended};
        for (profile, exactness, asked, expected) in [
            (Profile::Sv9, Exact, (Some("foo"), None), "null"),
            (Profile::Sv9, Exact, (Some("1.1"), None), "null"),
            (Profile::Sv9, Exact, (Some("v1.4.0"), None), "1.4.0"),
            (Profile::Sv9, Exact, (Some("1.4.0"), Some("x")), "null"),
            (Profile::Sv9, Mended, (Some("foo"), None), "releaseAs must be one of"),
            (Profile::Sv9, Mended, (Some("1.4.0"), Some("x")), "1.4.0-x.0"),
            (Profile::Sv9, Mended, (Some("MAJOR"), None), "2.0.0"),
            (Profile::CatV12, Exact, (Some("1.1"), None), "releaseAs must be one of"),
            (Profile::CatV12, Exact, (Some("MAJOR"), None), "null"),
            (Profile::CatV12, Exact, (Some("1.4.0+b.1"), None), "1.4.0+b.1"),
            (Profile::CatV12, Exact, (Some("1.4.0-x.3"), Some("x")), "1.4.0-x.3"),
            (Profile::CatV12, Exact, (Some("1.4.0-y.3"), Some("x")), "releaseAs and prerelease"),
        ] {
            check(profile, exactness, "1.0.0", asked, Release::Patch, expected);
        }
    }
}
