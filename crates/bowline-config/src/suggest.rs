//! "Did you mean …?"

/// The one of `candidates` that `given` most likely stands for.
pub(crate) fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes a name into a paragraph, and distance is quadratic.
    if given.len() > LONGEST {
        return None;
    }
    let given = normal(given);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&given, &normal(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(candidate.len().min(given.len())))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Habits of other tools (`commit-message`, `commitMessage`) are not mistakes of spelling.
fn normal(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

const fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    }
}

const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["tag", "tag_message", "commit_message", "branches"];
        for (given, expected) in [
            ("tga", Some("tag")),
            ("commitMessage", Some("commit_message")),
            ("commit-message", Some("commit_message")),
            ("branchs", Some("branches")),
            ("tag_mesage", Some("tag_message")),
            ("zebra", None),
            ("", None),
            (&"tag".repeat(1000), None),
        ] {
            assert_eq!(closest(given, names), expected, "{given}");
        }
    }
}
