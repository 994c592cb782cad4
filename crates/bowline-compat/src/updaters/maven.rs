//! Maven's `pom.xml`.

use super::Found;
use crate::profile::Profile;

pub(super) fn read(_contents: &str, _profile: Profile) -> Result<Found, String> {
    Err("Failed to read the version field in your pom file - is it present?".to_owned())
}

pub(super) fn write(_contents: &str, _version: &str, _profile: Profile) -> Result<String, String> {
    Err("Failed to read the version field in your pom file - is it present?".to_owned())
}
