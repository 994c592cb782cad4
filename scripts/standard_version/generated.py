"""Scenarios from seeds: the same seed is the same scenario, on every machine."""

import json
import random as randomness

import contents
from messages import message
from repository import Repository
from scenario import HEADERS, PROFILES, Scenario

VERSIONS = ["1.0.0"] * 6 + ["0.3.0", "0.1.9", "2.4.9", "1.2.0-beta.1", "1.0.1-alpha.0", "2.0.0-rc.3", "10.20.30", "1.0.0-0"]
PREFIXES = ["v"] * 8 + ["", "release/", "widget@", "pkg-v"]
PRESETS = ["angular", "atom", "codemirror", "ember", "eslint", "express", "jquery", "jshint", "conventionalcommits"]
TYPES = [
    [{"type": "feat", "section": "New"}, {"type": "fix", "section": "Mended"}, {"type": "perf", "section": "Speed"}],
    [{"type": "chore", "section": "Chores"}, {"type": "feat", "section": "Features"}, {"type": "docs", "hidden": True}, {"type": "revert", "section": "Reverts"}],
    [{"type": "feat", "scope": "api", "section": "API"}, {"type": "feat", "section": "Features"}, {"type": "fix", "section": "Features"}],
    [{"type": "feat", "section": "Features", "hidden": True}, {"type": "fix", "section": "Bug Fixes", "hidden": False}, {"type": "build", "section": "Build"}]]
EFFECTS = [{"type": "feat", "section": "Features", "effect": "bump"}, {"type": "docs", "section": "Docs", "effect": "changelog"},
           {"type": "chore", "effect": "hidden"}, {"type": "perf", "section": "Speed", "effect": "bump"}]


def scenario(seed):
    random = randomness.Random(f"standard-version {seed}")
    profile = PROFILES[seed % 3]
    made = Scenario(f"seed {seed}", profile, Repository())
    version = random.choice(VERSIONS)
    prefix = random.choice(PREFIXES)
    history(random, made.repository, version, prefix, profile)
    configure(random, made, version, prefix)
    surroundings(random, made)
    made.mended = seed % 4 == 0
    return made


def history(random, repository, version, prefix, profile):
    """Files, commits and tags."""
    if random.random() < 0.1:
        repository.step = 0
    files = {"README.md": "# widget\n"}
    if random.random() < 0.93:
        files["package.json"] = contents.package(random, None if random.random() < 0.04 else version, random.choice(contents.REPOSITORIES),
                                                 private=random.random() < 0.12)
    for name, chance, text in [
        ("package-lock.json", 0.4, contents.lock(version)), ("npm-shrinkwrap.json", 0.08, contents.lock(version)),
        ("bower.json", 0.1, contents.package(random, version)), ("manifest.json", 0.08, contents.package(random, "0.9.9")),
        ("yarn.lock", 0.1, "# yarn\n"), ("pnpm-lock.yaml", 0.07, "lockfileVersion: 9\n"), (".gitignore", 0.25, random.choice(["node_modules\n", "bower.json\n*.log\n", "npm-shrinkwrap.json\n", "# none\n\n/dist/\n"])),
    ]:
        if random.random() < chance:
            files[name] = text
    if random.random() < 0.45:
        files["CHANGELOG.md"] = contents.changelog(random, HEADERS[profile], version)
    files |= contents.others(random, version)
    repository.commit("chore: begin", files)
    hashes, titles = [], []
    tagged = random.random()
    for number in range(random.choice([0, 1, 1, 2])):
        step(random, repository, hashes, titles, number)
        if random.random() < 0.5:
            repository.tag(f"{prefix}0.{number}.{random.randrange(3)}", annotated=random.random() < 0.5)
    if tagged < 0.85:
        repository.tag(prefix + version, annotated=tagged < 0.6)
    if random.random() < 0.15:
        for name in random.sample(["nightly", "v1", "v1.2", "latest-2.0.0", "v0.0.1-x.1", "1.0.0", "other@3.0.0", "v00.1.0", "v3.0.0.1"], 3):
            repository.tag(name, random.choice(hashes) if hashes else None, annotated=random.random() < 0.5)
    count = random.choice([0, 1, 1, 2, 3, 4, 5, 6, 8, 12, 20])
    for number in range(count):
        if random.random() < 0.1:
            fork(random, repository, hashes, titles, number, prefix)
        else:
            step(random, repository, hashes, titles, 10 + number)
        if random.random() < 0.04:
            repository.tag(prefix + random.choice(["1.1.0-alpha.0", "1.1.0-beta.3", "1.2.0-0", "2.0.0-rc.4"]), annotated=False)


