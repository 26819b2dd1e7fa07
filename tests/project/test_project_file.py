"""`costcalc.yaml`: its keys, its globs, and which of several apply."""

import os
from pathlib import Path

import pytest

from costcalc.errors import CostcalcError
from costcalc.language.library import LIBRARY
from costcalc.project.discovery import Discovery, expand, is_network, repository_path
from costcalc.project.project_file import Project, Projects

NET = "input: [3, 8, 8]\nlayers: [{conv2d: {out_channels: 8, kernel_size: 3}}]\n"
TREE = (
    "a.yaml b.yml c.yaml.bak note.txt configs/d.yaml configs/e.yml configs/deep/f.yaml "
    "configs/deep/deeper/g.yaml .hidden/h.yaml configs/.i.yaml node_modules/j.yaml"
).split()

CONFIGS = "configs/d.yaml configs/e.yml configs/deep/f.yaml configs/deep/deeper/g.yaml"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder of files, made the current one."""
    monkeypatch.chdir(tmp_path)
    for name in TREE:
        write(name, NET)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def project(text, path="costcalc.yaml"):
    return Project(write(path, text))


def budget(match, limits="{macs: 1}", more=""):
    return f"- match: {match}\n  limits: {limits}\n{more}"


def faults(text, path="costcalc.yaml"):
    with pytest.raises(CostcalcError) as caught:
        project(text, path)
    problems = caught.value.problems
    assert all(problem.position.path == path for problem in problems)
    return [(p.position.line, p.position.column, p.message, p.hint) for p in problems]


# Keys


def test_all_that_a_project_file_says(tree):
    text = (
        "version: 1\nbase: origin/main\nbudgets:\n- match: a.yaml\n  message: the phone\n"
        "  limits: {macs: {max: 600M, growth: 5%}}\n- match: ['*.yml', a.yaml]\n  limits:\n"
        "    params: 4M\n"
    )
    read = project(text)
    assert read.base == "origin/main"
    assert read.asks_for_base
    assert read.files() == ["a.yaml", "b.yml"]
    found = [(limit.metric, limit.source, limit.message) for limit in read.limits_of("a.yaml")]
    assert found == [
        ("macs", "costcalc.yaml:6", "the phone"),
        ("params", "costcalc.yaml:9", None),
    ]
    assert [limit.metric for limit in read.limits_of(str(tree / "b.yml"))] == ["params"]
    assert list(read.limits_of("configs/d.yaml")) == []


@pytest.mark.parametrize(
    "text", ["version: 1", "version: 1\nbudgets:\n", "version: 1\nbudgets: []"]
)
def test_a_project_file_may_limit_nothing(tree, text):
    read = project(text)
    assert (read.base, read.files(), read.asks_for_base) == (None, [], False)


HEAD = "version: 1\nbudgets:\n"
REFUSED = [
    ("budgets: []", 1, 1, "a project file begins with version: 1", None),
    ("", 1, 1, "the file is empty", None),
    ("[1]", 1, 1, "a project file must be a mapping of keys and values", None),
    ("version: 2", 1, 10, "this costcalc knows version 1 of project files", None),
    ("version: 1.0", 1, 10, "this costcalc knows version 1", None),
    ("version: [1]", 1, 10, "this costcalc knows version 1", None),
    ("version: 1\nbugdets: []", 2, 1, "unknown key 'bugdets' in a project f", "'budgets'?"),
    ("version: 1\nversion: 1", 2, 1, "key 'version' is given twice; the first is in line 1", None),
    ("version: 1\nbase:", 2, 6, "base must be a git ref, auto or none", None),
    ("version: 1\nbase: [a]", 2, 7, "base must be a git ref, auto or none", None),
    (
        "version: 1\nbase: -x",
        2,
        7,
        "'-x' is not a git ref",
        "a commit, a branch, a tag, auto or none",
    ),
    ("version: 1\nbudgets: 3", 2, 10, "budgets must be a list", "- match: configs/*.yaml"),
    ("version: 1\nbudgets: {macs: 1}", 2, 10, "budgets must be a list", "- match: configs/*.y"),
    (HEAD + "- x", 3, 3, "a budget must be a mapping of keys and values", None),
    (HEAD + "- match: a.yaml", 3, 3, "a budget needs the key 'limits'", None),
    (HEAD + "- limits: {macs: 1}", 3, 3, "a budget needs the key 'match'", None),
    (HEAD + budget("a.yaml", "{mac: 1}"), 4, 12, "unknown metric or key 'mac'", "'macs'?"),
    (HEAD + budget("a.yaml", "{macs: 1MB}"), 4, 18, "macs: '1MB' is in bytes", "1M?"),
    (HEAD + budget("a.yaml", "{}"), 4, 11, "there is no limit", "such as macs: 600M"),
    (HEAD + budget("a.yaml", ""), 4, 10, "there is no limit", "limits: {macs: 600M}"),
    (HEAD + budget("a.yaml", "[]"), 4, 11, "there is no limit", "limits: {macs: 600M}"),
    (
        HEAD + budget("a.yaml", more="  macs: 1\n"),
        5,
        3,
        "unknown key 'macs' in a budget",
        "metrics",
    ),
    (HEAD + budget("a.yaml", more="  mesage: 1\n"), 5, 3, "unknown key 'mesage'", "'message'?"),
    (HEAD + budget("a.yaml", more="  message: [1]\n"), 5, 12, "message must be a text", None),
    (
        HEAD + budget("z*.yaml"),
        3,
        10,
        "'z*.yaml' matches no network file",
        "** stands for any folders",
    ),
    (
        HEAD + budget("[a.yaml, q.yaml]"),
        3,
        19,
        "'q.yaml' matches no network file",
        "relative to",
    ),
    (HEAD + budget("[]"), 3, 10, "match must be a glob, or a list of globs", None),
    (HEAD + budget(""), 3, 9, "match must be a glob, or a list of globs", None),
    (HEAD + budget("{a: b}"), 3, 10, "match must be a glob, or a list of globs", None),
    (HEAD + budget("[[a.yaml]]"), 3, 11, "match must be a glob, or a list of globs", None),
    (HEAD + budget("note.txt"), 3, 10, "'note.txt' matches no network file", "** stands for any f"),
    (HEAD + budget('"*.txt"'), 3, 10, "'*.txt' matches no network file", "** stands for any fold"),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), REFUSED)
def test_what_is_refused(tree, text, line, column, message, hint):
    found = faults(text)
    assert (line, column) == found[0][:2], found
    assert message in found[0][2]
    assert hint is None or hint in (found[0][3] or ""), found


def test_faults_name_the_file_and_its_folder(tree):
    (fault,) = faults(HEAD + budget("z.yaml"), "configs/costcalc.yaml")
    assert fault[3] == "globs are relative to configs; ** stands for any folders"


# Globs


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.yaml", "a.yaml"),
        ("./a.yaml", "a.yaml"),
        ("configs/../a.yaml", "a.yaml"),
        ("*.yaml", "a.yaml"),
        ("?.y*ml", "a.yaml b.yml"),
        ("[ab].*", "a.yaml b.yml"),
        ("[!a].yml", "b.yml"),
        ("A.yaml", ""),
        ("*", "a.yaml b.yml c.yaml.bak note.txt"),
        ("configs", CONFIGS),
        ("configs/", CONFIGS),
        ("configs/*", "configs/d.yaml configs/e.yml"),
        ("*/*.yaml", "configs/d.yaml node_modules/j.yaml"),
        ("configs/*/f.yaml", "configs/deep/f.yaml"),
        ("**/f.yaml", "configs/deep/f.yaml"),
        ("**/*.yaml", "a.yaml configs/d.yaml configs/deep/f.yaml configs/deep/deeper/g.yaml"),
        ("configs/**/*.yml", "configs/e.yml"),
        (
            "configs/**",
            CONFIGS,
        ),
        (
            "**",
            f"a.yaml b.yml c.yaml.bak note.txt {CONFIGS}",
        ),
        ("**/**/g.yaml", "configs/deep/deeper/g.yaml"),
        ("**/deeper", "configs/deep/deeper/g.yaml"),
        (".hidden/*.yaml", ".hidden/h.yaml"),
        (".*/*.yaml", ".hidden/h.yaml"),
        ("configs/.i.yaml", "configs/.i.yaml"),
        ("node_modules/*", "node_modules/j.yaml"),
        ("a.yaml/*", ""),
        ("nowhere/*", ""),
        (
            ".",
            f"a.yaml b.yml {CONFIGS}",
        ),
    ],
)
def test_globs(tree, pattern, found):
    assert sorted(expand("", pattern)) == sorted(found.split())
    below = [os.path.normpath(path) for path in expand(str(tree), pattern)]
    assert sorted(below) == sorted(str(tree / path) for path in found.split())


def test_a_glob_is_relative_to_its_file_not_to_the_current_folder(tree, monkeypatch):
    project(HEAD + budget("d.yaml"), "configs/costcalc.yaml")
    monkeypatch.chdir("configs/deep")
    read = Project("../costcalc.yaml")
    assert read.files() == ["../d.yaml"]
    assert len(list(read.limits_of("../d.yaml"))) == 1
    assert len(list(read.limits_of(str(tree / "configs/d.yaml")))) == 1


def test_links(tree):
    """A link to a file counts, one to a folder is followed where it is named, never by `**`."""
    os.symlink("a.yaml", "link.yaml")
    os.symlink("gone.yaml", "dangling.yaml")
    os.symlink("configs", "other")
    os.symlink(".", "configs/loop")
    assert expand("", "l*.yaml") == ["link.yaml"]
    assert expand("", "dangling.yaml") == []
    assert expand("", "other/*.yaml") == ["other/d.yaml"]
    assert sorted(expand("", "**/d.yaml")) == ["configs/d.yaml"]
    assert not [path for path in expand("", "**") if path.startswith(("other", "configs/loop"))]


@pytest.mark.parametrize(
    "name",
    [
        "with space.yaml",
        "-dash.yaml",
        "new\nline.yaml",
        "a::b.yaml",
        "ünï.yaml",
        "[x].yaml",
        "*.yaml",
    ],
)
def test_hostile_names_match_as_they_are_or_by_a_glob(tree, name):
    write(f"odd/{name}", NET)
    assert expand("", "odd/*") == [f"odd/{name}"]
    quoted = name.replace("\n", "\\n")
    assert project(HEAD + budget("odd/*")).files() == [f"odd/{name}"]
    if not set(name) & set("[*"):
        assert project(HEAD + budget(f'"odd/{quoted}"')).files() == [f"odd/{name}"]


def test_a_file_that_is_no_yaml_is_none_of_a_project(tree):
    Path("configs/weights.bin").write_bytes(bytes(range(256)))
    assert project(HEAD + budget('"configs/*"')).files() == ["configs/d.yaml", "configs/e.yml"]


def test_many_stars_are_no_trap(tree):
    """Each folder is looked at once for what is left of a pattern, not once for each way there."""
    deep = "/".join("d" * 30)
    write(f"{deep}/n.yaml", NET)
    assert expand("", "/".join(["**"] * 12) + "/n.yaml") == [f"{deep}/n.yaml"]


# Several project files


def test_the_nearest_upward_is_the_project_here(tree, monkeypatch):
    project("version: 1\nbase: outer")
    monkeypatch.chdir("configs/deep")
    assert Projects().here().base == "outer"
    project("version: 1\nbase: inner", "../costcalc.yaml")
    assert Projects().here().base == "inner"
    assert Projects().here().path == "../costcalc.yaml"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_search_ends_at_the_top_of_the_repository(tree, monkeypatch, kind):
    """A worktree's or submodule's `.git` is a file."""
    project("version: 1\nbase: outside")
    top = Path("configs/.git")
    if kind == "folder":
        top.mkdir()
    else:
        top.write_text("gitdir: elsewhere\n", encoding="utf-8")
    monkeypatch.chdir("configs/deep")
    assert Projects().here() is None
    assert Projects().around("f.yaml") == []
    project("version: 1\nbase: top", "../costcalc.yaml")
    assert Projects().here().base == "top"
    assert [own.base for own in Projects().around("f.yaml")] == ["top"]


def test_all_around_a_network_apply_the_nearest_first(tree):
    project(HEAD + budget('"**/f.yaml"', "{macs: 1}"))
    project(HEAD + budget("deep/*", "{params: 2}"), "configs/costcalc.yaml")
    project(HEAD + budget("g.yaml"), "configs/deep/deeper/costcalc.yaml")
    around = Projects().around("configs/deep/f.yaml")
    assert [own.path for own in around] == ["configs/costcalc.yaml", "costcalc.yaml"]
    found = [limit.source for own in around for limit in own.limits_of("configs/deep/f.yaml")]
    assert found == ["configs/costcalc.yaml:4", "costcalc.yaml:4"]


def test_nested_ones_are_of_the_outer_projects_run(tree):
    project(HEAD + budget("a.yaml"))
    project(HEAD + budget("deep/f.yaml"), "configs/costcalc.yaml")
    project(HEAD + budget("h.yaml"), ".hidden/costcalc.yaml")
    projects = Projects()
    assert [own.path for own in projects.below(projects.here())] == [
        "costcalc.yaml",
        "configs/costcalc.yaml",
    ]


def test_each_project_file_is_read_once(tree, monkeypatch):
    project(HEAD + budget("a.yaml"))
    projects = Projects()
    first = projects.here()
    Path("costcalc.yaml").write_text("version: 9", encoding="utf-8")
    assert projects.here() is first
    assert projects.around("a.yaml") == [first]


# What is a network


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (NET, True),
        ("layers: []", True),
        ("input : [3]", True),
        ("{input: [3], layers: [relu]}", True),
        ("'layers': []", True),
        ("# layers: []\nname: x", False),
        ("name: layers\n", False),
        ("steps:\n  layers: 3\n", False),
        ("- layers: []", False),
        ("just layers", False),
        ("{layers: [", False),
        ("", False),
    ],
)
def test_a_network_has_layers_or_input(text, is_one):
    assert is_network(text, "x.yaml") == is_one


def test_a_named_file_is_a_network_others_are_when_they_look_like_one(tree):
    write("configs/ci.yaml", "steps: [1]\n")
    write("configs/costcalc.yaml", "version: 1\n")
    named = Discovery()
    assert [one.path for one in named.networks(["configs/ci.yaml"])] == ["configs/ci.yaml"]
    assert named.skipped == []
    found = Discovery()
    paths = [one.path for one in found.networks(["configs", "configs/d.yaml", "conf*/*.yaml"])]
    deep = ["configs/deep/f.yaml", "configs/deep/deeper/g.yaml"]
    assert paths == ["configs/d.yaml", "configs/e.yml", *deep]
    assert found.skipped == ["configs/ci.yaml"]


def test_a_file_is_named_by_its_name_whatever_that_looks_like(tree):
    for name in ("[ab].yaml", "*.yaml", "q?.yaml"):
        write(name, "steps: [1]\n")
        found = Discovery()
        assert [one.path for one in found.networks([name])] == [name]
        assert found.skipped == []
    assert not is_network(NET, LIBRARY)


def test_a_glob_of_arguments_must_match(tree):
    with pytest.raises(CostcalcError, match=r"'z\*\.yaml' matches no network file"):
        list(Discovery().networks(["z*.yaml"]))
    with pytest.raises(CostcalcError, match=r"'\*\.txt' matches no network file"):
        list(Discovery().networks(["*.txt"]))


# Paths from the top of the repository


def test_paths_are_from_the_top_of_the_repository(tree, monkeypatch):
    assert repository_path("configs/d.yaml") == "configs/d.yaml"
    Path(".git").mkdir()
    monkeypatch.chdir("configs")
    assert repository_path("d.yaml") == "configs/d.yaml"
    assert repository_path("../a.yaml") == "a.yaml"
    assert repository_path(str(tree / "configs/deep/f.yaml")) == "configs/deep/f.yaml"


def test_a_file_elsewhere_is_named_from_its_own_repository_or_whole(tree, monkeypatch):
    Path("configs/deep/.git").mkdir()
    Path("node_modules/.git").mkdir()
    monkeypatch.chdir("node_modules")
    assert repository_path("../configs/deep/deeper/g.yaml") == "deeper/g.yaml"
    outside = str(tree / "a.yaml")
    assert repository_path(outside) == outside
