"""How the subjects of commits are looked at."""

import subprocess
import sys

import pytest

from infra import commits
from tests.running import ROOT


@pytest.mark.parametrize(
    "subject",
    [
        "links: add a code of one's own",
        "infra/local: bring the clock back",
        "links, clicks: process nothing twice",
        "docs: address what was asked",
        "local: " + "x" * 65,
    ],
)
def test_a_subject_that_says_where_and_what_to_do_is_well_formed(subject):
    assert commits.objection(subject) is None


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        ("links: " + "x" * 66, "has 73 characters"),
        ("Add a code of one's own", "is not `area: imperative ...`"),
        ("links:add a code", "is not `area: imperative ...`"),
        ("Links: add a code", "is not `area: imperative ...`"),
        ("links: Add a code", "capital letter"),
        ("links: added a code", "`added`"),
        ("links: adds a code", "`adds`"),
        ("links: adding a code", "`adding`"),
        ("links: add a code.", "period"),
    ],
)
def test_any_other_is_not_and_it_is_said_why(subject, wrong):
    assert wrong in commits.objection(subject)
    assert commits.objections([("0123456789abc", subject)])[0].startswith("012345678 ")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a commit from before the rule, and the way to make more."""
    monkeypatch.chdir(tmp_path)

    def git(*words, at="2026-11-28T12:00:00Z", author="Ada"):
        who = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", author), ("EMAIL", "ada@mail.example"), ("DATE", at))
        }
        nowhere = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        path = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
        subprocess.run(["git", *words], check=True, capture_output=True, env=path | nowhere | who)

    def commit(subject, **options):
        git("commit", "--allow-empty", "-m", subject, **options)

    git("init", "--initial-branch=main")
    commit("Before there was a rule", at="2026-11-27T12:00:00Z")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    return git, commit


def test_what_upstream_does_not_have_is_looked_at_but_for_merges_and_bots(repository):
    git, commit = repository
    git("checkout", "-b", "topic")
    commit("links: add a code")
    commit("Bump what is installed", author="dependabot[bot]")
    git("checkout", "main")
    commit("docs: say it")
    git("merge", "--no-ff", "-m", "Merge the topic", "topic")

    assert commits.span_of(None) == "origin/main..HEAD"
    assert sorted(subject for _, subject in commits.commits("origin/main..HEAD")) == [
        "docs: say it",
        "links: add a code",
    ]
    assert [subject for _, subject in commits.commits("HEAD")].count("Before there was a rule") == 0


def test_a_bad_subject_ends_with_1_and_a_clone_without_upstream_with_a_word(repository):
    git, commit = repository
    commit("Something")

    def check(*words):
        command = [sys.executable, "-m", "infra.commits", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        )

    bad = check()
    good = check("HEAD~1..HEAD~1")
    git("update-ref", "-d", "refs/remotes/origin/main")
    alone = check()

    assert bad.returncode == 1
    assert "is not `area: imperative ...`: Something" in bad.stdout
    assert (good.returncode, good.stdout) == (0, "commits: 0 subjects are well formed\n")
    assert (alone.returncode, alone.stdout) == (0, "commits: there is no origin/main to compare with\n")