def step(random, repository, hashes, titles, number):
    text = message(random, hashes, titles)
    place = random.choice(["src", "src", "packages/a", "docs"])
    hashes.append(repository.commit(text, {f"{place}/{number}.txt": f"{number}\n"}))
    titles.append(text.strip().split("\n")[0].strip())


def fork(random, repository, hashes, titles, number, prefix):
    """Something beside the line of HEAD: merged, or a tag that HEAD does not have."""
    base, files = repository.head, dict(repository.files)
    step(random, repository, hashes, titles, 100 + number)
    side, theirs = repository.head, repository.files
    repository.head, repository.files = base, files
    if random.random() < 0.25:
        repository.tag(prefix + "7.0.0", side)
        return
    step(random, repository, hashes, titles, 200 + number)
    merged = random.choice([f"Merge branch 'topic-{number}'", f"Merge pull request #{number} from acme/topic\n\nfeat: from a request", "feat(merge): a merge that says so"])
    repository.merge(merged, side, {path: content for path, content in theirs.items() if path not in repository.files})


def configure(random, made, version, prefix):
    """Options, spread over the command line, package.json and configuration files."""
    options = chosen(random, made, version)
    if prefix != "v" and random.random() < 0.85:
        options["tagPrefix"] = prefix
    repository = made.repository
    source = random.choice(["arguments"] * 4 + ["stanza", ".versionrc", ".versionrc.json", ".versionrc.js", ".versionrc.cjs", "both", "both"])
    if made.profile == "catv13" and source == ".versionrc.cjs" and random.random() < 0.5:
        source = ".versionrc.mjs"
    if "package.json" not in repository.files and source == "stanza":
        source = ".versionrc"
    # A list with objects in it can only be written in a file, a dry run is only said on the command line.
    share = {"arguments": 0, "both": 0.5}.get(source, 1)
    written = {key: value for key, value in options.items() if key != "dryRun" and (
        random.random() < share or isinstance(value, list) and any(isinstance(one, dict) for one in value))}
    said = {key: value for key, value in options.items() if key not in written}
    if written:
        place = ".versionrc" if source in ("both", "arguments") else source
        files = {}
        if place == "stanza":
            package = json.loads(repository.files["package.json"].decode().lstrip("\ufeff"))
            stanza = "standard-version" if made.profile == "sv9" or random.random() < 0.4 else "commit-and-tag-version"
            files["package.json"] = json.dumps(package | {stanza: written}, indent=2) + "\n"
        else:
            text = json.dumps(written, indent=2)
            files[place] = text if place in (".versionrc", ".versionrc.json") else {
                ".mjs": f"export default {text};\n", ".js": f"module.exports = {text};\n"}.get(
                    place[len(".versionrc"):], f"module.exports = () => ({text});\n")
        repository.commit("chore: configure", files)
    run = arguments(random, said)
    made.runs = [run]
    if "dryRun" not in options and "releaseAs" not in options and random.random() < 0.12:
        made.runs = [run, run]


