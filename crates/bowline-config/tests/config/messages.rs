//! What people read when a file is refused.

use crate::support::{read, refusal};
use insta::assert_snapshot;

fn check(text: &str, parts: &[&str]) {
    let shown = refusal(text);
    for part in parts {
        assert!(shown.contains(part), "{text}\n{shown}\nlacks {part}");
    }
}

#[test]
fn all_mistakes_at_once() {
    let text = "[release]\ntga = \"v{version}\"\ncommit_message = \"release {date}\"\nbranches = \"main\"\n\n[build]\nin = \"clone\"\ntimeout = \"90\"\n\n[sign]\nrequired = true\n\n[gate.approvals]\nrequired = 2\n[gate.freeze]\n";
    assert_snapshot!(refusal(text), @r#"
    bowline.toml is not a valid configuration: 8 findings
      bowline.toml:2:1: unknown key `tga` in `[release]` | tga = "v{version}"
      bowline.toml:3:18: `release.commit_message` has `{date}`, which is no place to fill in | commit_message = "release {date}"
      bowline.toml:4:12: `release.branches` must be a list, not text | branches = "main"
      bowline.toml:6:2: `build` needs `command` | [build]
      bowline.toml:8:11: `build.timeout` has `90`, which is no length of time between `1s` and `30d` | timeout = "90"
      bowline.toml:10:2: `[sign]` is not available in this version of Bowline | [sign]
      bowline.toml:13:7: `[gate.approvals]` is not available in this version of Bowline | [gate.approvals]
      bowline.toml:15:7: `[gate.freeze]` is not available in this version of Bowline | [gate.freeze]
    hint: line 2: did you mean `tag`?
    hint: line 3: there are `{version}`, `{tag}`, `{package}`
    hint: line 4: write it as a list: `["main"]`
    hint: line 6: for example `command = ["make", "dist"]`
    hint: line 8: write a whole number and one unit: `90s`, `10m`, `24h`, `7d`
    hint: line 10: remove it or use a version that has it
    hint: line 13: remove it or use a version that has it
    hint: line 15: remove it or use a version that has it
    "#);
}

#[test]
fn broken_toml() {
    assert_snapshot!(refusal("[release\ntag = \"v{version}\"\nbranches = [\n\n[notes]\nfooter = 'x\n"), @r"
    bowline.toml is not a valid configuration: 2 findings
      bowline.toml:1:9: not valid TOML: unclosed table, expected `]` | [release
      bowline.toml:6:1: not valid TOML: missing comma between array elements, expected `,` | footer = 'x
    hint: every key, with an example: bowline config explain
    ");
    assert_snapshot!(refusal("[notes]\nfooter = \"a\"\nmax_chars = 1000\nfooter = \"b\"\n"), @r#"
    bowline.toml is not a valid configuration: 1 finding
      bowline.toml:4:1: `footer` stands there twice | footer = "b"
    hint: every key, with an example: bowline config explain
    "#);
}

#[test]
fn unknown_names_are_explained() {
    for (text, part) in [
        ("[relase]\n", "unknown section or key `relase`"),
        ("[relase]\n", "did you mean `release`?"),
        ("[release]\ncommit-message = \"x\"\n", "did you mean `commit_message`?"),
        ("[release]\ninclude = []\n", "`include` belongs to `[artifacts]`"),
        ("[release]\nat = \"x\"\n", "`at` belongs to `[[version_file]]`"),
        ("tag = \"x\"\n", "`tag` belongs to `[release]`"),
        ("\"release.tag\" = \"x\"\n", "`tag` belongs to `[release]`"),
        ("[release]\nzebra = 1\n", "there are: committer, branches, tag, commit_message, tag_message"),
        ("[sgin]\n", "`sign`, if that was meant, is not available"),
        ("[release]\nmodee = \"x\"\n", "`mode`, if that was meant, is not available"),
        ("[forge]\naccess_key_secret = \"hunter2\"\n", "secrets come from the environment"),
        ("[release]\ncommitter.nmae = \"x\"\n", "unknown key `nmae` in `[release.committer]`"),
        ("[commits.types.feat]\nbumb = \"minor\"\n", "unknown key `bumb` in `[commits.types.feat]`"),
        ("[tools.gti]\n", "did you mean `git`?"),
        ("[tools.syft]\npolicy = \"required\"\n", "`tools.syft` is no tool that this version of Bowline starts"),
        ("[tools.git]\npolicy = \"off\"\n", "has `off`, and nothing is released without git"),
        ("[tools.git]\nmin_version = \"2.20\"\n", "has `2.20.0`; versions before 2.31.0 lack settings in variables"),
        ("[tools.git]\npath = \"bin/git\"\n", "`tools.git.path` must be an absolute path"),
        ("[[version_file]]\npath = \"a\"\nformt = \"json\"\n", "unknown key `formt` in `[version_file[0]]`"),
        ("\"a\\u001b[31m\" = 1\n", "unknown section or key `a\\u{001B}[31m`"),
        ("\"\" = 1\n", "unknown section or key ``"),
    ] {
        check(text, &[part]);
    }
    assert!(!refusal("[forge]\ntoken = \"hunter2\"\n").contains("hunter2"));
}

#[test]
fn a_gate_without_checks_is_none() {
    check("[gate.checks]\nrequired = []\n", &["`gate.checks.required` must name a check", "required = [\"test\"]"]);
    let required = |text: &str| read(text).unwrap().config.gate.checks.map(|checks| checks.required);
    assert_eq!(required("[gate]\n"), None);
    assert_eq!(required("[gate.checks]\n"), Some(vec!["*".to_owned()]));
    assert_eq!(required("[gate.checks]\nbranch_rules = true\n"), Some(Vec::new()));
    check("[follow_up]\ncomment = \"by {author}\"\n", &["has `{author}`", "`{url}`"]);
    check(&format!("[follow_up]\ncomment = \"{}\"\n", "x".repeat(10_001)), &["longer than 10000"]);
}

#[test]
fn rules_for_commits() {
    for (keys, parts) in [
        ("type = \"fix\"", ["`commits.rule[0]` needs `pattern`", "for example `pattern = "]),
        (
            "pattern = '^(?<type>x'",
            ["`commits.rule[0].pattern` is no regular expression: unclosed group", "bowline.toml:2:"],
        ),
        ("pattern = '(?=x)'", ["look-around", "bowline.toml:2:"]),
        ("pattern = '(\\w{900}){900}'", ["too large a regular expression", ""]),
        ("pattern = ''", ["must not be empty", ""]),
        ("pattern = 'x'", ["does not say what its commits ask for", "(?<type>…)"]),
        ("pattern = 'x'\ntype = 'fxi'", ["has `fxi`, which is no type", "did you mean `fix`?"]),
        ("pattern = '(?<tpye>x)'", ["has a group `tpye`, which means nothing", "did you mean `(?<type>…)`?"]),
        ("pattern = 'x'\nignore = true\nbreaking = true", ["neither `type` nor `breaking`", "leave `ignore` out"]),
        ("pattern = 'x'\ntype = 'fix'\non = 'body'", ["has `body`, and must be", "\"message\""]),
        ("patern = 'x'", ["unknown key `patern` in `[commits.rule[0]]`", "did you mean `pattern`?"]),
    ] {
        check(&format!("[[commits.rule]]\n{keys}\n"), &parts);
    }
    check("[commits.rule]\npattern = 'x'\n", &["`commits.rule` must be a list of tables", "[[commits.rule]]"]);
    check(&"[[commits.rule]]\npattern = 'x'\ntype = 'fix'\n".repeat(101), &["one more than 100 rules"]);
    let rules = read("[[commits.rule]]\npattern = 'x'\ntype = 'FIX'\n").unwrap().config.commits.rules;
    assert_eq!(rules[0].kind.as_deref(), Some("fix"));
}

#[test]
fn channels() {
    for (keys, part) in [
        ("beta]\nprerelease = true", "`channel.beta` needs `branch`"),
        ("beta]\nbranch = \"[ab\"", "`channel.beta.branch` is no pattern: unclosed character class"),
        ("beta]\nbranch = \"b\"\nprerelease = false", "an identifier, or `true` for the channel's name"),
        ("beta]\nbranch = \"b\"\nprerelease = \"7\"", "and not digits alone"),
        ("beta]\nbranch = \"b\"\nprerelease = \"a.b\"", "must be letters, digits and `-`"),
        ("beta]\nbranch = \"b\"\nrange = \">=1 <2\"", "has `>=1 <2`, which is no range"),
        ("Beta]\nbranch = \"b\"", "`channel.Beta` is no channel's name"),
        ("stable]\nbranch = \"b\"\nrange = \"1.x\"", "`channel.stable` is the channel of final versions"),
        (
            "beta]\nbranch = \"b\"\nprerelease = \"x\"\n[channel.other]\nbranch = \"o\"\nprerelease = \"x\"",
            "`channel.other` makes `x` pre-releases, and so does `channel.beta`",
        ),
    ] {
        check(&format!("[channel.{keys}\n"), &[part]);
    }
    let read = |text: &str| read(text).unwrap().config.channel;
    let beta = read("[channel.beta]\nbranch = \"b\"\nprerelease = true\n").0.remove("beta").unwrap();
    assert_eq!((beta.branch.as_str(), beta.prerelease.as_deref(), beta.range), ("b", Some("beta"), None));
}

#[test]
fn calendar_versions() {
    for (keys, parts) in [
        ("scheme = \"semver\"\nformat = \"YYYY.MM.MICRO\"", ["only for calendar versions", "scheme = \"calver\""]),
        ("scheme = \"calver\"\ninitial = \"1.0.0\"", ["`version.initial` has no meaning for calendar", "leave it out"]),
        ("format = \"YYYY.0M.MICRO\"", ["no leading zeros", "write `MM` for `0M`"]),
    ] {
        check(&format!("[version]\n{keys}\n"), &parts);
    }
}

#[test]
fn forms_of_snapshots() {
    for (form, parts) in [
        ("snap.{commit}", ["`version.snapshot` must begin with `{version}-`", "there are `{version}`"]),
        ("{version}-snap.{commit}", ["makes `1.2.3-snap.0123456789`", "write `g{commit}`"]),
        ("{version}-{branch}.g{commit}", ["has `{branch}`, which is no place", "`{commits}`"]),
    ] {
        check(&format!("version.snapshot = \"{form}\"\n"), &parts);
    }
}

#[test]
fn sources_and_labels() {
    for (text, parts) in [
        ("sources = []", ["must name a source", "leave the key out to read commits"]),
        ("sources = [\"label\"]", ["has `label`", "did you mean `labels`?"]),
        ("labels.\"Version: Next\".section = \"x\"", ["is not a built-in label, so it needs `bump`", "\"skip\""]),
        ("labels.\"v1.x\".bump = \"minor\"", ["labels cannot have here", "rename the label"]),
        ("labels.next.bump = \"patch\"\nlabels.Next.bump = \"minor\"", ["again", "no capitals apart"]),
        ("labels.minor.bump = \"huge\"", ["has `huge`", "\"major\""]),
    ] {
        check(&format!("[commits]\n{text}\n"), &parts);
    }
    let commits = read("[commits]\nsources = [\"labels\"]\nlabels.Minor.section = \"News\"\n").unwrap().config.commits;
    let (name, label) = commits.label("MINOR").unwrap();
    assert_eq!((name, label.section.as_str(), label.bump.as_str()), ("Minor", "News", "minor"));
    assert!(commits.label("minor").is_some() && commits.labels.len() == 14, "the built-in one is that one");
    let unasked = read("[commits.labels.minor]\nhidden = true\n").unwrap().config.commits;
    assert_eq!(unasked.labels.len(), 1);
}

#[test]
fn changelogs_and_notes() {
    for (text, parts) in [
        ("style = \"keepachangelog\"", ["has `keepachangelog`", "did you mean `keep-a-changelog`?"]),
        ("sections = [\"Bug Fixs\"]", ["names \"Bug Fixs\"", "did you mean \"Bug Fixes\"?"]),
        ("style = \"keep-a-changelog\"\nsections = [\"Add\"]", ["names \"Add\"", "`[commits.types]`"]),
        ("jira = { url = \"https://x\" }", ["`changelog.jira` needs `projects`", "projects = [\"PROJ\"]"]),
        (
            "jira = { url = \"https://x\", projects = [\"proj\"] }",
            ["names \"proj\", which is no project's key", "PROJ-123"],
        ),
        ("jira = { url = \"https://x/(a)\", projects = [] }", ["end a link in Markdown", "bowline.toml:2"]),
    ] {
        check(&format!("[changelog]\n{text}\n"), &parts);
    }
    check("[notes.audience.x]\ntypes = [\"faet\"]\n", &["names `faet`, which is no type", "did you mean `feat`?"]);
    check("[notes.audience.X]\n", &["`notes.audience.X` is no audience's name"]);
    check("[notes.audience.x]\npath = \"a\"\n", &["unknown key `path` in `[notes.audience.x]`"]);
    check("[notes]\nupgrade = \"UPGRADING.md\"\n", &["must have `{version}` once", "docs/upgrading/{version}.md"]);
}

#[test]
fn names_of_other_versions_are_refused() {
    for (text, shown) in [
        ("[sign]\nrequired = true\n", "`[sign]`"),
        ("sign.required = true\n", "`[sign]`"),
        ("sign = true\n", "`sign`"),
        ("[attest]\n", "`[attest]`"),
        ("[gate.approvals]\nrequired = 1\n", "`[gate.approvals]`"),
        ("[gate.freeze]\n", "`[gate.freeze]`"),
        ("[gate]\nfreeze = 1\n", "`gate.freeze`"),
        ("[tracker.jira]\nurl = \"x\"\n", "`[tracker.jira]`"),
        ("[notify.team]\nkind = \"slack\"\n", "`[notify.team]`"),
        ("[environment.production]\n", "`[environment.production]`"),
        ("[hooks]\npre_plan = [\"x\"]\n", "`[hooks]`"),
        ("[ledger]\n", "`[ledger]`"),
        ("[observe]\n", "`[observe]`"),
        ("[release]\nmode = \"pull-request\"\n", "`release.mode`"),
        ("[artifacts]\nscan_secrets = true\n", "`artifacts.scan_secrets`"),
        ("[artifacts]\nembedded_version = true\n", "`artifacts.embedded_version`"),
        ("[[package]]\ndepends_on = []\n", "`package[0].depends_on`"),
    ] {
        check(
            text,
            &[
                &format!("{shown} is not available in this version of Bowline"),
                "remove it or use a version that has it",
            ],
        );
    }
    check(
        "[state]\nbackend = \"s3://u:p@bucket\"\n",
        &["`state.backend` has `s3://u:p@bucket`, which names no bucket"],
    );
    check(
        "[[version_file]]\npath = \"a.yaml\"\nformat = \"yaml\"\n",
        &["`version_file[0].format` has `yaml`, which is not"],
    );
}

#[test]
fn shapes() {
    for (text, part) in [
        ("release = 3\n", "`release` must be a table, not a number"),
        ("[[release]]\ntag = \"v{version}\"\n", "`release` must be a table, not a list"),
        ("[[release]]\n", "write `[release]` once"),
        ("[package]\nname = \"a\"\n", "write `[[package]]`"),
        ("package = [1]\n", "`package[0]` must be a table, not a number"),
        ("[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\n", "bowline.toml:3:"),
        ("[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\n", "releases one a repository"),
        ("[[version_file]]\nformat = \"json\"\n", "`version_file[0]` needs `path`"),
        (
            "[[version_file]]\npath = \"V\"\n[[version_file]]\npath = \"./V\"\n",
            "`version_file[1]` names the same place",
        ),
        ("[[version_file]]\npath = \"V\"\nformat = \"plain\"\nat = \"x\"\n", "the whole file is the version"),
        ("[build]\n", "`build` needs `command`"),
        ("[build]\ncommand = \"make dist\"\n", "for example `[\"make\", \"dist\"]`"),
        ("[build]\ncommand = [\"m\"]\nenv = { A-B = \"x\" }\n", "`build.env.A-B` is no name of a variable"),
        ("[build]\ncommand = [\"m\"]\nenv = \"A=b\"\n", "`build.env` must be a table, not text"),
        ("[artifacts]\ninclude = [\"x\"]\nmin = 3\nmax = 2\n", "`artifacts.max` is less than `min`, which is 3"),
        ("[commits.types]\nFeat = { bump = \"minor\" }\n", "write `feat`: commits match it in any case"),
        ("[commits.types.faet]\nhidden = false\n", "did you mean `feat`? a type of your own needs `bump`"),
        ("[commits.types.deps]\n", "`commits.types.deps` is not a built-in type, so it needs `bump`"),
        ("[commits.types]\nfeat = \"minor\"\n", "`commits.types.feat` must be a table, not text"),
        ("[commits]\nsources = []\n", "`commits.sources` must name a source"),
        ("[commits]\nsources = [\"changesets\"]\n", "`commits.sources` has an element"),
        ("[commits]\nchange_files = \"./\"\n", "`commits.change_files` must be a folder of its own"),
        ("[version]\ninitial = \"v1.0.0\"\n", "write `1.0.0`"),
        ("[changelog]\ndate = \"now\"\n", "must be \"commit\" or \"today\""),
        (
            "[artifacts]\nchecksums = [\n  \"sha256\",\n  \"md5\",\n]\n",
            "bowline.toml:4:3: `artifacts.checksums` has an element",
        ),
    ] {
        check(text, &[part]);
    }
}

#[test]
fn good_files() {
    for text in [
        "",
        "\u{feff}[release]\ntag = \"v{version}\"\n",
        "#:schema https://example.org/bowline.json\n",
        "[release]\r\ntag = \"v{version}\"\r\n",
        "commits.types.deps = { bump = \"patch\", section = \"Dependencies\" }\n",
        "[commits.types.docs]\nhidden = false\n",
        "[changelog]\npath = false\n",
        "[[package]]\n",
        "[version]\nbefore_one = { breaking = \"major\", feature = \"minor\" }\n",
    ] {
        let loaded = read(text);
        assert!(loaded.is_ok(), "{text}\n{loaded:?}");
    }
    let types = read("[commits.types.docs]\nhidden = false\n[commits.types.deps]\nbump = \"patch\"\n")
        .unwrap()
        .config
        .commits
        .types;
    assert_eq!((types["docs"].section.as_str(), types["docs"].hidden), ("Documentation", false));
    assert_eq!((types["deps"].section.as_str(), types["deps"].hidden, types.len()), ("Deps", false, 12));
    assert_eq!(read("[changelog]\npath = false\n").unwrap().config.changelog.path, None);
}

#[test]
fn hostile_files_are_answered_in_bounded_form() {
    let unknown: String = (0..60_000).map(|n| format!("key_{n} = 1\n")).collect();
    let shown = refusal(&unknown);
    assert!(shown.lines().count() < 150 && shown.contains("59950 more"), "{} lines", shown.lines().count());
    let long = format!("{} = 1\n", "a".repeat(1_000_000));
    assert!(refusal(&long).len() < 2000);
    let types: String = (0..20_000).map(|n| format!("[commits.types.t{n}]\n")).collect();
    assert!(refusal(&types).lines().count() < 150);
    let files: String = "[[version_file]]\npath = \"a\"\n".repeat(30_000);
    assert!(refusal(&files).lines().count() < 150);
    let deep = format!("a = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
    assert!(refusal(&deep).len() < 5000);
}

proptest::proptest! {
    /// Whatever stands in a file, the answer is a configuration or findings inside the file.
    #[test]
    fn no_file_is_too_strange(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        if let Err(error) = read(&text) {
            let lines = text.lines().count() + 1;
            proptest::prop_assert!(!error.findings().is_empty());
            for finding in error.findings() {
                proptest::prop_assert!((1..=lines).contains(&finding.line) && finding.column >= 1, "{:?}", finding);
                proptest::prop_assert!(!finding.to_string().contains(char::is_control), "{:?}", finding);
            }
        }
    }
}

const PIECES: &[&str] = &[
    "[release]\n",
    "[[release]]\n",
    "[[package]]\n",
    "[package]\n",
    "[build]\n",
    "[build.env]\n",
    "[sign]\n",
    "[gate.x]\n",
    "[commits.types.",
    "feat",
    "]\n",
    "[[version_file]]\n",
    "tag",
    "path",
    "bump",
    "command",
    "format",
    ".",
    "=",
    " = ",
    "\"v{version}\"\n",
    "\"{x\"\n",
    "'a'\n",
    "['a', \"b\"]\n",
    "{ bump = 'minor' }\n",
    "3\n",
    "1.5\n",
    "true\n",
    "1979-05-27\n",
    "[]\n",
    "{}\n",
    "\"",
    "\u{1b}",
    "\u{202e}",
    "\u{0}",
    "ä",
    "# c\n",
    "\r\n",
    "\n",
    "\"\"\"\n",
];
