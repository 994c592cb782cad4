"""A scenario: a repository, commands that are run in it, and for which profile."""

import dataclasses

from repository import Repository

PROFILES = ["sv9", "catv12", "catv13"]
HEADERS = {
    "sv9": "# Changelog\n\nAll notable changes to this project will be documented in this file. See [standard-version]"
           "(https://github.com/conventional-changelog/standard-version) for commit guidelines.\n",
    "catv12": "# Changelog\n\nAll notable changes to this project will be documented in this file. See [commit-and-tag-version]"
              "(https://github.com/absolute-version/commit-and-tag-version) for commit guidelines.\n",
}
HEADERS["catv13"] = HEADERS["catv12"]


@dataclasses.dataclass
class Scenario:
    name: str
    profile: str
    repository: Repository
    runs: list = dataclasses.field(default_factory=lambda: [[]])
    folder: str = "."
    environment: dict = dataclasses.field(default_factory=dict)
    # Whether it is also run without `--compat exact`.
    mended: bool = False
    # What the mended run is expected to do otherwise; names of kinds in known.py.
    about: str = ""

    @property
    def words(self):
        """All arguments of all runs."""
        return [word for run in self.runs for word in run]

    @property
    def configuration(self):
        """The text of everything that may configure it."""
        names = [".versionrc", ".versionrc.json", ".versionrc.js", ".versionrc.cjs", ".versionrc.mjs", "package.json", "custom.json"]
        texts = []
        for files in [self.repository.files, self.repository.changed, self.repository.outside]:
            for path, content in files.items():
                if path.rsplit("/")[-1] in names:
                    texts.append(content.decode(errors="replace") if isinstance(content, bytes) else content)
        return "\n".join(texts)

    @property
    def messages(self):
        """All commit messages, also those of commits that HEAD does not have."""
        return [data.split(b"\n\n", 1)[1].decode() for data in self.repository.objects.values() if data.startswith(b"commit ")]
