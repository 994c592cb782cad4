"""Small histories out of a seed: the same seed gives the same commits, to the byte."""

import hashlib
import random
import subprocess
import zlib

TYPES = ["feat"] * 6 + ["fix"] * 6 + ["perf", "docs", "chore", "refactor", "test", "build", "ci", "style"] + [
    "revert", "wip", "deps", "feature", "Feat", "FIX", "my-type"]
SCOPES = [None] * 8 + ["api", "ui", "cli core", "*", "a(b)", "größe", "", "@acme/core", "a_b"]
WORDS = ["add", "a", "cache", "for", "users", "größer", "✨", "`code`", "*bold*", "_it_", "<b>", "[x](y)", "@octo",
         "#12", "a|b", "x: y", "(closes #7)", "(#31)", "100%", "it's", "&amp;", "\\n", "fixes #5"]
RARE_WORDS = ["long " * 70, "\u202eright to left"]
ODD_SUBJECTS = ["Update README", "WIP", "fixup! feat: add", "squash! fix(api): mend", "amend! feat: add", "feat add it",
                "Merge branch 'topic'", "Merge pull request #9 from acme/topic", ":tada: start", "feat(api) add", "feat:add",
                ": no type", "feat (api): add", "BREAKING CHANGE: in the first line", "更新", "feat:\tadd by tab",
                "feat:  add by two spaces", "fix(a): b (c): d", "feat(api)!", "Revert the clock"]
PROSE = ["It was slow.", "A longer text\nover two lines.", "See #8 for more.", "Note: this is prose and\nno footer.",
         "It closes the door.", "* one\n* two", "größer ✓", "---", "gpg: Signature made today", "# A heading"]
SQUASHED = ["* feat: one thing\n* fix!: another", "* feat(api): one\n\n* docs: two", "- fix: one\n- BREAKING CHANGE: two"]
FOOTERS = ["Signed-off-by: A <a@example.org>", "Closes #12", "closes #13, #14", "Fixes: #15", "Refs: #3", "Refs #4",
           "Reviewed-by: Z", "Closes acme/other#6"]
BREAKING = ["BREAKING CHANGE: the flag is gone", "BREAKING-CHANGE: the key is gone", "BREAKING CHANGE: two\nlines of text",
            "BREAKING CHANGE:\nbelow the colon", "BREAKING CHANGE: see #16 for it", "breaking change: lower case",
            "Breaking Change: capitals", "BREAKING CHANGE without a colon", "BREAKING CHANGES: several", "BREAKING CHANGE:",
            "* BREAKING CHANGE: in a list", "```\nBREAKING CHANGE: quoted\n```", "BREAKING CHANGE: *bold* <b> @octo",
            "BREAKING CHANGE: first\nBREAKING CHANGE: second", "BREAKING CHANGE: a paragraph\n\nand another one"]


class History:
    """Commits, oldest first, as (id, message, number of parents); `tag` stands on what is below them."""

    def __init__(self, seed, folder):
        self.seed, self.folder = seed, folder
        self.random = random.Random(seed)
        self.tag = self.random.choice(["v0.3.1", "v1.4.0", "v1.4.0", "v2.0.9"])
        self.commits = []
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
        self.tree = self.write("tree", b"")
        self.clock = 1_700_000_000
        self.base = head = self.commit("feat: below the tag", [])
        for _ in range(self.random.randint(3, 9)):
            head = self.grow(head)
        self.point("refs/tags/" + self.tag, self.base)
        self.point("refs/heads/main", head)

    def grow(self, head):
        """One more commit, or a branch of one commit with its merge."""
        if self.random.random() < 0.12:
            side = self.add(self.message(), [head])
            main = self.add(self.message(), [head])
            return self.add(self.random.choice(["Merge branch 'side'", self.header() + self.body()]), [main, side])
        return self.add(self.message(), [head])

    def add(self, message, parents):
        commit = self.commit(message, parents)
        self.commits.append((commit, message, len(parents)))
        return commit

    def message(self):
        pick = self.random.random()
        if pick < 0.12:
            text = self.revert()
        elif pick < 0.25:
            text = self.random.choice(ODD_SUBJECTS) + self.body()
        else:
            text = self.header() + self.body()
        return text.replace("\n", "\r\n") if self.random.random() < 0.08 else text

    def header(self):
        scope = self.random.choice(SCOPES)
        bang = "!" if self.random.random() < 0.12 else ""
        words = self.random.choices(WORDS, k=self.random.randint(1, 4))
        if self.random.random() < 0.02:
            words.append(self.random.choice(RARE_WORDS))
        return self.random.choice(TYPES) + ("" if scope is None else f"({scope})") + bang + ": " + " ".join(words)

    def body(self):
        """Paragraphs, with footers in the right place and in wrong ones."""
        parts = self.random.choices(PROSE, k=self.random.choice([0, 0, 0, 1, 2]))
        if self.random.random() < 0.1:
            parts.append(self.random.choice(SQUASHED))
        footers = self.random.choices(FOOTERS, k=self.random.choice([0, 0, 1, 2]))
        if self.random.random() < 0.25:
            footers.insert(self.random.randint(0, len(footers)), self.random.choice(BREAKING))
        if footers:
            parts.append(self.random.choice(["\n", "\n", "\n\n"]).join(footers))
        if self.random.random() < 0.08:
            self.random.shuffle(parts)
        between = "\n" if self.random.random() < 0.05 else "\n\n"
        return "".join(between + part for part in parts)

    def revert(self):
        """A commit that takes back one above the tag, or the one that the tag is on, named in one of many ways."""
        target, message, _ = self.random.choice(self.commits or [(self.base, "feat: below the tag", 1)])
        if self.random.random() < 0.2:
            target, message = self.base, "feat: below the tag"
        subject = message.splitlines()[0]
        if subject.startswith('Revert "') and self.random.random() < 0.5:
            return f"Reapply {subject[7:]}\n\nThis reverts commit {target}."
        return self.random.choice([
            f'Revert "{subject}"\n\nThis reverts commit {target}.',
            f'Revert "{subject}"\n\nThis reverts commit {target}.',
            f"revert: {subject}\n\nThis reverts commit {target}.",
            f'Revert "{subject}"\n\nThis reverts commit {target[:9]}.',
            f"revert: another title\n\nThis reverts commit {target}.",
            f'Revert "{subject}" (#40)\n\nReverts acme/demo#39',
            f'Revert "{subject}"',
            f"revert: {subject}\n\nRefs: {target[:8]}",
            f"revert(api): {subject}",
        ])

    def commit(self, message, parents):
        self.clock += 60
        who = f"Ada <ada@example.org> {self.clock} +0000"
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        return self.write("commit", "\n".join([*lines, "", message]).encode())

    def write(self, kind, content):
        """A loose object: two processes for each commit would take most of the time."""
        whole = f"{kind} {len(content)}\0".encode() + content
        oid = hashlib.sha1(whole).hexdigest()
        place = self.folder / ".git/objects" / oid[:2] / oid[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(whole))
        return oid

    def point(self, name, oid):
        (self.folder / ".git" / name).write_text(oid + "\n")
