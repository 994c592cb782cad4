"""Scenarios written by hand: what the originals are known to do, one thing each."""

import json

from repository import Repository
from scenario import PROFILES, Scenario

REPOSITORY = {"type": "git", "url": "https://github.com/acme/widget.git"}
ALL, CATV = tuple(PROFILES), ("catv12", "catv13")


def manifest(version="1.0.0", **more):
    return json.dumps({"name": "widget", "version": version, "repository": REPOSITORY} | more, indent=2) + "\n"


def start(*messages, version="1.0.0", files=None, tag="v{}", config=None, package=True, **more):
    """A repository with a release and what was committed since."""
    repository = Repository()
    first = {"package.json": manifest(version, **more)} if package else {"README.md": "x\n"}
    repository.commit("chore: begin", first | (files or {}) | ({".versionrc": json.dumps(config)} if config is not None else {}))
    if tag:
        repository.tag(tag.format(version))
    for number, message in enumerate(messages):
        repository.commit(message, {f"src/{number}.txt": f"{number}\n"})
    return repository


def plain():
    return Scenario("plain", "sv9", start("feat: a thing"))


class Listed:
    def __init__(self):
        self.all = []

    def add(self, name, make, *runs, profiles=ALL, mended=True, **more):
        """One scenario for each profile; `make` is a repository's maker, so that profiles do not share one."""
        for profile in profiles:
            self.all.append(Scenario(name, profile, make(), [list(run) for run in runs] or [[]], mended=mended, **more))


def scenarios():
    """All of them, for all profiles that they are for."""
    listed = Listed()
    for part in [flow, sources, versions, prereleases, updaters, hooks, changelog, hosts, commit_and_tag, failures]:
        part(listed.add)
    return listed.all


def in_turn():
    """Each of them once, for the profiles in turn."""
    by_name = {}
    for scenario in scenarios():
        by_name.setdefault(scenario.name, []).append(scenario)
    return [made[number % len(made)] for number, made in enumerate(by_name.values())]


def flow(add):
    add("feature", lambda: start("feat: a thing"))
    add("fix", lambda: start("fix: a thing"))
    add("breaking", lambda: start("feat!: drop old", "fix(core): x\n\nBREAKING CHANGE: everything\nchanged a lot"))
    add("nothing since the tag", lambda: start())
    add("unknown flag", lambda: start("feat: a thing"), ["--no-such-flag", "--dry-rum"])
    add("silent", lambda: start("feat: a thing"), ["--silent"], mended=False)
    add("dry run", lambda: start("feat: a thing"), ["--dry-run"])
    add("first release", lambda: start("feat: a thing", tag=None), ["--first-release"])
    add("first release twice", lambda: start("feat: a thing"), ["--first-release"])
    add("two releases", lambda: start("feat: a thing"), [], ["--release-as", "major"])
    add("help", lambda: start(), ["--help"], mended=False)


