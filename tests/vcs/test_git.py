"""Files of a commit: what is read, how git is asked for it, and what git may lack."""

import os
import shutil
from pathlib import Path

import pytest
from support.repositories import GitLog, Repo, isolate, network

from costcalc.errors import CostcalcError
from costcalc.language.files import MAX_BYTES
from costcalc.vcs.git import Commit, Repository
from costcalc.vcs.git_process import BaseError


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def opened(repo):
    """Commits, as costcalc sees them."""
    repositories: list[Repository] = []

    def at(ref: str = "HEAD", folder: Path | None = None) -> Commit:
        repositories.append(Repository.around(str(folder or repo.folder)))
        return repositories[-1].commit(ref)

    yield at
    for repository in repositories:
        repository.close()


STRANGE = [
    "a b.yaml",
    "-a.yaml",
    "--output=x.yaml",
    "a::b.yaml",
    "a:b.yaml",
    "line\nbreak.yaml",
    "tab\t.yaml",
    "größe/网络.yaml",
    "e\u0301.yaml",
    "'quoted' \"twice\" $HOME `ls`.yaml",
    "*.yaml",
    "[a].yaml",
    "back\\slash.yaml",
    "%0A.yaml",
    ":(top)x.yaml",
    "HEAD",
    os.fsdecode(b"no-utf8-\xff.yaml"),
]


class TestRead:
    def test_it_is_what_was_committed(self, repo, opened):
        repo.commit(a="one", b="other")
        repo.write("a.yaml", "two")
        repo.git("add", "-A")
        assert opened().read("a.yaml") == "one"
        repo.commit(a="two")
        assert opened().read("a.yaml") == "two"
        assert opened("HEAD~1").read("a.yaml") == "one"

    def test_what_is_not_there(self, repo, opened):
        repo.write("folder/a.yaml", "x")
        repo.commit()
        commit = opened()
        for path in ("b.yaml", "folder", "folder/b.yaml", "folder/a.yaml/b", "", ".", "..", "/"):
            assert commit.read(path) is None
        assert commit.read("../repo/folder/a.yaml") is None
        assert commit.read("/folder/a.yaml") is None

    def test_paths_are_settled(self, repo, opened):
        repo.write("folder/a.yaml", "x")
        repo.commit()
        for path in ("folder/a.yaml", "./folder//a.yaml", "folder/../folder/./a.yaml"):
            assert opened().read(path) == "x"

    @pytest.mark.parametrize("name", STRANGE)
    def test_strange_names(self, repo, opened, name):
        repo.write(name, "x")
        repo.commit()
        assert opened().read(name) == "x"
        assert list(opened().files()) == [name]

    def test_bytes_are_kept(self, repo, opened):
        repo.commit(crlf=b"a\r\nb\r\n", bom=b"\xef\xbb\xbfx", empty=b"", zero=b"a\0b")
        commit = opened()
        texts = [commit.read(f"{name}.yaml") for name in ("crlf", "bom", "empty", "zero")]
        assert texts == ["a\r\nb\r\n", "x", "", "a\0b"]

    def test_what_is_no_text(self, repo, opened):
        sha = repo.commit(a=b"name: \xff")
        with pytest.raises(CostcalcError, match=f"a.yaml is not UTF-8 in {sha[:10]}"):
            opened().read("a.yaml")

    def test_what_is_too_large(self, repo, opened):
        repo.commit(a=b"x" * MAX_BYTES, b=b"x" * (MAX_BYTES + 1), c="c")
        commit = opened()
        assert len(commit.read("a.yaml") or "") == MAX_BYTES
        with pytest.raises(CostcalcError, match="larger than 4,000,000 bytes"):
            commit.read("b.yaml")
        assert commit.read("c.yaml") == "c"  # the next answer is not mixed up with the rest of it

    def test_a_repository_of_sha256(self, tmp_path, monkeypatch, opened):
        isolate(monkeypatch, tmp_path)
        repo = Repo(tmp_path / "wide", "--object-format=sha256")
        repo.write("folder/a.yaml", "x")
        sha = repo.commit()
        assert len(sha) == 64
        commit = opened(sha[:12], repo.folder)
        assert commit.sha == sha
        assert commit.read("folder/a.yaml") == "x"
        assert list(commit.files()) == ["folder/a.yaml"]

    def test_packed_objects_and_old_ones(self, repo, opened):
        for number in range(20):
            repo.commit(a=network(4 + number))
        repo.git("gc", "-q")
        assert opened("HEAD~19").read("a.yaml") == network(4)

    def test_a_thousand_files_of_one_folder(self, repo, opened):
        for number in range(1000):
            repo.write(f"n/{number}.yaml", str(number))
        repo.commit()
        commit = opened()
        assert [commit.read(f"n/{number}.yaml") for number in (0, 7, 999)] == ["0", "7", "999"]
        assert len(list(commit.files())) == 1000

    def test_files_in_order_below_a_folder(self, repo, opened):
        for name in ("b/x", "b/a/y", "a", "c/z", "b.d/w"):
            repo.write(name, "")
        os.symlink("a", repo.folder / "link")
        repo.commit()
        commit = opened()
        assert list(commit.files()) == ["a", "b/x", "b/a/y", "b.d/w", "c/z"]
        assert list(commit.files(".")) == list(commit.files())
        assert list(commit.files("b")) == ["b/x", "b/a/y"]
        assert list(commit.files("a")) == list(commit.files("none")) == []


