//! inputs.sh: old and new names become arguments, and what has no meaning stops the release before anything was looked at.

use crate::scripts::{Bench, Ran};

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn bench() -> Bench {
    Bench::new("release-inputs/inputs.sh")
}

fn run(variables: &[(&str, &str)]) -> Ran {
    let mut bench = bench();
    for (name, value) in variables {
        bench.set(name, value);
    }
    bench.run()
}

/// The arguments, separated by blanks.
fn args(ran: &Ran) -> String {
    let (_, rest) = ran.outputs.split_once("\nargs<<").unwrap_or_else(|| panic!("{ran:?}"));
    let mut lines = rest.lines();
    let mark = lines.next().unwrap();
    lines.take_while(|line| *line != mark).collect::<Vec<_>>().join(" ")
}

#[test]
fn inputs_become_arguments() {
    for (given, expected) in [
        (&[][..], ""),
        (&[("RELEASE_TYPE", "auto"), ("PRERELEASE", "false")][..], ""),
        (&[("RELEASE_TYPE", "minor")][..], "--bump minor"),
        (&[("VERSION_TYPE", "major")][..], "--bump major"),
        (&[("RELEASE_TYPE", "auto"), ("VERSION_TYPE", "patch")][..], "--bump patch"),
        (&[("RELEASE_TYPE", "prerelease")][..], "--pre rc"),
        (&[("RELEASE_TYPE", "preminor"), ("PRERELEASE", "beta")][..], "--bump minor --pre beta"),
        (&[("PRERELEASE", "true")][..], "--pre rc"),
        (&[("PRERELEASE", "alpha")][..], "--pre alpha"),
        (&[("RELEASE_TYPE", "2.0.0")][..], "--version 2.0.0"),
        (&[("VERSION", "v2.0.0-rc.1")][..], "--version 2.0.0-rc.1"),
        (
            &[("PLAN_DIGEST", DIGEST)][..],
            "--plan sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (&[("DRAFT", "true")][..], "--draft"),
        (&[("CREATE_GITHUB_RELEASE", "false")][..], "--draft"),
    ] {
        let ran = run(given);
        assert_eq!((ran.code, args(&ran).as_str()), (0, expected), "{given:?}: {ran:?}");
    }
}

#[test]
fn what_has_no_meaning_stops_and_says_what_would_have_one() {
    for (given, words) in [
        (&[("RELEASE_TYPE", "huge")][..], "it is auto, major, minor"),
        (&[("RELEASE_TYPE", "minor"), ("VERSION_TYPE", "major")][..], "give one of them"),
        (&[("PRERELEASE", "be ta")][..], "of letters, digits and hyphens"),
        (&[("VERSION", "1.0.0"), ("RELEASE_TYPE", "minor")][..], "give one of them"),
        (&[("VERSION", "1.0.0; rm -rf")][..], "written like 1.2.3"),
        (&[("VERSION", "1.0.0"), ("PRERELEASE", "beta")][..], "give one of them"),
        (&[("PLAN_DIGEST", "sha256:12")][..], "64 digits"),
        (&[("QUALITY_RESULT", "failure")][..], "ended with failure"),
    ] {
        let ran = run(given);
        assert_eq!(ran.code, 2, "{given:?}: {ran:?}");
        assert!(ran.said.contains("::error title=input of the release::") && ran.said.contains(words), "{ran:?}");
        assert!(ran.summary.contains(words) && ran.outputs.is_empty(), "{ran:?}");
    }
}

#[test]
fn hostile_inputs_are_only_text() {
    let hostile = "$(touch pwned)`touch pwned`\n::set-output name=args::--version\n--version=9.9.9 <img> | %0A";
    for name in ["RELEASE_TYPE", "VERSION_TYPE", "PRERELEASE", "VERSION", "PLAN_DIGEST", "JIRA", "QUALITY_RESULT"] {
        let mut bench = bench();
        bench.set(name, hostile);
        let ran = bench.run();
        assert!(!bench.path("work/pwned").exists(), "{name}");
        let commands = ran.said.lines().filter(|line| line.trim_start().starts_with("::"));
        for command in commands {
            let known = ["::error title=", "::warning title=", "::notice title="];
            assert!(known.iter().any(|word| command.starts_with(word)), "{name}: {}", ran.said);
        }
        assert!(!ran.summary.contains("<img>") && !ran.outputs.contains("9.9.9"), "{name}: {ran:?}");
    }
}

#[test]
fn old_names_warn() {
    let ran =
        run(&[("VERSION_TYPE", "minor"), ("SKIP_QUALITY", "true"), ("JIRA", "true https://jira.example.com APP")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in ["version-type is deprecated: use release-type", "skip-quality is deprecated", "Jira is skipped"] {
        assert!(ran.said.contains(words), "{words}: {}", ran.said);
    }
    let silent = run(&[("JIRA", "false     false false")]);
    assert!(!silent.said.contains("::warning"), "{}", silent.said);
}

/// A result counts for the commit that was looked at.
#[test]
fn quality_counts_for_its_own_commit_only() {
    let mut bench = bench();
    let head = bench.head();
    bench.set("QUALITY_RESULT", "success").set("QUALITY_OUTCOME", "passed").set("QUALITY_COMMIT", &head);
    assert_eq!(bench.run().code, 0);
    bench.git(&["commit", "--quiet", "--allow-empty", "--message", "another"]);
    let ran = bench.run();
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.said.contains(&head) && ran.said.contains("run the workflow again"), "{ran:?}");
    let head = bench.head();
    bench.set("QUALITY_COMMIT", &head).set("QUALITY_OUTCOME", "");
    assert_eq!(bench.run().code, 2, "no outcome is no success");
}
