"""The known kinds of differences: how each is recognised, and why Bowline answers as it does.

A kind looks at one difference, and at the message before it looks at what Bowline says of itself, so that a mistake of Bowline does
not excuse itself. The first kind that fits counts. docs/compared-with-other-planners.md has a row for each.
"""

import dataclasses
import re
import typing

CC = "Conventional Commits 1.0.0"
NOTHING = ("none", False, [])


@dataclasses.dataclass
class Difference:
    """What both sides say of one aspect of one commit. What concerns a whole history has no message."""

    preset: str
    aspect: str
    ours: object
    theirs: object
    message: str = ""
    parents: int = 1
    explained: dict = dataclasses.field(default_factory=dict, repr=False)
    parsed: dict = dataclasses.field(default_factory=dict, repr=False)
    history: object = dataclasses.field(default=None, repr=False)

    @property
    def title(self):
        return first_line(self.message)

    @property
    def asked(self):
        """Our level as it is from 1.0.0 on."""
        lowered = self.explained["rule"].endswith("(before 1.0.0)")
        return {"minor": "major", "patch": "minor"}.get(self.ours, self.ours) if lowered else self.ours

    def is_about(self, *aspects):
        return self.aspect in aspects


@dataclasses.dataclass
class Kind:
    name: str
    fits: typing.Callable[[Difference], bool]
    ours: str
    theirs: str
    why: str


def kind_of(difference, kinds):
    """The first of `kinds` that fits; none for a difference that nobody has explained yet."""
    return next((kind for kind in kinds if difference.message and kind.fits(difference)), None)


def is_merge(d):
    return d.parents > 1 and d.ours in NOTHING


def is_before_one(d):
    return d.is_about("level") and d.history.tag.startswith("v0.") and d.ours != d.asked == d.theirs


THEIR_REVERT = re.compile(r'(?:Revert|revert:)\s"?(.+?)"?\s*This reverts commit (\w*)\.', re.IGNORECASE | re.DOTALL)


def first_line(text):
    return text.strip().splitlines()[0].strip()


def is_exact(revert, target):
    """Whether they pair the two, each an id with its message: by the full id and the unchanged title."""
    named = THEIR_REVERT.match(revert[1])
    return bool(named) and named[1].strip() == first_line(target[1]) and named[2] == target[0]


def is_pair_by_other_means(d):
    """We pair a revert and its commit by less than the full id together with the unchanged title."""
    fate = re.match(r"(reverted by|reverts) (\w+)", d.explained["ignored"] or "")
    if not fate or d.parsed["taken_back"] or d.ours not in NOTHING:
        return False
    this = (d.explained["id"], d.message)
    other = next((oid, text) for oid, text, _ in d.history.commits if oid.startswith(fate[2]))
    return not (is_exact(other, this) if fate[1] == "reverted by" else is_exact(this, other))


def their_pair(d):
    """The revert and the commit that they take out together when this is one of the two and we leave it in; none otherwise."""
    if not d.parsed["taken_back"] or d.explained["ignored"] or not d.is_about("level", "listed", "breaking"):
        return None
    this = next(commit for commit in d.history.commits if commit[0] == d.explained["id"])
    pairs = [(this, other) for other in d.history.commits] + [(other, this) for other in d.history.commits]
    return next(((revert, target) for revert, target in pairs if is_exact(revert, target)), None)


def is_revert_of_merge(d):
    pair = their_pair(d)
    return pair is not None and pair[1][2] > 1


def is_further_along(d):
    """Something newer took back one of the two already, in a way that only we see."""
    pair = their_pair(d)
    if pair is None:
        return False
    newer = d.history.commits[d.history.commits.index(pair[0]) + 1:]
    return any(oid[:7] in text or f'"{first_line(message)}"' in text for oid, message, _ in pair for _, text, _ in newer)


def is_unnamed_revert(d):
    """What names no commit in git's words, or is called `Reapply`, is no revert to them; the type `revert` is still listed."""
    starts = re.match(r'revert(\(.*\))?!?: |Re(vert|apply) "', d.message, re.IGNORECASE)
    return bool(starts) and not d.parsed["revert"] and (
        d.is_about("level") and (d.asked, d.theirs) == ("patch", "none")
        or d.is_about("listed") and d.ours and d.message.startswith(('Revert "', 'Reapply "')))