class TestLinks:
    def linked(self, repo: Repo, **links: str) -> None:
        repo.write("folder/a.yaml", "a")
        repo.write("folder/deep/b.yaml", "b")
        for name, target in links.items():
            path = repo.folder / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            os.symlink(target, path)
        repo.commit()
        shutil.rmtree(repo.folder / "folder")  # what is on disk says nothing

    def test_to_files_and_folders(self, repo, opened):
        self.linked(
            repo,
            file="folder/a.yaml",
            dir="folder",
            folder__up="../folder/deep/b.yaml",
            chain="dir/deep",
            more__far="../chain/../a.yaml",
        )
        commit = opened()
        found = {
            path: commit.read(path)
            for path in ("file", "dir/a.yaml", "folder/up", "chain/b.yaml", "dir/deep/b.yaml")
        }
        assert list(found.values()) == ["a", "a", "b", "b", "b"]

    @pytest.mark.parametrize(
        "target",
        ["self", "./self", "nowhere", "/etc/hostname", "../other", "folder", "self/x", "."],
    )
    def test_to_nothing_that_is_a_file(self, repo, opened, target):
        (repo.folder.parent / "other").write_text("outside")
        self.linked(repo, own=target)
        assert opened().read("own") is None

    def test_in_a_circle(self, repo, opened):
        self.linked(repo, a="b", b="c", c="a", d="e/x", e="d/y")
        for path in "abcde":
            assert opened().read(path) is None

    def test_the_absolute_path_of_the_repository_itself(self, repo, opened):
        self.linked(repo, own=str(repo.folder / "folder" / "a.yaml"))
        assert opened().read("own") is None

    def test_an_absolute_path_is_none_of_the_folder(self, repo, opened):
        self.linked(repo, folder__own="/a.yaml")
        assert opened().read("folder/own") is None

    def test_a_long_chain(self, repo, opened):
        self.linked(repo, l0="folder/a.yaml", **{f"l{n}": f"l{n - 1}" for n in range(1, 60)})
        assert opened().read("l20") == "a"
        assert opened().read("l59") is None


