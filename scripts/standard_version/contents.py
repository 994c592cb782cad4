"""Files: manifests in many hands' formats, changelogs with a past, addresses of remotes."""

import json

REPOSITORIES = [None] * 5 + [
    "acme/widget", "github:acme/widget", "gitlab:acme/widget", "bitbucket:acme/widget", "https://github.com/acme/widget",
    {"type": "git", "url": "git+https://github.com/acme/widget.git"}, {"type": "git", "url": "git@github.com:acme/widget.git"},
    {"type": "git", "url": "https://gitlab.com/grp/sub/widget.git"}, {"type": "git", "url": "https://git.example.org/acme/widget.git"},
    {"type": "git", "url": "git+https://github.com/acme/widget.git", "directory": "packages/a"}, {"type": "git", "url": "ssh://git@example.org:2222/a/b.git"}]
REMOTES = [None] * 3 + [
    "https://github.com/acme/widget.git", "git@github.com:acme/widget.git", "https://github.com/acme/widget", "git@gitlab.com:grp/sub/widget.git",
    "https://user:pass@github.com/acme/widget.git", "ssh://git@github.com/acme/widget.git", "https://git.example.org/acme/widget.git",
    "git@bitbucket.org:acme/widget.git", "https://gitlab.example.org/grp/sub/deep/widget.git", "git://github.com/acme/widget.git", "../sibling"]


def package(random, version, repository=None, private=False, name="widget"):
    """A package.json as text."""
    value = {"name": name, "version": version, "description": random.choice(["a thing", "Grüße – naïve", "a <b> & \"c\""])}
    if version is None:
        del value["version"]
    if private:
        value["private"] = True
    if repository is not None:
        value["repository"] = repository
    value["scripts"] = {"test": "true"}
    if random.random() < 0.4:
        value["files"] = ["lib", "bin/*"]
    text = json.dumps(value, indent=random.choice([2, 2, 2, 4, "\t", 3]), ensure_ascii=random.random() < 0.2) + random.choice(["\n", "\n", "\n", ""])
    chance = random.random()
    if chance < 0.1:
        text = text.replace("\n", "\r\n")
    elif chance < 0.15:
        text = text.replace('"files": [', '"numbers": [1, 1.50, 1e3, 0.1e-7], "files": [')
    elif chance < 0.2:
        text = text.replace('"scripts"', '"10": 1, "2": 2, "name": "widget",\n  "scripts"')
    elif chance < 0.22:
        text = "\ufeff" + text
    return text


def lock(version):
    return json.dumps({"name": "widget", "version": version, "lockfileVersion": 3, "requires": True,
                       "packages": {"": {"name": "widget", "version": version, "license": "MIT"}, "node_modules/a": {"version": version}}}, indent=2) + "\n"


def changelog(random, header, version):
    """A changelog with a past; `header` is the one that the original writes."""
    past = random.choice([
        f"## [{version}](https://github.com/acme/widget/compare/v0.9.0...v{version}) (2024-01-02)\n\n\n### Features\n\n* the first\n",
        f"### {version} (2024-01-02)\n\n* old\n\n## 0.9.0\n\n* older\n\n\n\n", f'<a name="{version}"></a>\n# {version} (2024-01-02)\n\n* angular\n',
        "no version anywhere\n", f"# v{version}\n\n* the title begins with v\n", f"## {version} (2024-01-02)\r\n\r\n* with CRLF\r\n", "* no end of line"])
    before = random.choice([header + "\n", header + "\n", header + "\n", "# Changelog\n\nOur own words.\n\n", "---\ntitle: log\n---\n" + header + "\n", "", "\n\n",
                            "Intro.\n\n# Changelog\n\n", "# Change Log\n\nAll is here.\n\n"])
    return before + past


def others(random, version):
    """Files that commit-and-tag-version knows, by name."""
    maven = f'<?xml version="1.0" encoding="UTF-8"?>\n<project>\n  <!-- kept? -->\n  <modelVersion>4.0.0</modelVersion>\n  <version>{version}</version>\n</project>\n'
    return {
        "pom.xml": maven,
        "build.gradle": f"plugins {{ id 'java' }}\n\nversion = '{version}'\ngroup = 'org.example'\n",
        "build.gradle.kts": f'group = "org.example"\nversion = "{version}"\n',
        "app.csproj": f"<Project>\n  <PropertyGroup>\n    <Version>{version}</Version>\n  </PropertyGroup>\n</Project>\n",
        "openapi.yaml": f"openapi: 3.0.0\ninfo:\n  title: x   # kept\n  version: {version}\npaths: {{}}\n",
        "chart.yaml": f"# a chart\nname: x\nversion: \"{version}\"\nlist: [a, b]\n",
        "pyproject.toml": f'[tool.poetry]\nname = "x"\nversion = "{version}"  # here\n[tool.other]\nversion = "9"\n',
        "VERSION.txt": version + random.choice(["", "\n"]),
    }
