"""What a scenario has, and what the original made of it: what known.py recognises its kinds by."""

import re

from generated import NAMES
from scenario import HEADERS

FLAGS = {"-r", "-p", "-i", "-m", "-f", "-s", "-n", "-a", "-t", "-c", "-h", "-v", "--sign", "--signoff", "--config", "--help", "--version", "--verbose"}
KEYS = [*NAMES, "packageFiles", "bumpFiles", "sign", "silent", "gitTagFallback", "path", "changelogHeader", "header", "preset", "releaseCount", "tagForce",
        "npmPublishHint", "noBumpWhenEmptyChanges", "types", "preMajor", "commitUrlFormat", "compareUrlFormat", "issueUrlFormat", "userUrlFormat",
        "releaseCommitMessageFormat", "issuePrefixes"]
FIRST_RELEASE = re.compile(r"^#+ \[?[0-9]+\.[0-9]+\.[0-9]+|<a name=", re.MULTILINE)


def kebab(key):
    return re.sub("[A-Z]", lambda found: "-" + found[0].lower(), key)


def has(scenario, key):
    """Whether the option is given, anywhere."""
    spellings = {*NAMES.get(key, []), f"--{key}", f"--{kebab(key)}"}
    return any(word.split("=")[0] in spellings for word in scenario.words) or f'"{key}"' in scenario.configuration


def value(scenario, key):
    """The value that is given as text; none where it is not given. The command line wins."""
    spellings = {*NAMES.get(key, []), f"--{key}", f"--{kebab(key)}"}
    for number, word in enumerate(scenario.words):
        name, equals, inline = word.partition("=")
        if name in spellings:
            return inline if equals else scenario.words[number + 1] if number + 1 < len(scenario.words) else ""
    found = re.search(rf'"{key}":\s*"([^"]*)"', scenario.configuration)
    return found[1] if found else None


def unknown_flags(scenario):
    known = FLAGS | {f"--{key}" for key in KEYS} | {f"--{kebab(key)}" for key in KEYS} | {f"--no-{kebab(key)}" for key in KEYS}
    flags = [word.split("=")[0] for word in scenario.words if re.match(r"--?[a-zA-Z]", word)]
    return [flag for flag in flags if flag not in known and not re.match(r"--(skip|scripts)\.|-[a-z]{2,}$", flag)]


def changelog(scenario):
    """The path of the changelog, as an aspect has it."""
    folder = "" if scenario.folder == "." else scenario.folder + "/"
    return f"repository/{folder}{value(scenario, 'infile') or 'CHANGELOG.md'}"


def written(scenario, compared):
    """All of the changelog that the original wrote or showed."""
    kind_and_bytes = compared.theirs.aspects.get(f"file {changelog(scenario)}")
    text = kind_and_bytes[1].decode(errors="replace") if kind_and_bytes else ""
    return text + "".join(said.stdout for said in compared.theirs.said)


def header(scenario):
    """The header without the lines behind it, as bytes."""
    return HEADERS[scenario.profile].rstrip().encode()


def outside_section(stdout):
    """What is said without the section that a dry run shows."""
    return re.sub(r"\n---\n.*\n---\n", "\n---\n", stdout or "", flags=re.DOTALL)


def before(scenario):
    """The changelog as it was."""
    name = changelog(scenario).removeprefix("repository/")
    content = scenario.repository.files.get(name, b"")
    return content.decode(errors="replace")


def has_reverted(scenario, compared):
    return any(found[1] in scenario.repository.objects for message in scenario.messages
               for found in re.finditer(r"This reverts commit (\w{40})", message))


def has_introduction(scenario, compared):
    """Whether there is something above the first release that is not the header of the originals."""
    text = before(scenario)
    first = FIRST_RELEASE.search(text)
    above = text[:first.start()] if first else text
    return above.strip() not in {"", *(header.strip() for header in HEADERS.values())}


def has_unlisted_types(scenario, compared):
    given = '"types"' in scenario.configuration or value(scenario, "preset") is not None
    return not given and any(re.match(r"(feature|perf|revert)(\(.*\))?!?: |Revert \"", message, re.IGNORECASE) for message in scenario.messages)


def has_broken_links(scenario, compared):
    return re.search(r"\(/{2,}|undefined/|/undefined|\]\(/|\w//", written(scenario, compared)) is not None


def has_prerelease_tags(scenario, compared):
    return scenario.profile == "catv13" and re.search(r"refs/tags/\S*\d+\.\d+\.\d+-", compared.theirs.aspects["refs"]) is not None


def has_odd_prefix(scenario):
    prefix = value(scenario, "tagPrefix")
    return prefix is not None and (prefix == "" or re.search(r"[.+*?()\[\]{}|^$\\]", prefix) is not None)


def is_empty_release(scenario, compared):
    """Whether one of the new sections has no entry."""
    text = written(scenario, compared)
    sections = re.split(r"^#{1,3} (?=\[?\d)", text, flags=re.MULTILINE)[1:]
    return any("\n* " not in section and "\n- " not in section for section in sections) or not re.search(r"^\* ", text, re.MULTILINE)
