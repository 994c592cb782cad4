"""The known kinds of differences: how each is recognised, and why it is there.

A kind is recognised by the scenario and by what the original did, before it looks at what Bowline did, so that a mistake of Bowline does
not excuse itself. What a kind excuses is as little as it can be: a kind about the changelog excuses no other file. Hashes that differ
because a file does are `follows`. docs/standard-version.md has a row for each kind.
"""

import dataclasses
import re
import typing

import facts

FOLLOWING = ("index", "refs", "HEAD's commit")
BOTH, EXACT, MENDED = ("exact", "mended"), ("exact",), ("mended",)


@dataclasses.dataclass
class Kind:
    name: str
    # Whether this difference of this scenario is of the kind.
    fits: typing.Callable
    why: str
    # In which mode it may be.
    modes: tuple


def sort(scenario, compared):
    """The names of the kinds that explain differences, and the differences that nothing explains."""
    explained, left = {}, []
    for difference in compared.differences:
        kind = next((kind for kind in KINDS if compared.mode in kind.modes and kind.fits(scenario, compared, difference)), None)
        if kind:
            explained[difference.aspect] = kind.name
        else:
            left.append(difference)
    if any(aspect.startswith("file ") for aspect in explained):
        following = [difference for difference in left if follows(difference)]
        explained |= {difference.aspect: "follows" for difference in following}
        left = [difference for difference in left if difference not in following]
    return list(explained.values()), left


def follows(difference):
    """The same but for hashes, which the bytes of a file decide."""
    texts = [re.sub(r"\b[0-9a-f]{40}\b", "HASH", text or "") for text in (difference.theirs, difference.ours)] if difference.aspect in FOLLOWING else [0, 1]
    return texts[0] == texts[1]


def of(difference, *aspects):
    return difference.aspect.startswith(aspects)


def is_help(scenario, compared, difference):
    return "--help" in scenario.words and difference.aspect == "stdout" and difference.ours.startswith("Usage:")


TRACE = r"^    at .+:\d+:\d+\)?$"


def is_stack_trace(scenario, compared, difference):
    """They end with a trace of the program's own lines; we say the same thing in one sentence."""
    return of(difference, "stderr") and bool(re.search(TRACE, difference.theirs, re.MULTILINE)) and bool(difference.ours.strip())


def is_usage(scenario, compared, difference):
    """The help, followed by what is wrong: ours is another help, followed by the same line."""
    return (of(difference, "stderr") and difference.theirs.startswith("Usage: ")
            and difference.theirs.strip().splitlines()[-1] in difference.ours.splitlines())


def is_flag(scenario, compared, difference):
    """Ours has one more line for each flag that nobody knows, or that does not do what it looks like."""
    lines = difference.ours.splitlines(keepends=True) if of(difference, "stderr") else []
    is_meant = facts.unknown_flags(scenario) or any(re.match(r"--skip\.\w+=false", word) for word in scenario.words)
    return bool(is_meant) and "".join(line for line in lines if not line.startswith(("the flag --", "--skip."))) == difference.theirs


def is_list(scenario, compared, difference):
    """They print the trace of what is wrong with the configuration, and release without it."""
    said = compared.theirs.said[-1]
    return said.code == 0 and said.stderr.startswith("YError: ") and compared.ours.said[-1].code == 1 and (
        of(difference, "exit code", "stdout") or difference.ours == compared.before().aspects.get(difference.aspect))


def is_sign(scenario, compared, difference):
    """Text from outside that cannot be seen is shown as what it is."""
    return of(difference, "stderr") and "\ufeff" in difference.theirs and difference.theirs.replace("\ufeff", "\\u{FEFF}") == difference.ours


def is_preset(scenario, compared, difference):
    return of(difference, "stderr") and difference.theirs.startswith('Unable to load the "') and difference.ours.startswith("there is no preset ")


def is_blank(scenario, compared, difference):
    """A changelog without an entry."""
    return difference.aspect == f"file {facts.changelog(scenario)}" and None not in (difference.theirs, difference.ours) and (
        difference.theirs[1].rstrip() == difference.ours[1].rstrip() == facts.header(scenario))


def is_note(scenario, compared, difference):
    """All that is mended is said, in lines of their own."""
    lines = difference.ours.splitlines(keepends=True) if of(difference, "stderr") else []
    return "".join(line for line in lines if not line.startswith("note: ")) == difference.theirs != difference.ours


def is_wordless(scenario, compared, difference):
    """They end with exit code 1 and not a word."""
    return of(difference, "stderr") and difference.theirs == "" and compared.theirs.said[-1].code == 1 and difference.ours != ""


def is_release_as(scenario, compared, difference):
    return any(re.search(r" to null$|release \S*null$", said.stdout, re.MULTILINE) for said in compared.theirs.said)


def is_combined(scenario, compared, difference):
    """The version that is asked for and the name of a pre-release are put together."""
    return scenario.profile == "sv9" and facts.has(scenario, "releaseAs") and facts.has(scenario, "prerelease")


def is_unknown_file(scenario, compared, difference):
    said = compared.theirs.said
    return any("Unable to obtain updater" in one.stderr for one in said) and (
        any("(reading 'readVersion')" in one.stderr for one in said) or any(one.stdout == "" for one in said))


