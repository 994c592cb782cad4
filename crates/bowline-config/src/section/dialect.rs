//! Dialects: how commit headers are written, and what their types mean unless configured otherwise.
//!
//! All of it is data. The forms are read by `bowline-plan`; the meanings follow the presets of conventional-changelog, the
//! default rules of semantic-release's commit analyzer, and the list of gitmoji. Types are lowercase here and match in any
//! case.

use bowline_model::version::Level;
use serde::{Deserialize, Serialize};

/// How commit headers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `type(scope)!: text`, [Conventional Commits 1.0.0](https://www.conventionalcommits.org/en/v1.0.0/).
    #[default]
    Conventional,
    /// `type(scope): text` without `!`.
    Angular,
    /// `:code: text`, with the codes of the Atom editor.
    Atom,
    /// `[TAG channel] text` on the first line of a merged pull request's title.
    Ember,
    /// `Tag: text`.
    Eslint,
    /// `component: text`.
    Express,
    /// `✨ (scope): text` or `:sparkles: (scope): text`, [gitmoji](https://gitmoji.dev/specification).
    Gitmoji,
    /// `component: text`, as in jQuery.
    Jquery,
    /// `[[TYPE]] text`.
    Jshint,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Conventional,
        Self::Angular,
        Self::Atom,
        Self::Ember,
        Self::Eslint,
        Self::Express,
        Self::Gitmoji,
        Self::Jquery,
        Self::Jshint,
    ];

    /// Its word in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conventional => "conventional",
            Self::Angular => "angular",
            Self::Atom => "atom",
            Self::Ember => "ember",
            Self::Eslint => "eslint",
            Self::Express => "express",
            Self::Gitmoji => "gitmoji",
            Self::Jquery => "jquery",
            Self::Jshint => "jshint",
        }
    }

    /// A header as it should be, for advice.
    pub fn example(self) -> &'static str {
        match self {
            Self::Conventional | Self::Angular => "feat(api): add a thing",
            Self::Atom => ":bug: Fix a thing",
            Self::Ember => "[BUGFIX beta] Fix a thing",
            Self::Eslint => "Fix: a thing",
            Self::Express | Self::Jquery => "deps: update a thing",
            Self::Gitmoji => ":sparkles: add a thing",
            Self::Jshint => "[[FEAT]] Add a thing",
        }
    }

    /// Its types with what they ask for and the heading they stand under.
    pub(crate) fn types(self) -> Vec<Meaning> {
        let table: &[Meaning] = match self {
            Self::Conventional | Self::Angular => &CONVENTIONAL,
            Self::Atom => &ATOM,
            Self::Ember => &EMBER,
            Self::Eslint => &ESLINT,
            Self::Express | Self::Jquery => &EXPRESS,
            Self::Jshint => &JSHINT,
            Self::Gitmoji => {
                return GITMOJI.iter().map(|&(_, code, level)| (code, level, gitmoji_title(code))).collect();
            }
        };
        table.to_vec()
    }
}

/// Type, what it asks for, heading.
pub(crate) type Meaning = (&'static str, Level, &'static str);

/// The code of gitmoji that `text` begins with as a character, and how long that is in bytes. The selector that asks for a
/// coloured picture (U+FE0F) may stand behind it or be missing.
pub fn gitmoji_code(text: &[u8]) -> Option<(&'static str, usize)> {
    let bare = |emoji: &'static str| emoji.strip_suffix(COLOURED).unwrap_or(emoji);
    let (emoji, code, _) = GITMOJI.iter().find(|(emoji, ..)| text.starts_with(bare(emoji).as_bytes()))?;
    let length = bare(emoji).len();
    let coloured = text[length..].starts_with(COLOURED.as_bytes());
    Some((code, length + if coloured { COLOURED.len() } else { 0 }))
}

fn gitmoji_title(code: &str) -> &'static str {
    match code {
        "sparkles" => "Features",
        "bug" | "ambulance" | "adhesive_bandage" | "goal_net" | "pencil2" => "Bug Fixes",
        "zap" => "Performance",
        "lock" => "Security",
        "boom" => "Breaking Changes",
        "arrow_up" | "arrow_down" | "pushpin" | "heavy_plus_sign" | "heavy_minus_sign" => "Dependencies",
        "rewind" => "Reverts",
        "memo" => "Documentation",
        _ => "Other Changes",
    }
}