def sources(add):
    add("stanza and file together", lambda: start("feat: a thing", config={"scripts": {"posttag": "echo x > posttag.txt"}}, **{
        "standard-version": {"scripts": {"postbump": "echo y > postbump.txt"}}}))
    add("stanza wins over file", lambda: start("feat: a thing", config={"tagPrefix": "file-", "header": "# File\n"}, **{
        "standard-version": {"tagPrefix": "stanza-"}}))
    add("own stanza", lambda: start("feat: a thing", **{"commit-and-tag-version": {"tagPrefix": "own-"}, "standard-version": {"header": "# Old\n"}}))
    add("arguments win", lambda: start("feat: a thing", config={"tagPrefix": "file-"}), ["-t", "said-"])
    add("comment in versionrc", lambda: start("feat: a thing", files={".versionrc": '{\n  // no\n  "tagPrefix": "x"\n}\n'}))
    add("versionrc is a list", lambda: start("feat: a thing", files={".versionrc.json": "[1]"}))
    add("versionrc is a string", lambda: start("feat: a thing", files={".versionrc": '"words"'}))
    add("versionrc function", lambda: start("feat: a thing", files={".versionrc.js": "module.exports = () => ({ tagPrefix: 'js-' })\n"}))
    add("versionrc cjs before json", lambda: start("feat: a thing", files={
        ".versionrc.cjs": "module.exports = { tagPrefix: 'cjs-' }\n", ".versionrc.json": '{"tagPrefix":"json-"}'}))
    add("versionrc mjs", lambda: start("feat: a thing", files={".versionrc.mjs": "export default { tagPrefix: 'mjs-' }\n"}))
    add("versionrc in the parent", lambda: outside(start("feat: a thing"), {".versionrc": '{"tagPrefix":"parent-"}'}))
    add("skip is no object", lambda: start("feat: a thing", config={"skip": True}))
    add("scripts is no object", lambda: start("feat: a thing", config={"scripts": "x"}))
    add("noVerify in the file", lambda: hooked(start("feat: a thing", config={"noVerify": True})))
    add("no-verify", lambda: hooked(start("feat: a thing")), ["--no-verify"])
    add("pre-commit refuses", lambda: hooked(start("feat: a thing")))
    add("monorepo folder", lambda: start("feat: a thing", files={
        "packages/a/package.json": manifest("0.4.0"), ".versionrc": '{"tagPrefix":"a@"}'}), ["--path", "."], folder="packages/a")
    add("custom configuration", lambda: start("feat: a thing", files={"custom.json": '{"tagPrefix":"custom-"}'}), ["-c", "custom.json"], profiles=CATV)
    add("packageFiles on the command line", lambda: start("feat: a thing", files={"VERSION.txt": "3.0.0\n"}), ["--packageFiles", "VERSION.txt"])
    add("bumpFiles on the command line", lambda: start("feat: a thing", files={"VERSION.txt": "3.0.0\n"}), ["--bumpFiles", "VERSION.txt", "package.json"])


def outside(repository, files):
    repository.outside |= files
    return repository


def hooked(repository):
    repository.hooks["pre-commit"] = "#!/bin/sh\necho refused >&2\nexit 1\n"
    return repository


def versions(add):
    add("empty repository", lambda: start("feat: a thing", package=False, tag=None))
    add("version from tags", lambda: start("fix: a thing", version="2.3.4", package=False))
    add("no package file", lambda: start("feat: a thing", package=False), ["--no-git-tag-fallback"])
    add("no version in the file", lambda: start("feat: a thing", files={"package.json": '{\n  "name": "x"\n}\n'}))
    add("below one, breaking", lambda: start("feat!: a thing", version="0.3.0"))
    add("below one, feature", lambda: start("feat: a thing", version="0.4.0"))
    add("release as a word", lambda: start("feat: a thing"), ["-r", "foo"])
    add("release as two numbers", lambda: start("feat: a thing"), ["-r", "1.1"])
    add("release as minor", lambda: start("fix: a thing"), ["--release-as", "minor"])
    add("release as a version", lambda: start("fix: a thing"), ["--release-as", "4.0.0"])
    add("release as with build", lambda: start("fix: a thing"), ["--release-as", "4.0.0+b.1"])
    add("release as with prerelease", lambda: start("fix: a thing"), ["--release-as", "1.1.0", "--prerelease", "x"])
    add("release as conflicts", lambda: start("fix: a thing"), ["--release-as", "1.1.0-a.0", "--prerelease", "b"])
    add("release-as footer", lambda: start("chore: a thing\n\nRelease-As: 3.2.1"))
    add("feature is minor", lambda: start("feature: a thing"))
    add("FEAT is no feature", lambda: start("FEAT: a thing", "FIX: b"))
    add("chore only", lambda: start("chore: a thing"))
    add("no bump when empty", lambda: start("chore: a thing"), ["--noBumpWhenEmptyChanges"], profiles=CATV)
    add("no bump when not empty", lambda: start("fix: a thing"), ["--noBumpWhenEmptyChanges"], profiles=CATV)
    add("revert", lambda: reverted())
    add("unreachable tag", lambda: beside(start("fix: a thing")))
    add("tag prefix with a dot", lambda: start("feat: a thing", tag="a.b{}", files={}), ["-t", "a.b"])
    add("tag prefix that is a pattern", lambda: start("feat: a thing", tag="c++{}"), ["-t", "c++"])
    add("no tag prefix", lambda: start("feat: a thing", tag="v{}"), ["-t", ""])
    add("bare tag prefix", lambda: start("feat: a thing"), ["--dry-run", "-t"])
    add("lerna package", lambda: start("feat: a thing", tag="widget@{}"), ["--lerna-package", "widget", "-t", "widget@"])
    add("path", lambda: start("feat: a thing", files={"other/a.txt": "a"}), ["--path", "other"])


