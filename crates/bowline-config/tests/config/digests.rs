//! The digest covers what a plan depends on, and nothing about how it is written or where it runs.

use crate::support::read;
use bowline_config::{Config, File, Flags, Input, load};

fn digest(text: &str) -> String {
    read(text).unwrap().config.digest().to_string()
}

#[test]
fn writing_does_not_matter() {
    let one = "[release]\ntag = \"v{version}\"\nbranches = [\"main\"]\n\n[artifacts]\nmin = 1\ninclude = ['dist/*']\n";
    let other = "# a comment\nartifacts = { include = [\"dist/*\"], min = 0x1 }\nrelease.branches = [\n  \"main\", # here\n]\r\nrelease.tag = '''v{version}'''\n";
    assert_eq!(digest(one), digest(other));
    assert_eq!(digest(""), Config::default().digest().to_string());
    assert_eq!(digest("[release]\ncommit_message = \"chore(release): {version}\"\n"), digest(""));
    // What later versions can do says nothing where it is not asked for.
    let usual = "[changelog]\nstyle = \"bowline\"\nsections = []\n[notes]\ncontributors = false\n";
    assert_eq!(digest(usual), digest(""));
    for other in
        ["[changelog]\nstyle = \"github\"", "[changelog]\nsections = [\"Features\"]", "[notes]\ncontributors = true"]
    {
        assert_ne!(digest(other), digest(""), "{other}");
    }
    assert_eq!(digest("[gate]\n[follow_up]\nstatus = false\n"), digest(""));
    assert_eq!(digest("[notes]\nfooter = \"a\\nb\"\n"), digest("[notes]\nfooter = \"a\\r\\nb\"\n"));
}

#[test]
fn this_machine_does_not_matter() {
    assert_eq!(
        digest(
            "version.snapshot = \"{version}-dev.g{commit}\"\n[forge]\npath = \"/srv/a\"\n[state]\nbackend = \"file\"\n[retry]\nattempts = 9\n[tools.git]\npath = \"/x/git\"\n"
        ),
        digest("")
    );
}

#[test]
fn everything_else_matters() {
    let mut seen = vec![digest("")];
    for text in [
        "[release]\ntag = \"{version}\"\n",
        "[commits.types.fix]\nbump = \"none\"\n",
        "[commits.types.fix]\nhidden = true\n",
        "[commits]\ndialect = \"angular\"\n",
        "[commits]\ndialect = \"eslint\"\n",
        "[commits]\nsources = [\"change-files\"]\n",
        "[commits]\nsources = [\"commits\", \"change-files\"]\n",
        "[commits]\nchange_files = \"x\"\n",
        "[commits]\nsquash = \"body\"\n",
        "[commits]\nignore = [\"^x\"]\n",
        "[commits]\nleast = \"patch\"\n",
        "[version]\nraise_initial = true\n",
        "[[version_file]]\npath = \"x\"\n",
        "[[version_file]]\npath = \"x\"\nrole = \"read\"\n",
        "[changelog.links]\nissue = \"https://x.example/{id}\"\n",
        "[commits]\noverrides = \"x\"\n",
        "[[commits.rule]]\npattern = 'x'\ntype = 'fix'\n",
        "[[commits.rule]]\npattern = 'y'\ntype = 'fix'\n",
        "[notes]\nheader = \"x\"\n",
        "[notes.audience.internal]\n",
        "[notes.audience.internal]\nasset = true\n",
        "[channel.beta]\nbranch = \"b\"\n",
        "[channel.beta]\nbranch = \"b\"\nenvironment = \"preview\"\n",
        "[commits]\nsources = [\"labels\"]\n",
        "[commits.labels.x]\nbump = \"minor\"\n",
        "[commits.labels.minor]\nsection = \"x\"\n",
        "[commits]\nunlabelled = \"none\"\n",
        "[commits]\npull_request_overrides = true\n",
        "[changelog]\npath = false\n",
        // Asked for and assumed differ in a repository that has only tags.
        "[changelog]\npath = \"CHANGELOG.md\"\n",
        "[build]\ncommand = [\"make\"]\n",
        "[build]\ncommand = [\"make\"]\ntimeout = \"59m\"\n",
        "[build]\ncommand = [\"make\"]\nenv.A = \"b\"\n",
        "[gate.checks]\nrequired = [\"test\"]\n",
        "[gate.checks]\nrequired = [\"test\"]\naccept = [\"skipped\"]\n",
        "[gate.checks]\nbranch_rules = true\n",
        "[follow_up]\ncomment = \"Released in {tag}.\"\n",
        "[follow_up]\nlabels = [\"released\"]\n",
        "[forge]\nkind = \"local\"\n",
        "[forge]\nrepository = \"acme/app\"\n",
        "[forge]\nurl = \"https://ghe.example\"\n",
    ] {
        seen.push(digest(text));
    }
    let flags = Flags { bump: Some("minor".to_owned()), ..Flags::default() };
    seen.push(load(&Input { flags, ..Input::default() }).unwrap().config.digest().to_string());
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn numbers_beyond_json_still_have_a_digest() {
    let (mut huge, mut larger) = (Config::default(), Config::default());
    huge.notes.max_chars = Some(u64::MAX - 1);
    larger.notes.max_chars = Some(u64::MAX);
    assert_ne!(huge.digest(), larger.digest());
}

#[test]
fn only_a_file_that_is_not_committed_is_provisional() {
    let file = |committed| Some(File { name: "bowline.toml".to_owned(), bytes: Vec::new(), committed });
    for (file, provisional) in [(None, false), (file(true), false), (file(false), true)] {
        assert_eq!(load(&Input { file, ..Input::default() }).unwrap().provisional, provisional);
    }
}