def is_revert_title(d):
    return d.is_about("text") and d.theirs == d.title and d.theirs.startswith('Revert "') and d.ours in visible(d.theirs)


def visible(text):
    """As we show what would turn the direction of the text around it."""
    return re.sub("[\u202a-\u202e\u2066-\u2069]", lambda match: f"\\u{{{ord(match[0]):04X}}}", text)


def texts(d):
    """The texts of both sides beside each other; empty when they are not as many."""
    if d.is_about("text"):
        return [(d.ours, visible(d.theirs))]
    return list(zip(d.ours, map(visible, d.theirs))) if d.is_about("breaking") and len(d.ours) == len(d.theirs) else []


def is_hidden_direction(d):
    return bool(texts(d)) and all(our == their for our, their in texts(d))


def is_cut(d):
    """A text of more than 300 characters, in notes of breaking changes 1000."""
    return any(len(our) > 290 and our.endswith("…") for our, _ in texts(d)) and all(
        our == their or their.startswith(our[:-1]) for our, their in texts(d))


FIELD = re.compile(r"^-.*-\r?$", re.MULTILINE)


def is_unreadable(d):
    """Their parser looks for a line behind the last one."""
    return d.parsed["level"] == "error" and breaking_lines(d) != [] and FIELD.search(d.message) is not None


def is_swallowed(d):
    """A line of hyphens begins a field in their parser, which has all the rest of the message."""
    field = FIELD.search(d.message)
    rest = d.message[field.end():] if field else ""
    if d.is_about("closes"):
        return set(d.ours) > set(d.theirs) and "#" in rest
    return "BREAKING" in rest and (
        d.is_about("level") and d.asked == "major" and d.theirs != "major"
        or d.is_about("breaking") and len(d.ours) > 0 and len(d.theirs) < 2
        or d.is_about("listed") and d.explained["breaking"])


NOTE = re.compile(r"^[\s|*]*BREAKING[ -]CHANGE[:\s]", re.IGNORECASE)


def breaking_lines(d):
    return [line for line in d.message.strip().splitlines()[1:] if NOTE.match(line + "\n")]


def is_theirs_alone(d):
    """They see a breaking note that we do not: the level, the text, or an entry that is listed because of it."""
    if not d.parsed["breaking"] or not breaking_lines(d):
        return False
    by_sign = d.explained["rule"].startswith("`!`")
    if d.is_about("level"):
        return d.theirs == "major" and d.asked == by_type(d)
    if d.is_about("breaking"):
        return not d.ours or by_sign
    return d.is_about("listed") and d.theirs and not d.explained["breaking"]


def by_type(d):
    """What a commit asks for when nothing breaks, by our documentation."""
    header = re.match(r"([\w-]+)(?:\(.*\))?(!?):\s", d.message)
    if not header:
        return "patch" if d.message.startswith(('Revert "', 'Reapply "')) else "none"
    if header[2] and d.preset == "angular":
        return "none"
    return {"feat": "minor", "fix": "patch", "perf": "patch", "revert": "patch"}.get(header[1].lower(), "none")


EXACT = r"BREAKING[ -]CHANGE:(?=\s|$)"
FOOTER = re.compile(rf"{EXACT}|[A-Za-z][A-Za-z0-9-]*(: | #)|(close|fix|resolve)\w* \S+/\S+#\d", re.IGNORECASE)


def is_well_spelled(d):
    return any(re.match(EXACT, line) for line in breaking_lines(d))