def reverted():
    repository = start("fix: before")
    oid = repository.commit("feat!: a thing", {"a.txt": "a"})
    repository.commit(f'Revert "feat!: a thing"\n\nThis reverts commit {oid}.', {"a.txt": None})
    return repository


def beside(repository):
    head = repository.head
    repository.tag("v9.0.0", repository.commit("feat: beside"))
    repository.head = head
    return repository


def prereleases(add):
    def case(name, version, message, *runs, **more):
        add(name, lambda: start(message, version=version), *runs, **more)
    case("prerelease", "1.0.2", "feat: x", ["-p", "alpha"], ["-p", "alpha"])
    case("bare prerelease", "1.0.0", "fix: x", ["-p"], ["--prerelease"])
    case("prerelease goes on", "1.1.0-alpha.0", "fix: x", ["-p", "alpha"])
    case("prerelease of another name", "1.1.0-alpha.1", "feat: x", ["-p", "beta"])
    case("prerelease breaks", "1.1.0-beta.0", "feat!: x", ["-p", "beta"])
    case("prerelease is over", "2.0.0-beta.0", "fix: x", [])
    case("prerelease of a patch with a feature", "1.0.1-alpha.0", "feat: x", ["-p", "alpha"])
    case("prerelease of a patch is over with a feature", "1.0.1-alpha.0", "feat: x", [])
    case("prerelease of a patch is over as patch", "1.0.1-alpha.0", "feat: x", ["-r", "patch"])
    case("prerelease that is a number", "1.0.0", "feat: x", ["-p", "1"])
    add("prerelease number is taken", lambda: taken(), ["-p", "alpha"])
    add("prerelease with a tag hint", lambda: start("feat: x"), ["-p", "next", "--dry-run"])


def taken():
    repository = start("feat: x")
    head = repository.head
    repository.commit("fix: beside")
    repository.tag("v1.1.0-alpha.4")
    repository.head = head
    return repository


def updaters(add):
    add("json in four spaces", lambda: start("feat: x", files={"package.json": json.dumps({"name": "w", "version": "1.0.0", "files": ["a", "b"]}, indent=4)}))
    add("json with tabs and CRLF", lambda: start("feat: x", files={"package.json": '{\r\n\t"name": "w",\r\n\t"version": "1.0.0"\r\n}\r\n'}))
    add("json in one line", lambda: start("feat: x", files={"package.json": '{"name":"w","version":"1.0.0","files":["a"]}'}))
    add("lock file", lambda: start("feat: x", files={"package-lock.json": json.dumps({"version": "1.0.0", "packages": {"": {"version": "1.0.0"}}}, indent=2)}))
    add("private", lambda: start("feat: x", private=True))
    add("plain text", lambda: start("feat: x", files={"VERSION.txt": "1.0.0\n"}, config={"bumpFiles": ["VERSION.txt"], "packageFiles": ["VERSION.txt"]}))
    add("typed plain text", lambda: start("feat: x", files={"V": "1.0.0"}, config={"bumpFiles": [{"filename": "V", "type": "plain-text"}]}))
    add("ignored file", lambda: start("feat: x", files={".gitignore": "bower.json\n", "bower.json": manifest()}))
    add("missing file and folder", lambda: folders(start("feat: x", config={"bumpFiles": ["package.json", "missing.json", "dir/package.json"]})))
    add("link", lambda: linked(start("feat: x", files={"real.json": manifest()})))
    add("unknown file", lambda: start("feat: x", files={"a.bin": "1.0.0"}, config={"bumpFiles": ["package.json", "a.bin"]}))
    add("unknown file in packageFiles", lambda: start("feat: x", files={"a.bin": "1.0.0"}, config={"packageFiles": ["a.bin"]}))
    add("unknown type", lambda: start("feat: x", files={"a.bin": "1.0.0"}, config={"bumpFiles": ["package.json", {"filename": "a.bin", "type": "none"}]}))
    updater = "exports.readVersion = text => text.split('=')[1].trim();\nexports.writeVersion = (text, version) => `version=${version}\\n`;\n"
    add("updater of one's own", lambda: start("feat: x", files={"updater.js": updater, "v.properties": "version=1.0.0\n"}, config={
        "bumpFiles": ["package.json", {"filename": "v.properties", "updater": "updater.js"}]}))
    add("updater of one's own for reading", lambda: start("feat: x", files={"updater.js": updater, "v.properties": "version=7.0.0\n"}, config={
        "packageFiles": [{"filename": "v.properties", "updater": "updater.js"}], "bumpFiles": [{"filename": "v.properties", "updater": "updater.js"}]}))
    for name, text in [
        ("pom.xml", "<project>\n  <!-- c -->\n  <version>1.0.0</version>\n</project>\n"), ("build.gradle", "version = '1.0.0'\n"),
        ("build.gradle.kts", 'version = "1.0.0"\n'), ("a.csproj", "<Project>\n  <Version>1.0.0</Version>\n</Project>\n"),
        ("openapi.yaml", "info:\n  version: 1.0.0 # c\n"), ("chart.yml", "# c\nversion: '1.0.0'\n"), ("pyproject.toml", '[tool.poetry]\nversion = "1.0.0"\n'),
    ]:
        add(f"updater of {name}", lambda name=name, text=text: start("feat: x", files={name: text}), ["--bumpFiles", name, "--packageFiles", name], profiles=CATV)


