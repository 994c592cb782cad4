"""Commit messages: what people write, and what a parser may stumble over."""

TYPES = ["feat"] * 9 + ["fix"] * 8 + ["chore", "docs", "style", "refactor", "perf", "test", "build", "ci", "revert", "feature", "deps",
                                      "FIX", "Feat", "improvement", "fix ", "my-type", "feat_x"]
SCOPES = [""] * 10 + ["(api)", "(core)", "(Core)", "(*)", "(a b)", "(api, ui)", "(@scope/pkg)", "(x(y))", "(ä)", "()", "(deps-dev)"]
SUBJECTS = ["add a thing", "drop the old way", "Zebra crossing", "apples and pears", "äpfel", "a `code` word", "<b>html</b> & more",
            "see #12", "closes #7", "thing (#34)", "for @bob and @ann-lee", "mail me@example.org", "refs other/repo#5", "it's \"quoted\"",
            "**bold** _words_ *star*", "trailing space ", "colon: inside", "10% of {{this}}", "the \\backslash", "emoji 🎉 here", "GH-9 done",
            "link https://example.org/a?b=c#d", "@types/node up to v20", "fix #3, #4 and #5", "a very long subject " + "that goes on " * 12]
BODIES = ["some body text", "first line\nsecond line\n\nanother paragraph", "- a list\n- of things", "refs #10", "Mentions @carl here",
          "closes #99", "Fixes #1, closes other/repo#5", "see https://example.org/x#frag", "Closes: #21\nResolves #22",
          "# looks like a comment\ntext", "a line\n---\nafter a rule", "    indented\n\ttabbed", "resolves GH-4", "fixes gh-5 and #6", "re #7 and @dora"]
FOOTERS = ["BREAKING CHANGE: everything is new", "BREAKING CHANGE: first line\nsecond line of it", "BREAKING-CHANGE: with a hyphen",
           "breaking change: in small letters", "BREAKING CHANGE nothing after it but words", "BREAKING CHANGE: it\n\nwith a paragraph\n\ncloses #5",
           "* BREAKING CHANGE: in a list", "BREAKING CHANGE: one\nBREAKING CHANGE: two", "BREAKING CHANGE: see #8 and @eve"]
TRAILERS = ["Signed-off-by: Dev Eloper <dev@example.org>", "Closes #41", "Refs: #42", "Fixes #43\nFixes #44", "Co-authored-by: A <a@b.c>",
            "Release-As: 3.2.1", "Release-As: 1.1.0", "Reviewed-by: @frank", "See-also: a/b#7"]
ODD = ["no convention at all", "WIP", "Merge branch 'topic' into main", "Merge pull request #77 from acme/topic\n\nfeat: from a request",
       "feat:no space", "feat : space before", "feat(api) missing colon", "feat(api): ", "fixup! feat: add a thing", "feat!: bang",
       "fix(core)!: bang with scope", "refactor!: only a bang", "chore!: bang\n\nBREAKING CHANGE: and a note", "\tfeat: a tab first", "v1.2.3",
       "chore(release): 1.0.1", "Bump lodash from 1 to 2", ":sparkles: feat: emoji first", "feat(api)(ui): two scopes", "feat: a: b: c",
       "[FIX] something (#5)", "Fix: capital", "docs(readme)!: break the docs", "feat: ends with dots...", "FEAT: SHOUTED",
       "fix: one\r\n\r\nwith CRLF\r\ncloses #8", "Docs: eslint like (fixes #3)", "[api] ember like", "deps: express@4.1", ":bug: atom like",
       "feat: x\n\nBREAKING CHANGE:\nbelow the words", "feat: x\n\nSome text\nBREAKING CHANGE: in the last paragraph\ncloses #1\nmore"]
LOOKS_OF_OTHERS = ["Fix: a bug (fixes #12)", "New: a rule", "Breaking: drop it", "Docs: words", "Update: more", "Core: Make it (#7)",
                   "Event: Fix it. Fixes #8", "[[FIX]] lint it", "[[FEAT]] a rule", "deps: qs@6.0", "perf: faster", ":art: nicer",
                   "[mode javascript] Fix it", "[BUGFIX beta] fix it", "[FEATURE a] it"]


def message(random, hashes=(), titles=()):
    """One message; some revert one of the commits before it."""
    chance = random.random()
    if chance < 0.12:
        return random.choice(ODD)
    if chance < 0.14:
        return random.choice(LOOKS_OF_OTHERS)
    if chance < 0.21 and hashes:
        place = random.randrange(len(hashes))
        return revert(random, hashes[place], titles[place])
    parts = [f"{random.choice(TYPES)}{random.choice(SCOPES)}{'!' * (random.random() < 0.08)}: {random.choice(SUBJECTS)}"]
    if random.random() < 0.3:
        parts.append(random.choice(BODIES))
    if random.random() < 0.08:
        parts.append(random.choice(FOOTERS))
    if random.random() < 0.2:
        parts.append(random.choice(TRAILERS))
    return random.choice(["\n\n"] * 9 + ["\n"]).join(parts)


def revert(random, oid, title):
    return random.choice([
        f'Revert "{title}"\n\nThis reverts commit {oid}.', f"revert: {title}\n\nThis reverts commit {oid}.",
        f'revert: "{title}"\n\nThis reverts commit {oid[:9]}.', f'Revert "{title}"', f"revert: {title}\n\nRefs: {oid[:7]}",
        f'Revert "{title}"\n\nThis reverts commit {oid}, reversing\nchanges made to {oid[::-1]}.'])