const COLOURED: &str = "\u{fe0f}";

const CONVENTIONAL: [Meaning; 11] = [
    ("feat", Level::Minor, "Features"),
    ("fix", Level::Patch, "Bug Fixes"),
    ("perf", Level::Patch, "Performance"),
    ("revert", Level::Patch, "Reverts"),
    ("docs", Level::None, "Documentation"),
    ("style", Level::None, "Code Style"),
    ("chore", Level::None, "Chores"),
    ("refactor", Level::None, "Code Refactoring"),
    ("test", Level::None, "Tests"),
    ("build", Level::None, "Build System"),
    ("ci", Level::None, "Continuous Integration"),
];

const ATOM: [Meaning; 16] = [
    ("racehorse", Level::Patch, "Performance"),
    ("bug", Level::Patch, "Bug Fixes"),
    ("penguin", Level::Patch, "Linux"),
    ("apple", Level::Patch, "macOS"),
    ("checkered_flag", Level::Patch, "Windows"),
    ("revert", Level::Patch, "Reverts"),
    ("art", Level::None, "Code Style"),
    ("non-potable_water", Level::None, "Memory Leaks"),
    ("memo", Level::None, "Documentation"),
    ("fire", Level::None, "Removals"),
    ("green_heart", Level::None, "Continuous Integration"),
    ("white_check_mark", Level::None, "Tests"),
    ("lock", Level::None, "Security"),
    ("arrow_up", Level::None, "Dependencies"),
    ("arrow_down", Level::None, "Dependencies"),
    ("shirt", Level::None, "Code Style"),
];

const EMBER: [Meaning; 6] = [
    ("feature", Level::Minor, "Features"),
    ("bugfix", Level::Patch, "Bug Fixes"),
    ("security", Level::Patch, "Security"),
    ("revert", Level::Patch, "Reverts"),
    ("cleanup", Level::None, "Cleanup"),
    ("doc", Level::None, "Documentation"),
];

const ESLINT: [Meaning; 9] = [
    ("breaking", Level::Major, "Breaking Changes"),
    ("new", Level::Minor, "Features"),
    ("update", Level::Minor, "Enhancements"),
    ("fix", Level::Patch, "Bug Fixes"),
    ("revert", Level::Patch, "Reverts"),
    ("docs", Level::None, "Documentation"),
    ("build", Level::None, "Build System"),
    ("upgrade", Level::None, "Dependencies"),
    ("chore", Level::None, "Chores"),
];

const EXPRESS: [Meaning; 3] = [
    ("perf", Level::Patch, "Performance"),
    ("deps", Level::Patch, "Dependencies"),
    ("revert", Level::Patch, "Reverts"),
];

const JSHINT: [Meaning; 5] = [
    ("feat", Level::Minor, "Features"),
    ("fix", Level::Patch, "Bug Fixes"),
    ("revert", Level::Patch, "Reverts"),
    ("chore", Level::None, "Chores"),
    ("docs", Level::None, "Documentation"),
];

