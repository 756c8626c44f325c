"""Which commit stands for the former release, and when none can."""

import subprocess
from pathlib import Path

import pytest

from tests.drills.former import release
from tests.drills.former.release import NoHistoryError, former_commit


class Repository:
    """Of git. Its commits bring two migrations, one after the other, and then something else."""

    def __init__(self, root):
        self.root = root

    def git(self, *arguments):
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@acme.example", *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, path):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).touch()
        self.git("add", ".")
        self.git("commit", "--quiet", "--no-gpg-sign", "--message", path)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    made = Repository(tmp_path / "whole")
    made.root.mkdir()
    made.git("init", "--quiet")
    monkeypatch.setattr(release, "ROOT", made.root)
    monkeypatch.delenv("FORMER_RELEASE", raising=False)
    return made


@pytest.fixture
def commits(repository):
    paths = ("orgs/migrations/0001_initial.py", "orgs/migrations/0002_label.py", "README.md")
    return [repository.commit(path) for path in paths]


def test_the_newest_tag_before_this_commit_is_the_former_release(repository, commits):
    repository.git("tag", "v1", commits[0])
    repository.git("tag", "v2", commits[2])

    assert former_commit() == commits[0]


def test_without_a_tag_it_is_the_commit_before_the_newest_migration(commits):
    assert former_commit() == commits[0]


def test_another_one_can_be_named(commits, monkeypatch):
    monkeypatch.setenv("FORMER_RELEASE", "HEAD~1")

    assert former_commit() == commits[1]


def test_a_name_that_a_whole_history_does_not_know_is_an_error(commits, monkeypatch):
    monkeypatch.setenv("FORMER_RELEASE", "v3")

    with pytest.raises(subprocess.CalledProcessError):
        former_commit()


def test_a_shallow_clone_says_that_it_has_no_history(repository, commits, tmp_path, monkeypatch):
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", repository.root.as_uri(), str(shallow))
    monkeypatch.setattr(release, "ROOT", shallow)

    with pytest.raises(NoHistoryError, match="git fetch --unshallow"):
        former_commit()


def test_files_without_git_say_that_they_have_no_history(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "ROOT", tmp_path)

    with pytest.raises(NoHistoryError, match="no git checkout"):
        former_commit()


def test_this_checkout_is_looked_at():
    assert (Path(release.ROOT) / "manage.py").exists()
