//! Which of the three programs is meant.

use super::{Refusal, sources};
use crate::javascript::{Object, Value};
use crate::profile::Profile;
use crate::world::World;

/// The profile of this name, as a person gave it.
pub(super) fn given(name: &str) -> Result<Profile, Refusal> {
    Profile::named(name).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name).join(", ");
        Refusal::new(format!("there is no profile {name}: give one of {names}"))
    })
}

/// What the program's name says, and the packages that the project depends on.
pub(super) fn by_surroundings(program: &str, world: &World<'_>) -> Profile {
    let standard = Profile::Sv9.package();
    let tagged = Profile::CatV13.package();
    let range = |package: &str| sources::packages(world).find_map(|object| depends(&object, package));
    match program.split('.').next() {
        Some(name) if name == standard => Profile::Sv9,
        Some(name) if name == tagged => range(tagged).map_or(Profile::CatV13, |range| by_range(&range)),
        _ => match range(tagged) {
            Some(range) => by_range(&range),
            None => Profile::Sv9,
        },
    }
}

fn depends(package: &Object, name: &str) -> Option<String> {
    ["devDependencies", "dependencies"].iter().find_map(|key| {
        package.get(key).and_then(|packages| packages.get(name)).and_then(Value::as_text).map(str::to_owned)
    })
}

/// The first number of a range decides: versions before 12 have the habits of 12, and what has no number is the newest.
fn by_range(range: &str) -> Profile {
    let digits = range.trim_start_matches(|char: char| !char.is_ascii_digit());
    let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
    match number.parse::<u64>() {
        Ok(number) if number < 13 => Profile::CatV12,
        _ => Profile::CatV13,
    }
}

#[cfg(test)]
mod tests {
    use super::by_range;
    use crate::profile::Profile;

    #[test]
    fn the_first_number_of_a_range_decides() {
        let check = |range: &str, expected: Profile| assert_eq!(by_range(range), expected, "{range}");
        check("^12.4.4", Profile::CatV12);
        check("9.5.0", Profile::CatV12);
        check(">=12 <14", Profile::CatV12);
        check("~13.2.1", Profile::CatV13);
        check("latest", Profile::CatV13);
        check("*", Profile::CatV13);
        check("npm:@scope/fork@^12.0.0", Profile::CatV12);
    }
}
