"""What can be seen of a run: what it said, and all that it left behind."""

import dataclasses
import os
import pathlib
import re
import subprocess
import zlib


@dataclasses.dataclass
class Outcome:
    """Everything by aspect; equal outcomes are equal runs. `said` has one entry for each command that was run."""

    said: list
    aspects: dict


@dataclasses.dataclass
class Said:
    code: int
    stdout: str
    stderr: str


def run(command, folder, environment, stdin=None):
    """Runs one command. Bytes that are no UTF-8 stay visible."""
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, input=stdin or b"")
    except subprocess.TimeoutExpired:
        return Said(124, "", "took more than 60 seconds")
    return Said(done.returncode, done.stdout.decode(errors="backslashreplace"), done.stderr.decode(errors="backslashreplace"))


def outcome(said, folder, environment):
    """What the repository in `folder` looks like now."""
    aspects = {}
    for number, one in enumerate(said, 1):
        which = f" of run {number}" if len(said) > 1 else ""
        aspects |= {f"exit code{which}": one.code, f"stdout{which}": one.stdout, f"stderr{which}": one.stderr}
    for path, what in sorted(tree(folder.parent, folder).items()):
        aspects[f"file {path}"] = what
    aspects["HEAD"] = (folder / ".git/HEAD").read_text()
    aspects["refs"] = refs(folder / ".git")
    for name, arguments in [
        ("status", ["status", "--porcelain=v1", "--untracked-files=all"]),
        ("index", ["ls-files", "--stage"]),
    ]:
        aspects[name] = ask(folder, environment, *arguments)
    aspects["HEAD's commit"] = commit(folder, environment, aspects)
    return Outcome(said, aspects)


def refs(git):
    """All references with what they hold, read without a process."""
    packed = (git / "packed-refs").read_text().splitlines() if (git / "packed-refs").is_file() else []
    found = {name: oid for oid, _, name in (line.partition(" ") for line in packed if line[0] not in "#^")}
    for place, _, names in os.walk(git / "refs"):
        for name in names:
            path = pathlib.Path(place, name)
            found[str(path.relative_to(git))] = path.read_text().strip()
    return "".join(f"{name} {oid}\n" for name, oid in sorted(found.items()))


def commit(folder, environment, aspects):
    """HEAD's commit. A new one is an object of its own, which needs no process."""
    name = aspects["HEAD"].strip().removeprefix("ref: ")
    oid = name if re.fullmatch(r"[0-9a-f]{40}", name) else next(
        (line.split()[1] for line in aspects["refs"].splitlines() if line.split()[0] == name), "")
    loose = folder / ".git/objects" / oid[:2] / oid[2:]
    if oid and loose.is_file():
        return zlib.decompress(loose.read_bytes()).split(b"\0", 1)[1].decode(errors="backslashreplace")
    return ask(folder, environment, "cat-file", "commit", "HEAD")


def ask(folder, environment, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True)
    return (done.stdout + done.stderr).decode(errors="backslashreplace")


def tree(parent, folder):
    """All files below the parent but git's own, by path, as bytes and kind."""
    found = {}
    for place, folders, files in os.walk(parent):
        if pathlib.Path(place) == folder:
            folders.remove(".git")
        for name in files + [name for name in folders if os.path.islink(os.path.join(place, name))]:
            path = pathlib.Path(place, name)
            kind = "link" if path.is_symlink() else "program" if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else "file"
            found[str(path.relative_to(parent))] = (kind, os.readlink(path).encode() if kind == "link" else path.read_bytes())
    return found


def objects(outcome, folder, environment):
    """The tags' objects as text, to be shown where refs differ: a hash says little."""
    names = re.findall(r"^refs/tags/\S+ (\w+)$", outcome.aspects["refs"], re.MULTILINE)
    return {name: ask(folder, environment, "cat-file", "-p", name) for name in names}
