"""Programs that are asked about a whole repository: git-cliff, cocogitto and conventional-changelog.

The first two read messages themselves: each says what it reads in every commit, and the next version.
"""

import dataclasses
import json
import os
import subprocess
import sys

CLIFF = """[changelog]
body = ""
[git]
conventional_commits = true
filter_unconventional = true
protect_breaking_commits = true
commit_parsers = [{ message = "", group = "all" }]
"""
# One line for each commit: everything that the template is given.
COG = '{% for commit in commits %}{{ commit | json_encode() }}\n{% endfor %}'
COG_CONFIG = 'tag_prefix = "v"\nignore_merge_commits = false\n[changelog]\ntemplate = "cog.tera"\n'


@dataclasses.dataclass
class Reading:
    """What a program reads in a message."""

    scope: str | None
    text: str
    breaking: bool
    kind: str | None = None


@dataclasses.dataclass
class Answer:
    """By commit what was read, without those that the program leaves out; and the next version, none where nothing is due."""

    commits: dict
    next: str | None


class GitCliff:
    name = "git-cliff"

    def __init__(self, program):
        self.program = program

    def ask(self, history):
        config = history.folder / ".git/cliff.toml"
        config.write_text(CLIFF)
        context = json.loads(self.run(history, config, "--context", "--unreleased"))
        commits = [commit for release in context for commit in release["commits"]]
        read = {c["id"]: Reading(c["scope"], c["message"], c["breaking"]) for c in commits}
        return Answer(read, self.run(history, config, "--bumped-version").strip().removeprefix("v"))

    def run(self, history, config, *arguments):
        return output([self.program, "--offline", "--config", config, *arguments], history)


class Cocogitto:
    name = "cocogitto"

    def __init__(self, program):
        self.program = program

    def ask(self, history):
        (history.folder / "cog.toml").write_text(COG_CONFIG)
        (history.folder / "cog.tera").write_text(COG)
        # It refuses a version while there are files that git does not know.
        (history.folder / ".git/info/exclude").write_text("*\n")
        lines = output([self.program, "changelog", f"{history.tag}..HEAD"], history).splitlines()
        commits = [json.loads(line) for line in lines if line.startswith("{")]
        read = {c["id"]: Reading(c["scope"], c["summary"], c["breaking_change"], c["type"]) for c in commits}
        nothing = "No conventional commit found to bump current version"
        version = output([self.program, "bump", "--auto", "--dry-run"], history, nothing).split()[0]
        return Answer(read, version.removeprefix("v") if version.startswith("v") else None)


class ConventionalChangelog:
    """The notes that its program writes for what is not released yet."""

    name = "conventional-changelog"

    def __init__(self, tools):
        self.tools = tools

    def notes(self, history):
        modules = history.folder / "node_modules"
        modules.symlink_to(self.tools / "node_modules")
        (history.folder / "package.json").write_text('{"version": "2.0.0", "repository": "github:acme/demo"}')
        program = modules / "conventional-changelog/dist/cli/index.js"
        return output(["node", program, "--preset", "conventionalcommits", "--output-unreleased", "--stdout"], history)


def output(command, history, nothing=None):
    """What the command prints. It may fail only with the words `nothing`."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(history.folder), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=history.folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0 and nothing and nothing in done.stderr:
        return nothing
    if done.returncode != 0:
        sys.exit(f"compare-planners: seed {history.seed}: {command[0]} failed: {done.stdout}{done.stderr}")
    return done.stdout