def chosen(random, made, version):
    """The options of one scenario, by key."""
    options, catv = {}, made.profile != "sv9"

    def maybe(chance, key, *values):
        if random.random() < chance:
            options[key] = random.choice(values)

    maybe(0.22, "dryRun", True)
    maybe(0.07, "firstRelease", True)
    maybe(0.12, "releaseAs", "major", "minor", "patch", "1.1.0", "3.0.0-rc.1", "2.0.0", "MINOR", "v4.0.0")
    maybe(0.15, "prerelease", "alpha", "beta", "rc", "", "beta")
    maybe(0.05, "infile", "docs/HISTORY.md", "HISTORY.md")
    maybe(0.03, "message", "release %s", "chore: %s and %s")
    maybe(0.05, "noVerify", True)
    maybe(0.07, "commitAll", True)
    maybe(0.03, "silent", True)
    maybe(0.05, "path", "packages/a", "src", "nowhere")
    maybe(0.05, "header", "# Our changes\n", "# Changelog\n\nAll of it.\n", "no mark")
    maybe(0.02, "changelogHeader", "# Old header\n")
    maybe(0.1, "types", *TYPES, *([EFFECTS] if made.profile == "catv13" else []))
    maybe(0.04, "commitUrlFormat", "https://example.org/{{owner}}/{{repository}}/c/{{hash}}", "{{host}}/x/{{hash}}")
    maybe(0.04, "compareUrlFormat", "https://example.org/{{previousTag}}..{{currentTag}}", "{{ host }}/{{owner}}/diff/{{currentTag}}")
    maybe(0.05, "issueUrlFormat", "https://tracker.example.org/{{id}}", "{{host}}/{{owner}}/{{repository}}/i/{{prefix}}{{id}}")
    maybe(0.03, "userUrlFormat", "https://people.example.org/{{user}}")
    maybe(0.08, "releaseCommitMessageFormat", "chore(release): v{{currentTag}} [skip ci]", "release {{currentTag}}\n\nbody of {{currentTag}}", "{{version}} is out")
    maybe(0.04, "issuePrefixes", ["#", "GH-"], ["JIRA-"])
    maybe(0.03, "preMajor", True)
    maybe(0.03, "lernaPackage", "widget", "other")
    maybe(0.03, "gitTagFallback", False)
    if made.profile != "catv13":
        maybe(0.1, "preset", *PRESETS)
    maybe(0.14, "skip", {"changelog": True}, {"commit": True}, {"tag": True}, {"bump": True}, {"changelog": True, "tag": True},
          {"bump": True, "changelog": True}, {"commit": True, "tag": True})
    if random.random() < 0.15:
        options["scripts"] = scripts(random)
    bump_files(random, made, options, version)
    if catv:
        maybe(0.06, "releaseCount", 0, 2, 1)
        maybe(0.04, "tagForce", True)
        maybe(0.05, "signoff", True)
        maybe(0.05, "npmPublishHint", "pnpm publish -r", "make publish")
        maybe(0.06, "noBumpWhenEmptyChanges", True)
    return options


def scripts(random):
    hooks = {
        "prerelease": ["true", "echo about to begin"], "prebump": ["true", "echo 5.0.0", "echo minor", "echo '\"6.1.0\"'", "echo >&2 a warning"],
        "postbump": ["echo done > bumped.txt && git add bumped.txt", "true", "cp package.json copy.json; git add copy.json", "exit 3", "echo >&2 broken; exit 1"],
        "prechangelog": ["true", "echo x"], "postchangelog": ["sed -i.bak s/Features/FEATURES/ CHANGELOG.md; rm -f CHANGELOG.md.bak", "true", "no-such-program-here"],
        "precommit": ["echo 'chore: {{currentTag}} by hook'", "true", "printf 'one line for {{currentTag}}'"], "postcommit": ["git log -1 --format=%s > last.txt", "true"],
        "pretag": ["true", "echo >&2 about to tag"], "posttag": ["git tag -l > tags.txt", "true", "exit 1"]}
    return {name: random.choice(hooks[name]) for name in random.sample(sorted(hooks), random.choice([1, 1, 2, 3]))}


