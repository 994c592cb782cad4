"""The two sides of a comparison, and how a scenario is run on both."""

import dataclasses
import datetime
import difflib
import functools
import shutil
import typing

import observe

PACKAGES = {"sv9": "standard-version", "catv12": "commit-and-tag-version", "catv13": "commit-and-tag-version"}


@dataclasses.dataclass
class Difference:
    """What both sides have of one aspect; none where a side does not have it."""

    aspect: str
    theirs: object
    ours: object


@dataclasses.dataclass
class Compared:
    """One scenario in one mode: how much was looked at, and what differs."""

    mode: str
    aspects: int
    differences: list
    theirs: observe.Outcome
    ours: observe.Outcome
    shown: dict
    # What there was before, as an outcome without a run.
    before: typing.Callable


class Original:
    """The program from npm."""

    def __init__(self, tools):
        self.tools = tools

    def command(self, profile, words):
        return ["node", str(self.tools / profile / "node_modules" / PACKAGES[profile] / "bin/cli.js"), *words]


class DropIn:
    """Bowline in its place."""

    def __init__(self, bowline, mode):
        self.bowline, self.mode = bowline, mode

    def command(self, profile, words):
        exactly = ["--compat", "exact"] if self.mode == "exact" else []
        return [str(self.bowline), "standard-version", "--profile", profile, *exactly, *words]


def compare(scenario, original, others, place, environment):
    """Runs the scenario by the original and by each of the others; `others` is by mode."""
    while True:
        day = datetime.datetime.now(datetime.timezone.utc).date()
        shutil.rmtree(place, ignore_errors=True)
        pristine = place / "pristine"
        (pristine / "repository").mkdir(parents=True)
        scenario.repository.write(pristine / "repository", environment)
        theirs, their_objects = one_side(scenario, original, pristine, place, "original", environment)
        found = []

        @functools.cache
        def before():
            return observe.outcome([], pristine / "repository", environment)

        for mode, other in others.items():
            ours, our_objects = one_side(scenario, other, pristine, place, mode, environment)
            differences = list(different(theirs, ours))
            shown = {}
            if any(difference.aspect == "refs" for difference in differences):
                shown = {"theirs": their_objects(), "ours": our_objects()}
            found.append(Compared(mode, len(theirs.aspects.keys() | ours.aspects.keys()), differences, theirs, ours, shown, before))
        # The date is in the changelog, so a scenario that meets midnight runs again.
        if datetime.datetime.now(datetime.timezone.utc).date() == day:
            return found


def one_side(scenario, side, pristine, place, name, environment):
    """Every side works in a folder of the same name, because paths are in messages; it is kept under its own afterwards."""
    case = place / "case"
    shutil.copytree(pristine, case, symlinks=True)
    folder = case / "repository"
    everything = environment | scenario.environment
    said = [observe.run(side.command(scenario.profile, words), folder / scenario.folder, everything) for words in scenario.runs]
    outcome = observe.outcome(said, folder, environment)
    kept = place / name
    case.rename(kept)
    return outcome, lambda: observe.objects(outcome, kept / "repository", environment)


def different(theirs, ours):
    for aspect in theirs.aspects | ours.aspects:
        both = theirs.aspects.get(aspect), ours.aspects.get(aspect)
        if both[0] != both[1]:
            yield Difference(aspect, *both)


def described(scenario, compared, difference):
    """A difference as text for people."""
    lines = [f"--- {difference.aspect} ({scenario.name}, {scenario.profile}, {compared.mode})"]
    texts = [text(side) for side in (difference.theirs, difference.ours)]
    lines += difflib.unified_diff(texts[0].splitlines(), texts[1].splitlines(), "original", "bowline", n=2, lineterm="")
    if [line.rstrip() for line in texts[0].splitlines()] == [line.rstrip() for line in texts[1].splitlines()]:
        lines += [f"original {difference.theirs!r}"[-400:], f"bowline  {difference.ours!r}"[-400:]]
    for side, objects in (compared.shown if difference.aspect == "refs" else {}).items():
        lines += [f"tags of {side}: {name}\n{content}" for name, content in objects.items()
                  if content not in compared.shown["theirs" if side == "ours" else "ours"].values()]
    return "\n".join(lines)


def text(value):
    if value is None:
        return "(not there)"
    if isinstance(value, tuple):
        return f"{value[0]}\n{value[1].decode(errors='backslashreplace')}"
    return str(value)
