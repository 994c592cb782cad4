"""The known kinds of differences between Bowline and programs that read messages themselves; see known.py."""

import re

from known import CC, Kind, has_breaking_footer, is_cut, is_hidden_direction


def header(d):
    """Type, scope with its parentheses, and what follows the colon, of what looks like a conventional first line."""
    return re.match(r"(?P<type>[\w-]+)(?P<scope>\(.*?\)+)?!?:(?P<text>.*)", d.title)


def has_scope(d, pattern):
    found = header(d)
    return d.is_about("read", "scope") and bool(found) and bool(re.fullmatch(pattern, found["scope"] or ""))


def is_gits_revert(d):
    return d.is_about("read") and d.ours and d.title.startswith(('Revert "', 'Reapply "'))


def is_without_blank_line(d):
    lines = d.message.strip().splitlines()
    return d.is_about("read") and d.ours and len(lines) > 1 and lines[1].strip() != ""


def is_without_space(d):
    return d.is_about("read") and d.theirs and bool(header(d)) and not header(d)["text"].startswith((" ", "\t"))


def is_merge_title(d):
    return d.parents > 1 and d.is_about("read", "breaking")


def is_misplaced(d):
    """They find the words where they make no footer: in a quotation, below text, or without an end of the paragraph."""
    return d.is_about("breaking") and d.theirs and not d.ours and not has_breaking_footer(d) and "BREAKING" in d.message.upper()


def is_empty_footer(d):
    return d.is_about("read") and d.ours and re.search(r"^BREAKING[ -]CHANGE:[ \r]*$", d.message, re.MULTILINE) is not None


def is_other_type(d):
    found = header(d)
    return d.is_about("read") and d.ours and bool(found) and found["type"].lower() not in COG_TYPES


CLOSES_ELSEWHERE = re.compile(r"^(close|fix|resolve)\w* \S+/\S+#\d", re.IGNORECASE | re.MULTILINE)

READERS = [
    Kind("reader-merge", is_merge_title, "a merge commit asks for nothing, whatever its title says", "its title counts",
         "The commits that it brings are counted themselves."),
    Kind("reader-revert", is_gits_revert, "the title that git writes for a revert is read", "the commit is left out as not conventional",
         f"{CC}, FAQ on reverts, leaves it to the tools; git and the forges write it."),
    Kind("reader-parentheses", lambda d: has_scope(d, r"\(.*[()].*\)"), "a scope may have parentheses inside",
         "the commit is left out as not conventional", "Names of packages and functions have them."),
    Kind("reader-no-scope", lambda d: has_scope(d, r"\(\s*\)"), "`feat():` has no scope", "the commit is left out as not conventional",
         "What it asks for is clear."),
    Kind("reader-place", is_misplaced, "`BREAKING CHANGE:` counts among the footers", "wherever a line or a paragraph begins with it",
         f"{CC}, items 8 and 12: it is a footer, at the end; else prose and quotations would break. `explain` says so."),
    Kind("reader-closes", lambda d: d.is_about("breaking") and d.ours and bool(CLOSES_ELSEWHERE.search(d.message)),
         "`Closes owner/repository#1` begins the footers", "it is text, and so is a breaking note below it",
         "GitHub's *Linking a pull request to an issue*: it stands among the footers, without their colon."),
    Kind("reader-length", lambda d: d.is_about("text") and is_cut(d), "texts are cut after 300 characters", "as they are",
         "One commit must not fill the notes, which forges limit."),
    Kind("reader-direction", lambda d: d.is_about("text") and is_hidden_direction(d),
         "signs that turn the direction of text are shown as what they are", "as they are", "Text from outside is data."),
    Kind("reader-tab", lambda d: d.is_about("text") and d.ours == " ".join(d.theirs.split()) and "\t" in d.theirs,
         "a tab in a text is shown as a space", "as it is", "An entry is one line of Markdown."),
]
CLIFF = [
    Kind("cliff-blank-line", is_without_blank_line, "text directly below the first line is its body",
         "the commit is left out as not conventional",
         f"{CC}, item 6, wants a blank line; one that was forgotten must not take a change out of a release. `lint-commits` finds it."),
    Kind("cliff-empty-breaking", is_empty_footer, "`BREAKING CHANGE:` without text breaks nothing", "the commit is left out as not conventional",
         f"{CC}, item 12, asks for a description; the rest of the commit is in order."),
    Kind("cliff-no-space", is_without_space, "`feat:add` is not conventional", "it is read",
         f"{CC}, item 1: a colon and a space. `lint-commits` finds it."),
]
COG = [
    Kind("cog-type", is_other_type, "any type is read", "only types that it knows or is told of; the commit is left out else",
         f"{CC}, item 14: other types may be used."),
    Kind("cog-scope-space", lambda d: has_scope(d, r"\(.*\s.*\)"), "a scope may have spaces", "the commit is left out as not conventional",
         f"{CC}, item 4, asks for a noun; losing the change would be worse."),
    Kind("cog-tab", lambda d: d.is_about("read") and d.ours and ":\t" in d.title, "a tab may follow the colon", "only a space",
         "What looks the same should mean the same."),
    Kind("cog-spaces", lambda d: d.is_about("text") and d.ours == d.theirs.strip(), "a description begins with its first letter",
         "a second space after the colon belongs to it", "Nobody means it."),
]
# Here `ours` is what semantic-release lists, and `theirs` what the program conventional-changelog lists.
PROGRAM = [
    Kind("program-merge", lambda d: d.parents > 1 and d.theirs is None, "merge commits are listed", "they are not",
         "It reads history without them, as Bowline does."),
    Kind("program-revert", lambda d: d.parsed["taken_back"] and d.ours is None, "of a commit and its revert neither is listed",
         "one of them is", "It pairs them less often."),
    Kind("program-id", lambda d: d.theirs is None and "BREAKING" in d.message.upper() and "#" in d.message, "the commit is linked",
         "it is listed without its id", "A defect where a breaking note is followed by a line that names an issue."),
]
COG_TYPES = {"feat", "fix", "perf", "docs", "chore", "refactor", "test", "build", "ci", "style", "revert", "hotfix"}
