"""What `auto` compares with, wherever a check runs; and a ref that is exactly a commit."""

import pytest
from support.repositories import Repo, isolate, network

from costcalc.vcs.base_ref import find_base
from costcalc.vcs.git import Repository
from costcalc.vcs.git_process import BaseError


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


def auto(repo: Repo) -> str:
    return base(repo, "auto")


def base(repo: Repo, ref: str) -> str:
    repository = Repository.around(str(repo.folder))
    try:
        return find_base(repository, ref).sha
    finally:
        repository.close()


def refusal(repo: Repo, ref: str = "auto") -> BaseError:
    with pytest.raises(BaseError) as caught:
        base(repo, ref)
    return caught.value


def branched(repo: Repo) -> dict[str, str]:
    """main: fork, ahead; feature: fork, one, two. The feature branch is checked out."""
    shas = {"first": repo.commit(a=network(4)), "fork": repo.commit(a=network(5))}
    repo.git("switch", "-q", "-c", "feature")
    shas["one"] = repo.commit(b=network(4))
    shas["two"] = repo.commit(b=network(5))
    repo.git("switch", "-q", "main")
    shas["ahead"] = repo.commit(c=network(4))
    repo.git("switch", "-q", "feature")
    return shas


def merge_of_the_request(repo: Repo) -> str:
    """What a CI system tests: the feature branch merged into main, on no branch."""
    repo.git("switch", "-q", "--detach", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    return repo.sha()


class TestNamed:
    @pytest.mark.parametrize("ref", ["v1", "v1-annotated", "main~1", "HEAD^", "HEAD~1", "old"])
    def test_it_is_exactly_that_commit(self, repo, ref):
        first = repo.commit(a=network(4))
        repo.git("tag", "v1")
        repo.git("tag", "-a", "-m", "a tag", "v1-annotated")
        repo.git("branch", "old")
        second = repo.commit(a=network(5))
        assert base(repo, ref) == base(repo, first) == base(repo, first[:8]) == first
        assert base(repo, "HEAD") == base(repo, "main") == second

    def test_no_merge_base_is_taken_in_its_place(self, repo):
        shas = branched(repo)
        assert base(repo, "main") == shas["ahead"]

    @pytest.mark.parametrize(
        "ref",
        [
            *("nothing", "HEAD~9", "-h", "--all", "--exec=x", "^HEAD", "HEAD..main", "HEAD:a.yaml"),
            *(
                "",
                "\n",
                "HEAD\n",
                "HEAD\0",
                "HEAD HEAD",
                "x y",
                "\udcff",
                "é",
                "-",
                "0" * 40,
                "...",
            ),
        ],
    )
    def test_what_is_no_commit_is_refused(self, repo, ref):
        repo.commit(a=network(4))
        repo.commit(a=network(5))
        assert refusal(repo, ref).message.startswith("git knows no commit '")

    def test_a_tree_or_a_file_is_no_commit(self, repo):
        repo.commit(a=network(4))
        for ref in ("HEAD^{tree}", "HEAD:a.yaml"):
            refusal(repo, repo.git("rev-parse", ref))

    def test_what_to_do_is_told(self, repo):
        repo.commit(a=network(4))
        error = refusal(repo, "release")
        assert error.message == "git knows no commit 'release' here"
        assert error.hint == "git fetch origin release, and name it as origin/release or by its id"

    def test_a_branch_named_like_a_file_of_the_repository(self, repo):
        first = repo.commit(a=network(4))
        repo.git("branch", "a.yaml")
        repo.commit(a=network(5))
        assert base(repo, "a.yaml") == first


class TestMergeOfARequest:
    def test_detached(self, repo):
        shas = branched(repo)
        merge_of_the_request(repo)
        assert auto(repo) == shas["ahead"]

    def test_it_comes_before_what_gitlab_says(self, repo, monkeypatch):
        shas = branched(repo)
        merge_of_the_request(repo)
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", shas["fork"])
        monkeypatch.setenv("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result")
        assert auto(repo) == shas["ahead"]

    @pytest.mark.parametrize(
        "variables",
        [
            {"GITHUB_EVENT_NAME": "pull_request"},
            {"GITHUB_EVENT_NAME": "pull_request_target"},
            {"GITHUB_REF": "refs/pull/7/merge"},
        ],
        ids=lambda variables: next(iter(variables.values())),
    )
    def test_on_a_branch_when_github_says_so(self, repo, monkeypatch, variables):
        shas = branched(repo)
        merge = merge_of_the_request(repo)
        repo.git("switch", "-q", "-c", "merged")
        assert auto(repo) == shas["ahead"]  # where it left main
        repo.git("branch", "-f", "main", "feature")
        assert auto(repo) == shas["two"]
        for name, value in {**variables, "GITHUB_SHA": merge}.items():
            monkeypatch.setenv(name, value)
        assert auto(repo) == shas["ahead"]

    def test_a_shallow_one_says_how_deep_it_must_be(self, repo, tmp_path):
        branched(repo)
        merge_of_the_request(repo)
        repo.git("branch", "merged")
        clone = repo.clone(tmp_path / "clone", "--depth", "1", "-b", "merged")
        clone.git("switch", "-q", "--detach")
        error = refusal(clone)
        assert error.message == "the clone is shallow: it lacks the commit before HEAD"
        assert "fetch-depth: 2 in actions/checkout" in (error.hint or "")

    def test_a_depth_of_two_is_enough(self, repo, tmp_path):
        shas = branched(repo)
        merge_of_the_request(repo)
        repo.git("branch", "merged")
        clone = repo.clone(tmp_path / "clone", "--depth", "2", "-b", "merged")
        clone.git("switch", "-q", "--detach")
        assert auto(clone) == shas["ahead"]

    def test_a_merge_of_three_is_none(self, repo):
        shas = branched(repo)
        for name in ("other", "third"):
            repo.git("switch", "-q", "-c", name, shas["fork"])
            repo.commit(**{name: network(4)})
        repo.git("switch", "-q", "--detach", "feature")
        repo.git("merge", "-q", "--no-ff", "-m", "octopus", "other", "third")
        assert len(repo.git("rev-parse", "HEAD^@").split()) == 3
        assert auto(repo) == shas["fork"]


class TestMainMergedIntoTheFeature:
    """HEAD has two parents, and the first is no base: it is the feature's own last commit."""

    @pytest.fixture
    def shas(self, repo):
        shas = branched(repo)
        repo.git("merge", "-q", "--no-ff", "-m", "catch up", "main")
        return {**shas, "merge": repo.sha()}

    def test_on_the_branch(self, repo, shas):
        assert auto(repo) == shas["ahead"]

    def test_detached(self, repo, shas):
        repo.git("switch", "-q", "--detach")
        assert auto(repo) == shas["ahead"]

    def test_main_went_on_since(self, repo, shas):
        repo.git("switch", "-q", "main")
        repo.commit(c=network(5))
        repo.git("switch", "-q", "--detach", "feature")
        assert auto(repo) == shas["ahead"]

    def test_the_requests_head_is_checked_out_in_place_of_its_merge(self, repo, shas, monkeypatch):
        """As `ref: ${{ github.event.pull_request.head.sha }}` or `github.head_ref` do."""
        merge = merge_of_the_request(repo)
        monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
        monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
        monkeypatch.setenv("GITHUB_SHA", merge)
        repo.git("switch", "-q", "feature")
        assert auto(repo) == shas["ahead"]
        repo.git("switch", "-q", "--detach")
        assert auto(repo) == shas["ahead"]

    def test_a_merge_request_of_gitlab(self, repo, shas, monkeypatch):
        repo.git("switch", "-q", "--detach")
        repo.git("branch", "-D", "main")
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", shas["ahead"])
        monkeypatch.setenv("CI_MERGE_REQUEST_EVENT_TYPE", "detached")
        assert auto(repo) == shas["ahead"]

    def test_a_branch_of_gitlab(self, repo, shas, monkeypatch):
        """It is detached there; and what was merged may be another branch than main."""
        repo.git("switch", "-q", "-c", "other", shas["fork"])
        repo.commit(d=network(4))
        repo.git("switch", "-q", "--detach", "feature")
        monkeypatch.setenv("CI_COMMIT_BRANCH", "feature")
        assert auto(repo) == shas["ahead"]
        repo.git("merge", "-q", "--no-ff", "-m", "other", "other")
        assert auto(repo) == shas["ahead"]


class TestOtherBranches:
    def test_gitlab_says_the_base(self, repo, monkeypatch):
        shas = branched(repo)
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", shas["first"])
        assert auto(repo) == shas["first"]
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", "1" * 40)
        assert refusal(repo).message == f"git knows no commit '{'1' * 40}' here"
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
        assert auto(repo) == shas["fork"]

    @pytest.mark.parametrize("name", ["main", "master"])
    def test_where_it_left_the_usual_branches(self, repo, name):
        shas = branched(repo)
        repo.git("branch", "-m", "main", name)
        assert auto(repo) == shas["fork"]
        repo.git("switch", "-q", "--detach")
        assert auto(repo) == shas["fork"]

    def test_where_it_left_what_the_remote_calls_its_default(self, repo, tmp_path):
        shas = branched(repo)
        repo.git("switch", "-q", "main")
        repo.git("branch", "trunk", shas["ahead"])
        repo.git("branch", "-f", "main-of-old", shas["first"])
        repo.git("branch", "-m", "main", "was-main")
        repo.git("branch", "main", shas["first"])
        repo.git("switch", "-q", "trunk")
        clone = repo.clone(tmp_path / "clone")
        clone.git("switch", "-q", "feature")
        assert auto(clone) == shas["fork"]

    @pytest.mark.parametrize("variable", ["GITHUB_BASE_REF", "CI_DEFAULT_BRANCH"])
    @pytest.mark.parametrize("branch", ["trunk", "origin/trunk"])
    def test_where_it_left_what_ci_calls_the_default(self, repo, monkeypatch, variable, branch):
        shas = branched(repo)
        target = f"refs/remotes/{branch}" if "/" in branch else f"refs/heads/{branch}"
        repo.git("update-ref", target, shas["ahead"])
        repo.git("branch", "-f", "main", shas["first"])
        assert auto(repo) == shas["first"]
        monkeypatch.setenv(variable, "trunk")
        assert auto(repo) == shas["fork"]

    def test_a_remote_branch_comes_before_the_local_one(self, repo):
        shas = branched(repo)
        repo.git("update-ref", "refs/remotes/origin/main", shas["one"])
        assert auto(repo) == shas["one"]

    def test_a_branch_that_ends_in_the_defaults_name_is_another(self, repo):
        shas = branched(repo)
        repo.git("branch", "-m", "feature", "feature/main")
        assert auto(repo) == shas["fork"]

    def test_a_branch_without_commits_of_its_own(self, repo, monkeypatch):
        tip = repo.commit(a=network(4))
        repo.git("switch", "-q", "-c", "feature")
        assert auto(repo) == tip
        repo.git("switch", "-q", "--detach")
        monkeypatch.setenv("CI_COMMIT_BRANCH", "feature")
        assert auto(repo) == tip

    def test_there_is_no_default_branch(self, repo):
        repo.commit(a=network(4))
        repo.git("branch", "-m", "main", "topic")
        error = refusal(repo)
        assert error.message.startswith("git knows no default branch here")
        assert error.hint == "name the base: --base REF"

    def test_of_a_shallow_clone_the_whole_history_is_needed(self, repo, tmp_path):
        """Two commits would not do: the default branch lacks."""
        branched(repo)
        repo.git("switch", "-q", "main")
        for depth in ("1", "2"):
            clone = repo.clone(tmp_path / depth, "--depth", depth, "-b", "feature")
            error = refusal(clone)
            assert error.message.startswith("git knows no default branch here")
            assert "fetch-depth: 0" in (error.hint or "")

    def test_histories_that_never_met(self, repo):
        repo.commit(a=network(4))
        repo.git("switch", "-q", "--orphan", "lone")
        repo.commit(b=network(4))
        error = refusal(repo)
        assert error.message == "git finds no commit that HEAD and main come from"
        assert "fetch-depth: 0" in (error.hint or "")


class TestTheDefaultBranch:
    def test_the_commit_before(self, repo):
        first = repo.commit(a=network(4))
        repo.commit(a=network(5))
        assert auto(repo) == first

    def test_it_is_not_pushed_yet(self, repo, tmp_path):
        repo.commit(a=network(4))
        clone = repo.clone(tmp_path / "clone")
        one = clone.commit(a=network(5))
        clone.commit(a=network(6))
        assert auto(clone) == one

    def test_the_first_parent_of_a_merge(self, repo):
        shas = branched(repo)
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
        assert auto(repo) == shas["ahead"]

    def test_detached_at_its_tip(self, repo):
        first = repo.commit(a=network(4))
        repo.commit(a=network(5))
        repo.git("switch", "-q", "--detach")
        assert auto(repo) == first

    def test_detached_behind_its_tip(self, repo):
        """The branch went on while CI waited: a commit is never compared with itself."""
        first = repo.commit(a=network(4))
        second = repo.commit(a=network(5))
        repo.commit(a=network(6))
        repo.git("switch", "-q", "--detach", second)
        assert auto(repo) == first

    def test_detached_as_gitlab_does(self, repo, monkeypatch):
        first = repo.commit(a=network(4))
        repo.commit(a=network(5))
        repo.git("switch", "-q", "--detach")
        repo.git("branch", "-f", "main", first)
        repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
        monkeypatch.setenv("CI_COMMIT_BRANCH", "main")
        assert auto(repo) == first

    def test_its_name_has_a_slash(self, repo, tmp_path):
        first = repo.commit(a=network(4))
        repo.commit(a=network(5))
        repo.git("branch", "-m", "main", "release/2.x")
        assert auto(repo.clone(tmp_path / "clone")) == first

    def test_nothing_was_before_the_first_commit(self, repo):
        repo.commit(a=network(4))
        error = refusal(repo)
        assert error.message == "HEAD is the first commit, so there is no commit to compare with"
        assert error.hint == "--if-no-base skip checks without a base"

    def test_there_is_no_commit_yet(self, repo):
        assert "no commit yet" in refusal(repo).message

    def test_a_shallow_clone(self, repo, tmp_path):
        repo.commit(a=network(4))
        first = repo.commit(a=network(5))
        repo.commit(a=network(6))
        error = refusal(repo.clone(tmp_path / "one", "--depth", "1"))
        assert error.message == "the clone is shallow: it lacks the commit before HEAD"
        assert error.hint == (
            "clone more of the history: fetch-depth: 2 in actions/checkout, GIT_DEPTH: 2 in GitLab"
        )
        assert auto(repo.clone(tmp_path / "two", "--depth", "2")) == first

    def test_a_ref_that_a_shallow_clone_lacks(self, repo, tmp_path):
        first = repo.commit(a=network(4))
        repo.commit(a=network(5))
        clone = repo.clone(tmp_path / "clone", "--depth", "1")
        for ref in ("HEAD~1", "HEAD^", "HEAD^1"):
            assert "fetch-depth: 2" in (refusal(clone, ref).hint or "")
        for ref in (first, "v1", "HEAD~2", "HEAD^^"):
            hint = "the whole history: fetch-depth: 0 in actions/checkout, GIT_DEPTH: 0 in GitLab"
            assert hint in (refusal(clone, ref).hint or "")