class TestSubmodules:
    @pytest.fixture
    def inner(self, repo, tmp_path):
        inner = Repo(tmp_path / "inner")
        inner.write("nets/a.yaml", "old")
        inner.commit()
        return inner

    def add(self, repo: Repo, inner: Repo, name: str) -> Repo:
        repo.git("submodule", "--quiet", "add", str(inner.folder), name)
        repo.commit()
        made = Repo.__new__(Repo)
        made.folder = repo.folder / name
        return made

    @pytest.mark.parametrize("name", ["sub", "a/sub", "a b/s", "a:b/s::u:b", "größe"])
    def test_the_commit_that_was_named(self, repo, opened, inner, name):
        sub = self.add(repo, inner, name)
        sub.write("nets/a.yaml", "new")
        sub.commit()
        repo.commit()
        assert opened("HEAD~1").read(f"{name}/nets/a.yaml") == "old"
        assert opened().read(f"{name}/nets/a.yaml") == "new"
        assert opened().read(f"{name}/nets/b.yaml") is None
        assert opened().read(name) is None

    @pytest.mark.parametrize("target", ["sub", "sub/nets", "sub/nets/a.yaml"])
    def test_through_a_link(self, repo, opened, inner, target):
        self.add(repo, inner, "sub")
        os.symlink(target, repo.folder / "longer-than-it")
        repo.commit()
        path = "longer-than-it" + "sub/nets/a.yaml".removeprefix(target)
        assert opened().read(path) == "old"

    def test_it_lacks_the_commit(self, repo, opened, inner):
        sub = self.add(repo, inner, "sub")
        named = sub.commit(x="x")
        repo.commit()
        sub.git("reset", "-q", "--hard", "HEAD~1")
        sub.git("reflog", "expire", "--expire=now", "--all")
        sub.git("gc", "-q", "--prune=now")
        with pytest.raises(BaseError) as caught:
            opened().read("sub/nets/a.yaml")
        assert caught.value.message.startswith(f"the submodule sub lacks the commit {named[:10]}")
        assert caught.value.hint == f"git -C sub fetch --depth 1 origin {named}"

    def test_its_process_ends_with_the_repositorys(self, repo, opened, inner):
        self.add(repo, inner, "sub")
        commit = opened()
        assert commit.read("sub/nets/a.yaml") == "old"
        repositories = [commit.repository, *commit.repository.submodules]
        processes = [repository.objects._process for repository in repositories]
        commit.repository.close()
        assert [process.returncode for process in processes] == [0, 0]

    @pytest.mark.parametrize("gone", [True, False])
    def test_it_is_not_checked_out(self, repo, opened, inner, gone):
        self.add(repo, inner, "sub")
        shutil.rmtree(repo.folder / "sub")
        if not gone:
            (repo.folder / "sub").mkdir()
        assert opened().read("sub/nets/a.yaml") is None


class TestHowGitIsAsked:
    def test_one_process_hands_out_all_objects(self, repo, opened, tmp_path, monkeypatch):
        for number in range(5):
            repo.write(f"deep/er/{number}.yaml", str(number))
        os.symlink("deep/er", repo.folder / "link")
        repo.commit()
        log = GitLog(tmp_path, monkeypatch)
        commit = opened()
        for number in range(5):
            assert commit.read(f"deep/er/{number}.yaml") == commit.read(f"link/{number}.yaml")
        assert len(list(commit.files())) == 5
        assert [call for call in log.calls if call[0] == "cat-file"] == [["cat-file", "--batch"]]
        assert len(log.calls) == 3  # where the top is, what HEAD is, and the objects

    def test_a_ref_with_a_dash_never_reaches_git(self, repo, opened, tmp_path, monkeypatch):
        repo.commit(a="x")
        log = GitLog(tmp_path, monkeypatch)
        for ref in ("-h", "--upload-pack=touch x", "--git-dir=/", "-"):
            with pytest.raises(BaseError, match="git knows no commit"):
                opened(ref)
        assert not [part for call in log.calls for part in call if part.startswith("-h")]
        assert not [call for call in log.calls if "touch" in str(call) or "git-dir" in str(call)]

    def test_a_hooks_environment_is_not_obeyed(self, repo, opened, tmp_path, monkeypatch):
        other = Repo(tmp_path / "other")
        other.commit(a="other")
        repo.commit(a="own")
        for name, value in {
            "GIT_DIR": str(other.folder / ".git"),
            "GIT_WORK_TREE": str(other.folder),
            "GIT_INDEX_FILE": str(tmp_path / "none" / "index"),
            "GIT_PREFIX": "x/",
            "GIT_OBJECT_DIRECTORY": str(other.folder / ".git" / "objects"),
            "GIT_COMMON_DIR": str(other.folder / ".git"),
            "GIT_NAMESPACE": "x",
        }.items():
            monkeypatch.setenv(name, value)
        assert opened().read("a.yaml") == "own"

    def test_the_users_settings_change_nothing(self, repo, opened, tmp_path, monkeypatch):
        config = tmp_path / "config"
        config.write_text(
            "[diff]\n external = false\n noprefix = true\n renames = false\n"
            " mnemonicPrefix = true\n relative = true\n orderFile = /nowhere\n"
            "[core]\n quotePath = true\n pager = false\n abbrev = 4\n[color]\n ui = always\n"
        )
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
        repo.write("größe/a.yaml", network(4, 5, 6))
        repo.commit(b="x")
        repo.git("mv", "größe", "size")
        repo.git("rm", "-q", "b.yaml")
        commit = opened()
        changes = commit.repository.changes(commit, None)
        assert changes.renamed == {"size/a.yaml": "größe/a.yaml"}
        assert changes.deleted == {"b.yaml"}

    def test_nothing_is_fetched_for_a_partial_clone(self, repo, opened, tmp_path, monkeypatch):
        repo.git("config", "uploadpack.allowFilter", "true")
        repo.commit(a="old")
        repo.commit(a="new")
        clone = repo.clone(tmp_path / "clone", "--filter=blob:none")
        with pytest.raises(BaseError) as caught:
            opened("HEAD~1", clone.folder).read("a.yaml")
        assert "clone without the filter" in (caught.value.hint or "")
        assert opened("HEAD", clone.folder).read("a.yaml") == "new"

    @pytest.mark.parametrize("lost", ["nets/a.yaml", "nets", ""])
    def test_an_object_that_is_lost(self, repo, opened, lost):
        """It is not as if there had been no such file."""
        repo.write("nets/a.yaml", network(4))
        sha = repo.commit()
        commit = opened()
        object_ = repo.git("rev-parse", f"HEAD:{lost}")
        (repo.folder / ".git" / "objects" / object_[:2] / object_[2:]).unlink()
        with pytest.raises(BaseError, match="^git lacks .* of the commit " + sha[:10]):
            commit.read("nets/a.yaml")

    def test_a_process_that_ended(self, repo, opened):
        repo.commit(a="x")
        commit = opened()
        commit.repository.objects._process.kill()
        commit.repository.objects._process.wait()
        for _ in range(2):
            with pytest.raises(BaseError, match="git ended while it read a file"):
                commit.read("a.yaml")


