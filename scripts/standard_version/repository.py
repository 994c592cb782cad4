"""Repositories, written almost without git: a hundred processes fewer for each, and the same hashes every time."""

import hashlib
import os
import pathlib
import subprocess

import pack

START = 1_700_000_000
PERSON = "Dev Eloper <dev@example.org>"


class Repository:
    """A repository in the making. `write` puts it on disk, with the working tree of HEAD and then what is not committed."""

    def __init__(self):
        self.objects, self.refs, self.files = {}, {}, {}
        self.head, self.branch, self.seconds, self.step = None, "main", START, 60
        self.detached, self.config, self.hooks = False, {}, {}
        self.changed, self.staged, self.folders, self.links, self.outside = {}, [], [], {}, {}

    def put(self, kind, content):
        data = kind.encode() + b" " + str(len(content)).encode() + b"\0" + content
        oid = hashlib.sha1(data).hexdigest()
        self.objects[oid] = data
        return oid

    def tree(self, files):
        """The tree of files by path."""
        entries, folders = {}, {}
        for path, content in files.items():
            first, _, rest = path.partition("/")
            if rest:
                folders.setdefault(first, {})[rest] = content
            else:
                entries[first] = ("100644", self.put("blob", content))
        for name, inner in folders.items():
            entries[name] = ("40000", self.tree(inner))
        order = sorted(entries, key=lambda name: (name + "/" if name in folders else name).encode())
        return self.put("tree", b"".join(
            f"{entries[name][0]} {name}\0".encode() + bytes.fromhex(entries[name][1]) for name in order))

    def commit(self, message, files=None, parents=None):
        """A commit on top of HEAD (or of `parents`), which becomes HEAD; its hash."""
        for path, content in (files or {}).items():
            if content is None:
                self.files.pop(path, None)
            else:
                self.files[path] = content if isinstance(content, bytes) else content.encode()
        parents = [self.head] * (self.head is not None) if parents is None else parents
        lines = [f"tree {self.tree(self.files)}", *(f"parent {parent}" for parent in parents),
                 f"author {PERSON} {self.seconds} +0100", f"committer {PERSON} {self.seconds} +0100", "", message]
        self.seconds += self.step
        self.head = self.put("commit", "\n".join(lines).encode() + b"\n" * (not message.endswith("\n")))
        return self.head

    def tag(self, name, oid=None, annotated=True):
        oid = oid or self.head
        if annotated:
            text = f"object {oid}\ntype commit\ntag {name}\ntagger {PERSON} {self.seconds} +0100\n\nrelease {name}\n"
            oid = self.put("tag", text.encode())
        self.refs[f"refs/tags/{name}"] = oid

    def merge(self, message, side, files=None):
        """Merges the commit `side` into HEAD."""
        return self.commit(message, files, [self.head, side])

    def write(self, folder, environment):
        git = folder / ".git"
        for name in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "hooks"]:
            (git / name).mkdir(parents=True, exist_ok=True)
        if self.objects:
            pack.write(git / "objects/pack", self.objects)
        refs = dict(self.refs)
        if self.head and not self.detached:
            refs[f"refs/heads/{self.branch}"] = self.head
        for name, oid in refs.items():
            (git / name).parent.mkdir(parents=True, exist_ok=True)
            (git / name).write_text(oid + "\n")
        (git / "HEAD").write_text(f"{self.head}\n" if self.detached else f"ref: refs/heads/{self.branch}\n")
        (git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n" + "".join(
            f"[{section}]\n" + "".join(f"\t{key} = {value}\n" for key, value in entries) for section, entries in self.config.items()))
        for name, text in self.hooks.items():
            (git / "hooks" / name).write_text(text)
            (git / "hooks" / name).chmod(0o755)
        if self.head:
            self.git(folder, environment, "reset", "-q", "--hard")
        for place in self.folders:
            (folder / place).mkdir(parents=True, exist_ok=True)
        for name, target in self.links.items():
            (folder / name).symlink_to(target)
        for name, content in self.changed.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        for name, content in self.outside.items():
            (folder.parent / name).write_text(content)
            (folder.parent / name).chmod(0o755 if content.startswith("#!") else 0o644)
        if self.staged:
            self.git(folder, environment, "add", "-f", "--", *self.staged)

    @staticmethod
    def git(folder, environment, *arguments):
        subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def world(home, cache):
    """The environment that both sides are run in: nothing of the machine's own but the programs."""
    config = pathlib.Path(home) / "gitconfig"
    config.write_text(
        "[user]\n\tname = Dev Eloper\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n[core]\n\tfsync = none\n"
        "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n[safe]\n\tdirectory = *\n")
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "1750000000 +0200", "GIT_COMMITTER_DATE": "1750000000 +0200", "LC_ALL": "C.UTF-8",
        "NODE_COMPILE_CACHE": str(cache), "TZ": "UTC",
    }
