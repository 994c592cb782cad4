//! A file that is the version: `VERSION`, `version.txt`.

use super::place::{Look, Place};
use bowline_model::Version;

/// The one word of the file; white space around it and a leading `v` stay.
pub(super) fn whole(source: &str) -> Look {
    let start = source.len() - source.trim_ascii_start().len();
    let word = source.trim_ascii();
    let place = Place::new(source, start..start + word.len(), "version");
    match place.filter(|place| place.text.parse::<Version>().is_ok()) {
        Some(place) => Look { places: vec![place], notes: Vec::new() },
        None => Look::note("is not one SemVer version"),
    }
}