def folders(repository):
    repository.folders.append("dir/package.json")
    return repository


def linked(repository):
    repository.links["bower.json"] = "real.json"
    return repository


def hooks(add):
    def case(name, *runs, **scripts):
        add(name, lambda: start("feat: x", config={"scripts": scripts}), *(runs or ([],)))
    every = {name: f"echo {name} >> order.txt" for name in ["prerelease", "prebump", "postbump", "prechangelog", "postchangelog", "precommit", "postcommit", "pretag", "posttag"]}
    case("every hook", **every)
    case("every hook, dry run", ["--dry-run"], **every)
    case("every hook, skipping", ["--skip.bump", "--skip.changelog", "--skip.tag"], **every)
    case("hook speaks", postbump="echo said; echo warned >&2")
    case("hook fails", postbump="echo said; echo broken >&2; exit 3")
    case("hook fails silently", pretag="exit 1")
    case("hook is not there", prebump="no-such-program-at-all --x")
    case("prebump says a version", prebump="echo 9.9.9")
    case("prebump says a word", prebump="echo minor")
    case("prebump says a version in quotes", prebump="echo '\"9.9.9\"'")
    case("prebump in a dry run", ["--dry-run"], prebump="echo 9.9.9")
    case("precommit says the message", precommit="echo 'chore: out with {{currentTag}}'")
    case("posttag fails", posttag="exit 2")
    add("hooks on the command line", lambda: start("feat: x"), ["--scripts.prebump", "echo 7.0.0", "--scripts.posttag", "touch tagged"])