def is_undone(scenario, compared, difference):
    """They fail half-way and leave what they did. Ours must be as it was before, and a failure as well."""
    failed = all(any(said.code != 0 for said in outcome.said) for outcome in (compared.theirs, compared.ours))
    did_nothing = all(said.code != 0 for said in compared.ours.said)
    return failed and (of(difference, "stdout", "stderr") or did_nothing and difference.ours == compared.before().aspects.get(difference.aspect))


def is_empty(scenario, compared, difference):
    """A release without a single change; we make none."""
    return any("so not bumping version; --release-as" in said.stdout for said in compared.ours.said) and facts.is_empty_release(scenario, compared)


def is_colour(scenario, compared, difference):
    """The same words, in colour where a variable of theirs asks for it."""
    if not of(difference, "stdout", "stderr"):
        return False
    plain = re.sub("\x1b\\[[0-9;]*m", "", difference.theirs)
    return plain != difference.theirs and plain == difference.ours


def is_no_pattern(scenario, compared, difference):
    """A prefix that is no regular expression; theirs ends when it comes to use it as one."""
    return facts.has_odd_prefix(scenario) and any("Invalid regular expression" in said.stderr for said in compared.theirs.said)


def is_prefix(scenario, compared, difference):
    """A prefix that means something else as a regular expression, or none where all other tags have one."""
    return facts.has_odd_prefix(scenario)


def in_changelog(recognised):
    """A kind that concerns the section and nothing else: the file, or what a dry run shows of it."""
    def fits(scenario, compared, difference):
        if difference.aspect == f"file {facts.changelog(scenario)}":
            return recognised(scenario, compared)
        is_shown = of(difference, "stdout") and facts.outside_section(difference.theirs) == facts.outside_section(difference.ours)
        return is_shown and recognised(scenario, compared)
    return fits


KINDS = [
    Kind("help", is_help, "the help is in Bowline's words, and names what it has besides", BOTH),
    Kind("stack-trace", is_stack_trace, "an uncaught exception of theirs is a sentence that says what is wrong and what to do", BOTH),
    Kind("usage", is_usage, "what is wrong with the command line is said under Bowline's help, not under theirs", BOTH),
    Kind("configuration-list", is_list, "a configuration that is a list is refused; theirs prints a trace and releases without it", BOTH),
    Kind("colour", is_colour, "colour follows --color and NO_COLOR; theirs follows FORCE_COLOR as well", BOTH),
    Kind("no-pattern", is_no_pattern, "a prefix that is no regular expression is text; theirs ends half-way", EXACT),
    Kind("sign", is_sign, "a sign that cannot be seen, such as a byte order mark, is shown by its number", BOTH),
    Kind("preset", is_preset, "a preset that is not there is refused with the names of those that are", BOTH),
    Kind("flag", is_flag, "a flag that does not exist, or does not do what it looks like, is named; they take it without a word", MENDED),
    Kind("blank", is_blank, "a changelog without an entry ends with its header, not with blank lines", MENDED),
    Kind("note", is_note, "what was mended is said, on standard error", MENDED),
    Kind("wordless", is_wordless, "a failure says why; theirs ends with exit code 1 and not a word", BOTH),
    Kind("release-as", is_release_as, "a version that is none is refused; theirs becomes `null`, and the tag `vnull`", MENDED),
    Kind("release-as-prerelease", is_combined, "--release-as 1.1.0 --prerelease x is 1.1.0-x.0, as in commit-and-tag-version; theirs forgets x", MENDED),
    Kind("unknown-file", is_unknown_file, "a file that nothing can write is left out with the warning; theirs ends half-way, or without a release and without a failure", MENDED),
    Kind("undone", is_undone, "a release that fails leaves everything as it was; theirs leaves changed files, or a commit without a tag", MENDED),
    Kind("empty", is_empty, "nothing since the last release is no release; theirs is one without content", MENDED),
    Kind("prefix", is_prefix, "the prefix of tags is text; theirs is a regular expression", MENDED),
    Kind("reverted", in_changelog(facts.has_reverted), "what was taken back before its release is not listed; theirs lists it, and its breaking note", MENDED),
    Kind("introduction", in_changelog(facts.has_introduction), "what people wrote above the first release stays; theirs throws it away", MENDED),
    Kind("types", in_changelog(facts.has_unlisted_types), "`feature`, `perf` and `revert` are listed, as the preset means it; theirs hides them by accident", MENDED),
    Kind("no-host", in_changelog(facts.has_broken_links), "without a known host there are no links; theirs lead to `///compare` and `undefined`", MENDED),
    Kind("jshint", in_changelog(lambda scenario, compared: facts.value(scenario, "preset") == "jshint"), "the preset jshint links commits; theirs has links without a text", MENDED),
    Kind("cumulative", in_changelog(facts.has_prerelease_tags), "a pre-release lists what is new since the one before it; theirs lists everything since the last stable release again", MENDED),
    Kind("follows", lambda *_: False, "a hash that differs because a file of the same commit does", BOTH),
]