class TestThereIsNone:
    def test_no_repository(self, tmp_path, monkeypatch):
        isolate(monkeypatch, tmp_path)
        with pytest.raises(BaseError) as caught:
            Repository.around(str(tmp_path))
        assert caught.value.message == f"{tmp_path} is in no git repository"

    def test_no_git(self, repo, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(BaseError) as caught:
            Repository.around(str(repo.folder))
        assert caught.value.message == "git is not installed, and a base needs it"
        assert caught.value.hint == "install git, or --base none"

    def test_a_bare_repository(self, repo, tmp_path):
        repo.commit(a="x")
        repo.git("clone", "-q", "--bare", str(repo.folder), str(tmp_path / "bare"))
        with pytest.raises(BaseError, match="/bare is a bare repository, whose config"):
            Repository.around(str(tmp_path / "bare"))

    @pytest.mark.parametrize("below", ["", "folder/deeper"])
    def test_a_repository_of_somebody_else(self, repo, monkeypatch, below):
        """The fix names the repository's top, wherever in it one is."""
        repo.write("folder/deeper/a.yaml", "x")
        repo.commit()
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        with pytest.raises(BaseError) as caught:
            Repository.around(str(repo.folder / below))
        assert "dubious ownership" in caught.value.message
        assert caught.value.hint == f"git config --global --add safe.directory {repo.folder}"

    def test_its_top_from_anywhere_inside(self, repo, tmp_path):
        repo.write("folder/a.yaml", "x")
        repo.commit()
        os.symlink(repo.folder, tmp_path / "link")
        for folder in (repo.folder, repo.folder / "folder", tmp_path / "link" / "folder"):
            repository = Repository.around(str(folder))
            assert repository.top == os.path.realpath(repo.folder)
            assert repository.relative(str(folder / "x")) in ("x", "folder/x")
            assert repository.relative(str(tmp_path / "x")) is None
        assert Repository.around("").top == os.path.realpath(repo.folder)

    def test_another_worktree(self, repo, opened, tmp_path):
        repo.commit(a="x")
        repo.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
        commit = opened("HEAD", tmp_path / "tree")
        assert commit.repository.top == str(tmp_path / "tree")
        assert commit.read("a.yaml") == "x"


class TestChanges:
    def of(self, opened, ref: str = "HEAD", new: str | None = None):
        commit = opened(ref)
        after = None if new is None else commit.repository.commit(new)
        return commit.repository.changes(commit, after)

    def test_renamed_and_deleted_since(self, repo, opened):
        repo.commit(a=network(4, 5), b=network(16), c=network(7))
        repo.git("mv", "a.yaml", "z.yaml")
        (repo.folder / "b.yaml").unlink()
        repo.write("new.yaml", "other: x")
        changes = self.of(opened)
        assert changes.renamed == {"z.yaml": "a.yaml"}
        assert changes.deleted == {"b.yaml"}

    def test_between_commits_and_not_in_the_working_tree(self, repo, opened):
        repo.commit(a=network(4, 5), b=network(16))
        repo.git("mv", "a.yaml", "z.yaml")
        repo.commit()
        repo.git("rm", "-q", "b.yaml")
        changes = self.of(opened, "HEAD~1", "HEAD")
        assert changes.renamed == {"z.yaml": "a.yaml"}
        assert not changes.deleted

    @pytest.mark.parametrize("name", STRANGE)
    def test_strange_names(self, repo, opened, name):
        repo.write(name, network(4, 5))
        repo.write("-dash\n", "x")
        repo.commit()
        (repo.folder / "moved").mkdir()
        os.rename(repo.folder / name, repo.folder / "moved" / "it")
        (repo.folder / "-dash\n").unlink()
        repo.git("add", "-A")
        changes = self.of(opened)
        assert changes.renamed == {"moved/it": name}
        assert changes.deleted == {"-dash\n"}

    def test_the_index_is_left_as_it_is(self, repo, opened):
        repo.commit(a="x")
        index = repo.folder / ".git" / "index"
        before = index.read_bytes()
        os.utime(repo.folder / "a.yaml", (10**9, 10**9))  # git would note that, in passing
        assert self.of(opened) == ({}, frozenset())
        assert index.read_bytes() == before

    def test_none(self, repo, opened):
        repo.commit(a="x")
        repo.write("a.yaml", "y")
        assert self.of(opened) == ({}, frozenset())

    def test_what_a_sparse_checkout_leaves_out_is_not_deleted(self, repo, opened):
        repo.write("in/a.yaml", network(4))
        repo.write("out/b.yaml", network(5))
        repo.commit()
        repo.git("sparse-checkout", "set", "in")
        assert not (repo.folder / "out" / "b.yaml").exists()
        assert self.of(opened) == ({}, frozenset())

    def test_a_renamed_file_that_is_gone(self, repo, opened):
        repo.commit(a=network(4, 5))
        repo.git("mv", "a.yaml", "z.yaml")
        (repo.folder / "z.yaml").unlink()
        assert self.of(opened) == ({}, {"a.yaml"})

    def test_a_folder_in_place_of_a_file(self, repo, opened):
        repo.commit(a=network(4, 5))
        (repo.folder / "a.yaml").unlink()
        (repo.folder / "a.yaml").mkdir()
        assert self.of(opened) == ({}, {"a.yaml"})

    def test_a_new_file_that_is_gone(self, repo, opened):
        repo.commit(a=network(4, 5))
        repo.write("b.yaml", network(9))
        repo.git("add", "-A")
        (repo.folder / "b.yaml").unlink()
        assert self.of(opened) == ({}, frozenset())


class TestDamage:
    def test_a_folder_with_a_nonsensical_entry(self, repo, opened):
        repo.commit(a="x")
        for content in (b"100644", b"x a\0" + b"1" * 20, b"100644 a\0123"):
            (repo.folder / "tree").write_bytes(content)
            sha = repo.git("hash-object", "--literally", "-t", "tree", "-w", "tree")
            commit = opened(repo.git("commit-tree", "-m", "m", sha))
            with pytest.raises(BaseError, match=r"a folder of the commit .* is damaged"):
                commit.read("a.yaml")

    def test_a_commit_of_too_many_files(self, repo, opened, monkeypatch):
        repo.commit(a="x", b="x", c="x")
        monkeypatch.setattr("costcalc.vcs.git.MAX_FILES", 2)
        with pytest.raises(BaseError, match="has more than 2 files"):
            list(opened().files())

    def test_git_that_does_not_answer(self, repo, tmp_path, monkeypatch):
        program = tmp_path / "slow" / "git"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\nexec sleep 30\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr("costcalc.vcs.git_process.TIME_LIMIT", 0.1)
        with pytest.raises(BaseError, match=r"git rev-parse took more than 0\.1 seconds"):
            Repository.around(str(repo.folder))