def has_breaking_footer(d):
    """Whether a breaking note with a text stands among the paragraphs at the end that begin with a footer."""
    body = "\n".join(d.message.strip().splitlines()[1:])
    body = re.sub(r"^```.*?^```", "", body, flags=re.MULTILINE | re.DOTALL)
    paragraphs = re.split(r"\n\s*\n", "\n" + body)
    if body.startswith("\n"):
        paragraphs = [""] + paragraphs
    footers = []
    while len(paragraphs) > 1 and FOOTER.match(paragraphs[-1].lstrip("\n")):
        footers = paragraphs.pop().strip().splitlines() + footers
    for line, after in zip(footers, footers[1:] + [""]):
        note = re.match(EXACT + r"(.*)", line)
        if note and (note[1].strip() or after and not FOOTER.match(after)):
            return True
    return False


def is_empty_breaking(d):
    return is_theirs_alone(d) and not has_breaking_footer(d) and re.search(EXACT + r"[ \r]*$", d.message, re.MULTILINE) is not None


def is_misplaced_breaking(d):
    return is_theirs_alone(d) and is_well_spelled(d) and not has_breaking_footer(d)


def is_misspelled_breaking(d):
    return is_theirs_alone(d) and not is_well_spelled(d)


def is_hyphened_breaking(d):
    return (d.preset == "angular" and d.is_about("level") and d.asked == "major" and not d.parsed["breaking"]
            and "BREAKING-CHANGE: " in d.message)


def is_longer_breaking(d):
    """Their text goes on with what follows the footer."""
    return d.is_about("breaking") and bool(texts(d)) and all(their.startswith(our) for our, their in texts(d))


def is_hyphened_type(d):
    return re.match(r"\w+-[\w-]*(\(.*\))?!?: ", d.message) is not None and not d.parsed.get("type") and (
        d.is_about("level") and d.asked == "major" and d.theirs == "none" or d.is_about("breaking") and not d.theirs)


SHOWN = {"feat", "fix", "perf", "revert"}


def is_listed_once(d):
    """A breaking change of a type that is not shown: we list it as breaking, they list it in a group as well."""
    kind = (d.parsed.get("type") or "").lower()
    return d.is_about("listed") and d.theirs and kind not in SHOWN and d.explained["breaking"] and d.parsed["breaking"] != []


def is_feature(d):
    return d.is_about("listed") and d.theirs and (d.parsed.get("type") or "").lower() == "feature"


def is_type_in_capitals(d):
    kind = d.parsed.get("type") or ""
    return d.is_about("level") and kind != kind.lower() and d.theirs == "none" and d.asked == by_type(d)


def is_tab(d):
    return re.match(r"\w+(\(.*\))?!?:\t", d.message) is not None and (
        d.is_about("level") and d.theirs == "none" or d.is_about("listed") and d.ours)


def is_long_scope(d):
    """The second parenthesis may stand before a `!`, which is then theirs alone."""
    later = re.match(r"\w+\([^()]*(?:\([^()]*\))?[^()]*\)!?: .*\)(!?): ", d.title)
    alone = d.is_about("level") and (d.asked, d.theirs) == (by_type(d), "major") or d.is_about("breaking") and not d.ours
    return later is not None and (d.is_about("scope", "text") or later[1] == "!" and alone)


def is_only_mentioned(d):
    """What they list besides has no closing word before it."""
    if not d.is_about("closes"):
        return False
    more = set(d.theirs) - set(d.ours)
    closed = [re.search(rf"(close|fix|resolve)\w*:?\s+{re.escape(issue)}\b", d.message, re.IGNORECASE) for issue in more]
    own = [match for issue, match in zip(more, closed) if issue.startswith("#")]
    return set(d.ours) < set(d.theirs) and not any(own)