/// The characters and codes of gitmoji with what they ask for (its `semver` field).
const GITMOJI: [(&str, &str, Level); 74] = [
    ("🎨", "art", Level::None),
    ("⚡️", "zap", Level::Patch),
    ("🔥", "fire", Level::None),
    ("🐛", "bug", Level::Patch),
    ("🚑️", "ambulance", Level::Patch),
    ("✨", "sparkles", Level::Minor),
    ("📝", "memo", Level::None),
    ("🚀", "rocket", Level::None),
    ("💄", "lipstick", Level::Patch),
    ("🎉", "tada", Level::None),
    ("✅", "white_check_mark", Level::None),
    ("🔒️", "lock", Level::Patch),
    ("🔐", "closed_lock_with_key", Level::None),
    ("🔖", "bookmark", Level::None),
    ("🚨", "rotating_light", Level::None),
    ("🚧", "construction", Level::None),
    ("💚", "green_heart", Level::None),
    ("⬇️", "arrow_down", Level::Patch),
    ("⬆️", "arrow_up", Level::Patch),
    ("📌", "pushpin", Level::Patch),
    ("👷", "construction_worker", Level::None),
    ("📈", "chart_with_upwards_trend", Level::Patch),
    ("♻️", "recycle", Level::None),
    ("➕", "heavy_plus_sign", Level::Patch),
    ("➖", "heavy_minus_sign", Level::Patch),
    ("🔧", "wrench", Level::Patch),
    ("🔨", "hammer", Level::None),
    ("🌐", "globe_with_meridians", Level::Patch),
    ("✏️", "pencil2", Level::Patch),
    ("💩", "poop", Level::None),
    ("⏪️", "rewind", Level::Patch),
    ("🔀", "twisted_rightwards_arrows", Level::None),
    ("📦️", "package", Level::Patch),
    ("👽️", "alien", Level::Patch),
    ("🚚", "truck", Level::None),
    ("📄", "page_facing_up", Level::None),
    ("💥", "boom", Level::Major),
    ("🍱", "bento", Level::Patch),
    ("♿️", "wheelchair", Level::Patch),
    ("💡", "bulb", Level::None),
    ("🍻", "beers", Level::None),
    ("💬", "speech_balloon", Level::Patch),
    ("🗃️", "card_file_box", Level::Patch),
    ("🔊", "loud_sound", Level::None),
    ("🔇", "mute", Level::None),
    ("👥", "busts_in_silhouette", Level::None),
    ("🚸", "children_crossing", Level::Patch),
    ("🏗️", "building_construction", Level::None),
    ("📱", "iphone", Level::Patch),
    ("🤡", "clown_face", Level::None),
    ("🥚", "egg", Level::Patch),
    ("🙈", "see_no_evil", Level::None),
    ("📸", "camera_flash", Level::None),
    ("⚗️", "alembic", Level::Patch),
    ("🔍️", "mag", Level::Patch),
    ("🏷️", "label", Level::Patch),
    ("🌱", "seedling", Level::None),
    ("🚩", "triangular_flag_on_post", Level::Patch),
    ("🥅", "goal_net", Level::Patch),
    ("💫", "dizzy", Level::Patch),
    ("🗑️", "wastebasket", Level::Patch),
    ("🛂", "passport_control", Level::Patch),
    ("🩹", "adhesive_bandage", Level::Patch),
    ("🧐", "monocle_face", Level::None),
    ("⚰️", "coffin", Level::None),
    ("🧪", "test_tube", Level::None),
    ("👔", "necktie", Level::Patch),
    ("🩺", "stethoscope", Level::None),
    ("🧱", "bricks", Level::None),
    ("🧑‍💻", "technologist", Level::None),
    ("💸", "money_with_wings", Level::None),
    ("🧵", "thread", Level::None),
    ("🦺", "safety_vest", Level::None),
    ("✈️", "airplane", Level::None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_gitmoji_have_one_code_each() {
        for (emoji, code, _) in GITMOJI {
            let bare = emoji.strip_suffix(COLOURED).unwrap_or(emoji);
            for text in [format!("{bare} x"), format!("{bare}{COLOURED} x")] {
                let (found, length) = gitmoji_code(text.as_bytes()).unwrap();
                assert_eq!((found, &text.as_bytes()[length..]), (code, b" x".as_slice()), "{text}");
            }
        }
        assert_eq!(gitmoji_code(b"feat: x"), None);
        assert_eq!(gitmoji_code("🦀 x".as_bytes()), None);
    }

    #[test]
    fn types_are_lowercase_and_named_once() {
        for dialect in ALL {
            let mut names: Vec<_> = dialect.types().iter().map(|(name, ..)| *name).collect();
            assert!(names.iter().all(|name| super::super::commits::check_name(name).is_ok()), "{names:?}");
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{dialect:?}");
        }
    }

    const ALL: [Dialect; 9] = [
        Dialect::Conventional,
        Dialect::Angular,
        Dialect::Atom,
        Dialect::Ember,
        Dialect::Eslint,
        Dialect::Express,
        Dialect::Gitmoji,
        Dialect::Jquery,
        Dialect::Jshint,
    ];
}