def changelog(add):
    rich = ["feat(api): add thing #12", "fix(core): bug @bob (#34)\n\ncloses #99, other/repo#5\nrefs #10", "perf: faster", "refactor!: all new",
            "docs: words", "feature: unlisted", "FIX: shouted", "revert: something", "build: x", "feat(Zeta): z", "feat(alpha): a", "feat: b", "feat(*): star",
            "fix: @a/b is a package", "fix(my scope (x)): y"]
    add("everything", lambda: start(*rich))
    add("types with a scope", lambda: start(*rich, config={"types": [
        {"type": "feat", "scope": "api", "section": "API"}, {"type": "feat", "section": "Features"}, {"type": "perf", "section": "Speed"}, {"type": "docs", "section": "Docs"}]}))
    add("types with effects", lambda: start(*rich, config={"types": [
        {"type": "docs", "section": "Docs", "effect": "bump"}, {"type": "feat", "section": "F", "effect": "changelog"}, {"type": "fix", "effect": "hidden"}]}))
    for name in ["angular", "atom", "codemirror", "ember", "eslint", "express", "jquery", "jshint"]:
        others = rich + ["Fix: a bug (fixes #12)", ":bug: atom like", "[api] ember like", "deps: express@4", "Core: Make it (#7)", "[[FIX]] lint", "[BUGFIX beta] it",
                         "[markdown mode] Fix it"]
        add(f"preset {name}", lambda others=others: start(*others), ["--preset", name], profiles=("sv9", "catv12"))
    add("preset that is not there", lambda: start("feat: x"), ["--preset", "angular"], profiles=("catv13",))
    add("other urls", lambda: start(*rich, config={
        "commitUrlFormat": "https://c/{{hash}}", "compareUrlFormat": "https://d/{{previousTag}}/{{currentTag}}", "issueUrlFormat": "https://i/{{prefix}}{{id}}",
        "userUrlFormat": "https://u/{{user}}", "issuePrefixes": ["#", "T-"]}))
    add("nested in words of the user", lambda: start("feat: {{host}} <b> & ` \\ [x](y)"))
    old = "\n### 1.0.0 (2024-01-01)\n\n\n### Features\n\n* first\n"
    add("introduction is lost", lambda: start("feat: x", files={"CHANGELOG.md": "Our words.\n" + old}))
    add("front matter", lambda: start("feat: x", files={"CHANGELOG.md": "---\ntitle: x\n---\n# Changelog\n" + old}))
    add("changelog without a version", lambda: start("feat: x", files={"CHANGELOG.md": "# Changelog\n\nnothing yet\n\n\n"}))
    add("anchor in the changelog", lambda: start("feat: x", files={"CHANGELOG.md": 'Words\n<a name="1.0.0"></a>\n## 1.0.0\n\n* x\n'}))
    add("heading of a patch", lambda: start("fix: x", version="9.9.8"))
    add("custom header", lambda: start("feat: x"), ["--header", "# Ours\n"])
    add("header that looks like a version", lambda: start("feat: x"), ["--header", "# 1.2.3 is here\n"])
    add("old changelogHeader", lambda: start("feat: x"), ["--changelogHeader", "# Old way\n"])
    add("infile", lambda: start("feat: x"), ["-i", "docs.md"])
    add("infile in a folder that is not there", lambda: start("feat: x"), ["-i", "no/such/folder.md"])
    add("all releases", lambda: released_twice(), ["--release-count", "0"], profiles=CATV)
    add("two releases back", lambda: released_twice(), ["--release-count", "2"], profiles=CATV)
    add("merges", lambda: merged())
    add("cumulative prereleases", lambda: start("feat: x"), ["-p", "a"], ["-p", "a"], [])
    add("writerOpts", lambda: start(*rich, config={"writerOpts": {"commitsSort": ["subject"], "commitGroupsSort": ["title"]}}), profiles=CATV)
    add("parserOpts", lambda: start(*rich, config={"parserOpts": {"issuePrefixes": ["T-"]}}), profiles=CATV)


def released_twice():
    repository = start("feat: first", version="1.0.0")
    repository.tag("v1.1.0")
    repository.commit("fix: second", {"package.json": manifest("1.1.0"), "CHANGELOG.md": "# Changelog\n\n## 1.1.0\n\n* written by hand\n"})
    return repository


def merged():
    repository = start("feat: x")
    base = repository.head
    side = repository.commit("fix(side): beside", {"side.txt": "s"})
    repository.head = base
    repository.commit("fix: meanwhile", {"main.txt": "m"})
    repository.merge("Merge pull request #5 from acme/side\n\nfeat: the request", side)
    repository.merge("feat(merge): with a header", side)
    return repository


def hosts(add):
    addresses = ["https://github.com/acme/widget.git", "git@github.com:acme/widget.git", "git@gitlab.com:grp/sub/w.git", "https://gitlab.com/grp/sub/deep/w",
                 "ssh://git@git.example.org:2222/a/b.git", "git@bitbucket.org:acme/w.git", "https://user@git.example.org/a/b.git", "../here"]
    for address in addresses:
        add(f"origin {address}", lambda address=address: remote(without(), address))
    add("no remote", without)
    for given in ["acme/widget", "gitlab:grp/w", "bitbucket:a/b", "gist:123456", {"url": "git@github.com:acme/widget.git"}, {"url": "https://example.org/x/y.git"}]:
        add(f"repository {json.dumps(given)}", lambda given=given: start("feat: a #3", repository=given))


