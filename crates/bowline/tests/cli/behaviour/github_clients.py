"""Reads a repository's releases with PyGithub: `github_clients.py API REPOSITORY TAG`. Prints what it found as JSON."""

import hashlib
import json
import sys
import urllib.request

from github import Auth, Github

api, name, tag = sys.argv[1:]
repository = Github(base_url=api, auth=Auth.Token("a-readers-token"), retry=None).get_repo(name)
release = repository.get_release(tag)


def downloaded(asset):
    # PyGithub's own download refuses storage on the API's host; anybody may read this address.
    with urllib.request.urlopen(asset.browser_download_url, timeout=30) as reply:
        return f"sha256:{hashlib.sha256(reply.read()).hexdigest()}"


json.dump({
    "tag": release.tag_name,
    "name": release.name,
    "notes": release.body,
    "draft": release.draft,
    "prerelease": release.prerelease,
    "url": release.html_url,
    "latest": repository.get_latest_release().tag_name,
    "all": [each.tag_name for each in repository.get_releases()],
    "assets": [
        {"name": asset.name, "size": asset.size, "digest": asset.raw_data["digest"], "downloaded": downloaded(asset)}
        for asset in sorted(release.get_assets(), key=lambda asset: asset.name)
    ],
}, sys.stdout)
