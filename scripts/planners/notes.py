"""Reads the entries of notes out of their Markdown. Links and escaping are not compared, so they are taken away."""

import html
import re

ENTRY = re.compile(r"\* (?:\*\*(?P<scope>.+?):\*\* )?(?P<text>.*) \((?:\[(?P<a>\w{7})\]\(\S*\)|(?P<b>\w{7}))\)"
                   r"(?:, closes (?P<closes>.*))?")
THEIR_LINK = re.compile(r"\[([^\[\]]+)\]\(https://github\.com/[^)]*\)")


def unlink(text):
    """Their text without the links that the preset makes of issues and names."""
    return THEIR_LINK.sub(r"\1", text)


def unescape(text):
    """Our text as its author wrote it."""
    text = re.sub(r"`(@[\w/-]+)`", r"\1", text)
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


def words(text):
    return " ".join(text.split())


def sections(markdown):
    """The text under each heading of the third level."""
    parts = re.split(r"^### (.*)$", markdown, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def entries(markdown, plain):
    """By short id: heading, scope, text and closed issues; and the lines that are none of these."""
    found, strange = {}, []
    for heading, text in sections(markdown):
        for line in text.splitlines():
            match = ENTRY.fullmatch(line.rstrip())
            if match and not is_breaking(heading):
                closes = sorted(set(plain(match["closes"] or "").split()))
                scope = plain(match["scope"]) if match["scope"] else None
                found[match["a"] or match["b"]] = (heading, scope, words(plain(match["text"])), closes)
            elif line.strip() and not is_breaking(heading):
                strange.append(line)
    return found, strange


def breaking(markdown):
    """What stands under the heading of breaking changes."""
    return "".join(text for heading, text in sections(markdown) if is_breaking(heading))


def is_breaking(heading):
    return heading == "⚠ BREAKING CHANGES"
