"""What Bowline reads in each commit beside what another program reads in it, and whether versions follow from readings."""

from known import Difference


def differences(history, explained, name, answer):
    """Each difference between Bowline's explanation of `history` and the answer of the program called `name`."""
    for commit in explained["commits"]:
        message, parents = next((text, count) for oid, text, count in history.commits if oid == commit["id"])
        theirs = answer.commits.get(commit["id"])
        aspects = [("read", commit["type"] != "", theirs is not None)]
        if theirs and commit["type"]:
            aspects += [("scope", commit["scope"], theirs.scope), ("text", commit["subject"], theirs.text)]
            aspects += [("breaking", commit["breaking"], theirs.breaking)]
        for aspect, our, their in aspects:
            if our != their:
                yield Difference(name, aspect, our, their, message, parents, commit, history=history)
    expected = RULES[name](history, answer)
    if answer.next != expected:
        yield Difference(name, "next version", answer.next, expected)


def cliff_version(history, answer):
    """git-cliff: breaking is major, also before 1.0.0, a feature minor, and whatever else it reads, a patch."""
    major, minor, patch = map(int, history.tag[1:].split("."))
    if not answer.commits:
        return history.tag[1:]
    if any(reading.breaking for reading in answer.commits.values()):
        return f"{major + 1}.0.0"
    if any(kind(history, oid) == "feat" for oid in answer.commits):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def cog_version(history, answer):
    """cocogitto: a feature is minor and a fix patch; breaking is major from 1.0.0 on, and nothing by itself before."""
    major, minor, patch = map(int, history.tag[1:].split("."))
    kinds = {kind(history, oid) for oid in answer.commits}
    if major and any(reading.breaking for reading in answer.commits.values()):
        return f"{major + 1}.0.0"
    if "feat" in kinds:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if "fix" in kinds else None


RULES = {"git-cliff": cliff_version, "cocogitto": cog_version}


def kind(history, oid):
    """The type that stands in the message."""
    message = next(text for id, text, _ in history.commits if id == oid)
    return message.strip().partition(":")[0].partition("(")[0].rstrip("!").lower()