KINDS = [
    Kind("unreadable", is_unreadable, "a line of hyphens as the last one below a breaking note is text", "their run fails",
         "A defect of conventional-commits-parser 6.4.0; the other commits of the history are compared without it."),
    Kind("before-one", is_before_one, "breaking is minor, a feature is patch, below 1.0.0", "as from 1.0.0 on",
         "SemVer 2.0.0, item 4, leaves it open below 1.0.0; `version.before_one` sets both."),
    Kind("merge", is_merge, "a merge commit asks for nothing and is not listed", "its title counts like any other",
         "The commits that it brings are counted themselves; counting the title too would list a change twice."),
    Kind("revert-pair", is_pair_by_other_means,
         "a revert is paired by an abbreviated id, by `Refs:`, by its id under another title, or by its quoted title",
         "only with the full id and the unchanged title",
         f"{CC}, FAQ on reverts, proposes `Refs:`; a forge's button writes no id; people reword titles."),
    Kind("revert-chain", is_further_along, "what a newer commit took back is not paired again with an older one", "it is",
         "Follows from `revert-pair`, where reverts of reverts, or two reverts of one commit, are in one history."),
    Kind("revert-merge", is_revert_of_merge, "a revert of a merge is a patch", "it cancels the merge commit's own title",
         "It undoes commits that the message does not name."),
    Kind("revert-unnamed", is_unnamed_revert, "a revert that names no commit, and git's `Reapply`, is a patch and is listed",
         "it asks for nothing; without the type `revert` it is not listed",
         "Something released was changed back, named or not; `lint-commits` asks for the name (`revert-without-commit`)."),
    Kind("revert-title", is_revert_title, "a revert is listed by the title that it quotes", "with its whole title",
         "It stands under Reverts already."),
    Kind("breaking-empty", is_empty_breaking, "`BREAKING CHANGE:` without text breaks nothing", "it breaks",
         f"{CC}, item 12, asks for a description; it is what an unused commit template leaves behind."),
    Kind("breaking-place", is_misplaced_breaking, "`BREAKING CHANGE:` counts among the footers", "at the start of any line",
         f"{CC}, items 8 and 12: it is a footer, after a blank line; else prose and quotations would break. `explain` says so."),
    Kind("breaking-spelling", is_misspelled_breaking, "it is in capitals, at the start of the line and with a colon",
         "in any case, without the colon, and in lists", f"{CC}, items 12 and 15. `explain` and `lint-commits` say so."),
    Kind("breaking-hyphen", is_hyphened_breaking, "`BREAKING-CHANGE` breaks in the dialect `angular` as well", "not with the preset `angular`",
         f"{CC}, item 16, makes both the same."),
    Kind("breaking-tail", is_longer_breaking, "the text of a breaking footer ends at the next footer",
         "it goes on to the end of the message, or to the first line that names an issue", f"{CC}, item 10."),
    Kind("hyphens", is_swallowed, "a line of hyphens in the body is text", "the rest of the message is read by nobody",
         f"{CC}, item 7: a body is free. It is `fieldPattern` of conventional-commits-parser."),
    Kind("length", is_cut, "texts are cut after 300 characters, those of breaking footers after 1000", "as they are",
         "One commit must not fill the notes, which forges limit."),
    Kind("direction", is_hidden_direction, "signs that turn the direction of text are shown as what they are", "as they are",
         "Text from outside is data ([text from outside](reliability.md#text-from-outside))."),
    Kind("type-hyphen", is_hyphened_type, "a type may have hyphens", "it is no header then",
         f"{CC}, item 1, asks for a noun and nothing more."),
    Kind("listed-once", is_listed_once, "a breaking change of a type that is hidden is listed as breaking", "and in a group of its type as well",
         "Nobody needs to read it twice ([changelog and notes](changelog-and-notes.md#styles))."),
    Kind("type-feature", is_feature, "`feature` is no built-in type", "listed like `feat`, but asks for nothing",
         "An entry for which nothing was released helps nobody; `commits.types.feature` adds it with both."),
    Kind("type-case", is_type_in_capitals, "`Feat` is `feat`", "`Feat` is listed and asks for nothing (`FEAT` and `FIX` do ask)",
         f"{CC}, item 15: no implementation may treat the case as significant."),
    Kind("tab", is_tab, "a tab may follow the colon", "only a space", "What looks the same should mean the same."),
    Kind("scope-end", is_long_scope, "a scope ends at the first `):`", "at the last one in the line",
         f"{CC}, items 4 and 5: the description begins after the first colon."),
    Kind("closes", is_only_mentioned, "only issues of the own repository that the message closes are called closed",
         "every issue that it mentions",
         "GitHub's *Linking a pull request to an issue* gives the words; `Refs #3` closes nothing."),
]
