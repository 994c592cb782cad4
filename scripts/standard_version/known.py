"""The known kinds of differences: how each is recognised, and why it is there.

A kind is recognised by the scenario and by what the original did, before it looks at what Bowline did, so that a mistake of Bowline does
not excuse itself. docs/standard-version.md has a row for each.
"""

import dataclasses
import re
import typing


@dataclasses.dataclass
class Kind:
    name: str
    # Whether this difference of this scenario is of the kind.
    fits: typing.Callable
    why: str
    # In which mode it may be.
    modes: tuple = ("exact", "mended")


def sort(scenario, compared):
    """The names of the kinds that explain differences, and the differences that nothing explains."""
    explained, left = [], []
    for difference in compared.differences:
        kind = next((kind for kind in KINDS if compared.mode in kind.modes and kind.fits(scenario, compared, difference)), None)
        if kind:
            explained.append(kind.name)
        else:
            left.append(difference)
    return explained, left


def is_help(scenario, compared, difference):
    return "--help" in scenario.words and difference.aspect == "stdout" and difference.ours.startswith("Usage:")


def is_stack_trace(scenario, compared, difference):
    """They end with a trace of the program's own lines; we say the same thing in one sentence."""
    return on_stderr(difference) and bool(re.search(TRACE, difference.theirs, re.MULTILINE)) and bool(difference.ours.strip())


TRACE = r"^    at .+:\d+:\d+\)?$"


def is_usage(scenario, compared, difference):
    """The help, followed by what is wrong: ours is another help, followed by the same line."""
    return (on_stderr(difference) and difference.theirs.startswith("Usage: ")
            and difference.theirs.strip().splitlines()[-1] in difference.ours.splitlines())


def on_stderr(difference):
    return difference.aspect.startswith("stderr")


KINDS = [
    Kind("help", is_help, "the help is in Bowline's words, and names what it has besides"),
    Kind("stack-trace", is_stack_trace, "an uncaught exception of theirs is a sentence that says what is wrong and what to do"),
    Kind("usage", is_usage, "what is wrong with the command line is said under Bowline's help, not under theirs"),
]
