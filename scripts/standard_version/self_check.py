"""Does the comparison see what it must see? The original against itself is equal; against an altered copy of itself it is not."""

import concurrent.futures
import dataclasses
import shutil
import subprocess

import generated
import known
import named
import observe
import sides


def git(folder, environment, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def append(name, text):
    def change(folder, said, environment):
        with open(folder / name, "a") as file:
            file.write(text)
    return change


def said(**changes):
    def change(folder, answers, environment):
        for name, alter in changes.items():
            setattr(answers[-1], name, alter(getattr(answers[-1], name)))
    return change


def by_git(*arguments):
    return lambda folder, answers, environment: git(folder, environment, *arguments)


def staged(folder, answers, environment):
    (folder / "staged.txt").write_text("x\n")
    git(folder, environment, "add", "staged.txt")


def other_tag(folder, answers, environment):
    git(folder, environment, "tag", "-f", "-a", "v1.1.0", "-m", "another message", "HEAD")


def executable(folder, answers, environment):
    (folder / "CHANGELOG.md").chmod(0o755)


# What is done, and the aspect that must differ at least.
CHANGES = {
    "another exit code": (said(code=lambda code: code + 1), "exit code"),
    "one more word on standard output": (said(stdout=lambda text: text + "x"), "stdout"),
    "a blank at the end of a line": (said(stdout=lambda text: text.replace("\n", " \n", 1)), "stdout"),
    "a warning": (said(stderr=lambda text: text + "warning\n"), "stderr"),
    "a line feed at the end of a file": (append("package.json", "\n"), "file repository/package.json"),
    "another line end": (lambda folder, *_: (folder / "CHANGELOG.md").write_bytes(
        (folder / "CHANGELOG.md").read_bytes().replace(b"\n", b"\r\n", 1)), "file repository/CHANGELOG.md"),
    "a file too many": (append("left-over.txt", ""), "file repository/left-over.txt"),
    "a file too few": (lambda folder, *_: (folder / "CHANGELOG.md").unlink(), "file repository/CHANGELOG.md"),
    "another mode of a file": (executable, "file repository/CHANGELOG.md"),
    "a file beside the repository": (append("../beside.txt", ""), "file beside.txt"),
    "something staged": (staged, "index"),
    "another commit message": (by_git("commit", "--amend", "-m", "chore(release): other"), "HEAD's commit"),
    "another author": (by_git("commit", "--amend", "--no-edit", "--author", "Some One <a@b.c>"), "HEAD's commit"),
    "another parent": (by_git("commit", "--allow-empty", "-m", "chore: one more"), "HEAD's commit"),
    "a tag too many": (by_git("tag", "extra"), "refs"),
    "a tag too few": (by_git("tag", "-d", "v1.1.0"), "refs"),
    "a tag without a message": (by_git("tag", "-f", "v1.1.0"), "refs"),
    "a tag with another message": (other_tag, "refs"),
    "a branch": (by_git("branch", "other"), "refs"),
    "another HEAD": (by_git("checkout", "-q", "--detach"), "HEAD"),
}
SEEDS = range(12)


def run(original, place, environment, jobs):
    """The exit code."""
    scenario = named.plain()
    [plain] = sides.compare(scenario, original, {"itself": original}, place / "plain", environment)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        jobs = [pool.submit(same, generated.scenario(seed), original, place, environment) for seed in SEEDS]
        jobs += [pool.submit(noticed, name, scenario, plain.theirs, place, environment) for name in CHANGES]
        problems = described(scenario, plain) + [problem for job in jobs for problem in job.result()]
    print("\n".join(problems + [f"{len(SEEDS) + 1} scenarios of the original against itself, {len(CHANGES)} changes made on purpose, {len(problems)} problems"]))
    return 1 if problems else 0


def same(scenario, original, place, environment):
    folder = place / scenario.name.replace(" ", "-")
    [compared] = sides.compare(scenario, original, {"itself": original}, folder, environment)
    shutil.rmtree(folder)
    return described(scenario, compared)


def described(scenario, compared):
    return [sides.described(scenario, compared, difference) for difference in compared.differences]


def noticed(name, scenario, theirs, place, environment):
    """Makes the change in a copy of what the original left behind, and compares."""
    change, aspect = CHANGES[name]
    case = place / name.replace(" ", "-")
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(place / "plain/original", case, symlinks=True)
    said = [dataclasses.replace(one) for one in theirs.said]
    change(case / "repository", said, environment)
    ours = observe.outcome(said, case / "repository", environment)
    compared = sides.Compared("exact", 0, list(sides.different(theirs, ours)), theirs, ours, {}, lambda: theirs)
    _, left = known.sort(scenario, compared)
    seen = [difference.aspect for difference in left]
    return [] if aspect in seen else [f"{name}: not seen in {aspect}, only in {seen}"]