def bump_files(random, made, options, version):
    """packageFiles and bumpFiles, with the types that the profile has."""
    chance = random.random()
    if chance > 0.16:
        return
    plain = {"filename": "other.txt", "type": "plain-text"}
    nested = {"filename": "packages/a/package.json", "type": "json"}
    lists = [["package.json", "VERSION.txt"], ["package.json", nested], [plain], ["package.json", "package-lock.json", "missing.json"],
             ["packages/a/package.json", "package.json"], ["package.json", "README.md"], ["package.json", {"filename": "x.bin", "type": "nothing"}]]
    if made.profile != "sv9":
        lists += [["package.json", name] for name in ["pom.xml", "build.gradle", "build.gradle.kts", "app.csproj", "openapi.yaml", "chart.yaml", "pyproject.toml"]] * 2
    options["bumpFiles"] = random.choice(lists)
    if chance < 0.05:
        options["packageFiles"] = random.choice([["package.json"], ["VERSION.txt"], ["missing.json", "package.json"], [plain]])
    made.repository.commit("chore: more files", {
        "packages/a/package.json": json.dumps({"name": "a", "version": "0.0.1"}, indent=2) + "\n", "other.txt": version})


NAMES = {"releaseAs": ["-r", "--release-as", "--releaseAs"], "prerelease": ["-p", "--prerelease"], "firstRelease": ["-f", "--first-release"],
         "infile": ["-i", "--infile"], "message": ["-m", "--message"], "noVerify": ["-n", "--no-verify"], "commitAll": ["-a", "--commit-all"],
         "tagPrefix": ["-t", "--tag-prefix", "--tagPrefix"], "dryRun": ["--dry-run", "--dryRun"], "lernaPackage": ["--lerna-package"]}


def arguments(random, options):
    """Options as a command line, in one of the ways to write each."""
    words = []
    for key, value in options.items():
        name = random.choice(NAMES.get(key, [f"--{key}"]))
        if isinstance(value, dict):
            for inner, what in value.items():
                words += [f"--{key}.{inner}"] + ([] if what is True else [what])
        elif isinstance(value, list):
            words += [name, *value] if random.random() < 0.5 else [part for one in value for part in (name, one)]
        elif value is True:
            words.append(name)
        elif value is False:
            words.append(f"--no-{'git-tag-fallback' if key == 'gitTagFallback' else key}")
        elif key == "prerelease" and value == "":
            words.append(name)
        elif name.startswith("--") and random.random() < 0.3:
            words.append(f"{name}={value}")
        else:
            words += [name, str(value)]
    # A list takes all the words behind it, so that what has no name of its own would go astray.
    return words


def surroundings(random, made):
    """Where and in what state of the working tree it is run."""
    repository = made.repository
    if remote := random.choice(contents.REMOTES):
        repository.config['remote "origin"'] = [("url", remote), ("fetch", "+refs/heads/*:refs/remotes/origin/*")]
    repository.detached = random.random() < 0.05
    repository.branch = random.choice(["main"] * 4 + ["master", "release/1.x"])
    if random.random() < 0.15:
        repository.changed["notes.txt"] = "not committed\n"
        if random.random() < 0.6:
            repository.staged.append("notes.txt")
    if random.random() < 0.08:
        repository.changed["README.md"] = "# changed\n"
    if random.random() < 0.04:
        repository.hooks["pre-commit"] = random.choice(["#!/bin/sh\necho refused >&2\nexit 1\n", "#!/bin/sh\necho looked at\n"])
    if random.random() < 0.03:
        made.environment["FORCE_COLOR"] = "1"
    if random.random() < 0.1:
        made.environment["TZ"] = random.choice(["Asia/Tokyo", "America/Los_Angeles"])
    if random.random() < 0.05 and "packages/a/0.txt" not in repository.files:
        made.folder = "src" if any(path.startswith("src/") for path in repository.files) else "."