def remote(repository, address):
    repository.config['remote "origin"'] = [("url", address)]
    return repository


def without():
    repository = Repository()
    repository.commit("chore: begin", {"package.json": '{\n  "name": "w",\n  "version": "1.0.0"\n}\n'})
    repository.tag("v1.0.0")
    repository.commit("feat: a thing #3\n\ncloses #4", {"a": "a"})
    repository.commit("fix: for @bob", {"b": "b"})
    return repository


def commit_and_tag(add):
    add("other staged files stay", lambda: staged(start("feat: x")))
    add("commit all", lambda: staged(start("feat: x")), ["-a"])
    add("commit all, skipping all", lambda: staged(start("feat: x")), ["-a", "--skip.bump", "--skip.changelog"])
    add("skip bump and changelog", lambda: start("feat: x", tag=None), ["--skip.bump", "--skip.changelog"])
    for part in ["bump", "changelog", "commit", "tag"]:
        add(f"skip {part}", lambda: start("feat: x", tag=None), [f"--skip.{part}"])
    add("message", lambda: start("feat: x"), ["-m", "%s is %s"])
    add("message format", lambda: start("feat: x"), ["--releaseCommitMessageFormat", "out: {{currentTag}} {{other}}"])
    add("tag exists", lambda: again(start("feat: x")))
    add("tag exists and is forced", lambda: again(start("feat: x")), ["--tag-force"], profiles=CATV)
    add("signoff", lambda: start("feat: x"), ["--signoff"], profiles=CATV)
    add("sign", lambda: signed(start("feat: x")), ["-s"])
    add("sign cannot", lambda: unsigned(start("feat: x")), ["--sign"])
    add("detached", lambda: detached(start("feat: x")))
    for lock in ["yarn.lock", "pnpm-lock.yaml"]:
        add(f"publish hint with {lock}", lambda lock=lock: start("feat: x", files={lock: "x\n"}))
    add("publish hint", lambda: start("feat: x"), ["--npmPublishHint", "make out"], profiles=CATV)
    add("colours", lambda: start("feat: x"), ["--dry-run"], environment={"FORCE_COLOR": "1"})
    add("colours of a run", lambda: start("feat: x", config={"scripts": {"prebump": "echo warn >&2"}}), [], environment={"FORCE_COLOR": "1"})


def staged(repository):
    repository.changed["mine.txt"] = "mine\n"
    repository.staged.append("mine.txt")
    return repository


def again(repository):
    repository.tag("v1.1.0", annotated=False)
    repository.refs["refs/tags/v1.1.0"] = repository.refs["refs/tags/v1.0.0"]
    return repository


def signed(repository):
    """A program in the place of gpg that always signs in the same way."""
    repository.outside["gpg"] = "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\nprintf -- '-----BEGIN PGP SIGNATURE-----\\n\\nabc\\n-----END PGP SIGNATURE-----\\n'\n"
    repository.config["gpg"] = [("program", "../gpg")]
    repository.config["user"] = [("signingkey", "ABCD")]
    return repository


def unsigned(repository):
    repository.config["gpg"] = [("program", "false")]
    return repository


def detached(repository):
    repository.detached = True
    return repository


def failures(add):
    add("no commits", lambda: nowhere())
    add("package.json is broken", lambda: start("feat: x", files={"package.json": '{"version": '}))
    add("version is no version", lambda: start("feat: x", files={"package.json": '{\n  "version": "one"\n}\n'}))
    add("version with a v", lambda: start("feat: x", files={"package.json": '{\n  "version": "v1.0.0"\n}\n'}))
    add("nothing to commit", lambda: start("feat: x"), ["--skip.changelog", "--bumpFiles", "missing.json"])
    add("positional words", lambda: start("feat: x"), ["words", "--", "--more"])
    add("release-as without a value", lambda: start("feat: x"), ["-r"])
    add("sign=false", lambda: start("feat: x"), ["--sign=false", "--dry-run=true"])
    add("short flags together", lambda: start("feat: x"), ["-fn", "--dry-run"])
    add("dotted skip of nothing", lambda: start("feat: x"), ["--skip.changelog=false"])


def nowhere():
    repository = Repository()
    repository.changed["package.json"] = manifest()
    return repository
