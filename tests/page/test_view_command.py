"""`costcalc view` as a user runs it: files, the cache, a browser, wrong words."""

import base64
import json
import os
import re
import stat
import webbrowser
import zlib
from pathlib import Path

import pytest
from page.oracle import ASSETS
from support.repositories import Repo, isolate, network

import costcalc
from costcalc.cli import run

NET = "input: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 3}\n"


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    return opened


def fault(capsys, *args):
    assert run(["view", *args]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_with_a_file_it_writes_that_and_opens_nothing(net, tmp_path, capsys):
    assert run(["view", "net.yaml", "-o", "page.html"]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert net == []
    assert not (tmp_path / "cache").exists()


def test_without_a_file_it_opens_one_in_the_cache_that_only_the_user_reads(net, tmp_path, capsys):
    assert run(["view", "net.yaml"]) == 0
    (page,) = (tmp_path / "cache" / "costcalc").iterdir()
    assert capsys.readouterr().out == f"{page}\n"
    assert net == [page.as_uri()]
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700
    assert run(["view", "net.yaml", "--alpha", "0.5"]) == 0
    assert [*page.parent.iterdir()] == [page]  # the same network has one page


def test_no_link_in_the_cache_is_followed(net, tmp_path, capsys):
    assert run(["view", "net.yaml"]) == 0
    (page,) = (tmp_path / "cache" / "costcalc").iterdir()
    page.unlink()
    target = tmp_path / "precious"
    target.write_text("kept", encoding="utf-8")
    page.symlink_to(target)
    assert run(["view", "net.yaml"]) == 0
    assert target.read_text(encoding="utf-8") == "kept"
    assert not page.is_symlink()


def test_a_cache_that_is_a_link_is_refused(net, tmp_path, capsys):
    (tmp_path / "cache").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache" / "costcalc").symlink_to(tmp_path / "elsewhere")
    assert "it is a link, or no folder" in fault(capsys, "net.yaml")
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_a_cache_that_others_may_write_to_is_refused(net, tmp_path, capsys):
    folder = tmp_path / "cache" / "costcalc"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    said = fault(capsys, "net.yaml")
    assert "others may write to it" in said
    assert "hint: -o FILE writes it elsewhere" in said


def test_a_cache_that_is_a_file_is_refused(net, tmp_path, capsys):
    (tmp_path / "cache").write_text("", encoding="utf-8")
    assert f"cannot write to the cache {tmp_path / 'cache' / 'costcalc'}" in fault(
        capsys, "net.yaml"
    )


def test_a_relative_cache_is_ignored(net, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert run(["view", "net.yaml"]) == 0
    assert len([*(tmp_path / "home" / ".cache" / "costcalc").iterdir()]) == 1


def test_old_pages_are_forgotten(net, tmp_path, monkeypatch):
    monkeypatch.setattr("costcalc.cli.cache.KEPT", 2)
    folder = tmp_path / "cache" / "costcalc"
    for number in range(4):
        name = f"net{number}.yaml"
        (tmp_path / name).write_text(NET, encoding="utf-8")
        assert run(["view", name]) == 0
        for page in folder.glob(f"net{number}*"):
            os.utime(page, (number, number))
    assert sorted(page.name[:4] for page in folder.iterdir()) == ["net2", "net3"]


def test_without_a_browser_it_says_where_the_page_is(net, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert run(["view", "net.yaml"]) == 2
    assert "no browser could be opened; the page is /" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["net.yaml", "mobilenet", "--compare", "mobilenet"], "--compare takes one NET"),
        (["net.yaml", "--watch", "-o", "page.html"], "--watch serves the page: give no -o"),
        (["-", "--watch"], "--watch needs a file, not standard input"),
        (["mobilenett"], "did you mean 'mobilenet'"),
        (["net.yaml", "--set", "x=1"], "the network has no param 'x'"),
        (["net.yaml", "--compare", "nothing"], "nothing"),
    ],
)
def test_wrong_words_are_explained(args, said, net, tmp_path, capsys):
    if "--watch" not in args:
        args = [*args, "-o", "page.html"]
    assert said in fault(capsys, *args)
    assert not (tmp_path / "page.html").exists()


@pytest.fixture
def repo(net, tmp_path, monkeypatch):
    """A repository whose network got wider in the second commit, and again since."""
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    for width in (8, 9):
        made.write("net.yaml", network(4, width))
        made.commit()
    made.write("net.yaml", network(4, 10))
    return made


@pytest.mark.parametrize(
    ("other", "labels", "widths"),
    [
        ("HEAD", ["net.yaml", "net.yaml in "], ["10", "9"]),
        ("HEAD~1..HEAD", ["net.yaml in ", "net.yaml in "], ["9", "8"]),
        ("HEAD~1..", ["net.yaml in ", "net.yaml in "], ["9", "8"]),
    ],
)
def test_a_network_beside_what_it_was_in_commits(other, labels, widths, repo):
    page = data_of("net.yaml", "--compare", other)
    said = page["compared"]["labels"]
    assert [text[: len(start)] for text, start in zip(said, labels, strict=True)] == labels
    lines = [page["files"][own["file"]]["text"]["4"] for own in page["networks"]]
    assert [re.findall(r"\d+", line)[1] for line in lines] == widths
    (pair,) = page["compared"]["pairs"]
    assert pair["changes"]["conv2d_2"][0] == "edited"


def test_two_commits_need_no_working_tree(repo, capsys):
    (repo.folder / "net.yaml").unlink()
    assert len(data_of("net.yaml", "--compare", "HEAD~1..HEAD")["networks"]) == 2
    assert "gone.yaml is not in the commit" in fault(
        capsys, "gone.yaml", "--compare", "HEAD~1..HEAD"
    )


def test_variants_of_two_files_are_compared_by_name(net):
    page = data_of("mobilenet_v3", "--compare", "mobilenet_v3")
    count = len(page["compared"]["pairs"])
    names = [one["variant"] for one in page["networks"]]
    assert count > 1
    assert names[:count] == names[count:]
    assert (
        len(data_of("mobilenet_v3:mobilenet_v3_small", "--compare", "mobilenet")["networks"]) == 2
    )


def test_variants_that_differ_in_numbers_share_their_formulas(net, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "input: [3, 8, 8]\nparams: {width: 4, depth: 2, act: relu}\nvariants:\n"
        "  small: {}\n  wide: {params: {width: 16, depth: 5}}\n  other: {params: {act: gelu}}\n"
        "layers:\n  - conv_bn_act: {out_channels: width, activation: act, repeat: depth}\n",
        encoding="utf-8",
    )
    small, wide, other = data_of("net.yaml")["networks"]
    assert small["forms"] == wide["forms"]
    assert not {*small["forms"]} & {*other["forms"]}


def data_of(*arguments):
    """What a page has inside."""
    assert run(["view", *arguments, "-o", "page.html"]) == 0
    return json.loads(unpacked("data"))


def unpacked(part):
    page = Path("page.html").read_text(encoding="utf-8")
    (packed,) = re.findall(f'<script type="text/plain" id="{part}">(.*?)</script>', page)
    return zlib.decompress(base64.a85decode(packed.replace("v", "<"))).decode()


def test_the_program_in_a_page_is_the_one_of_the_package(net):
    assert run(["view", "net.yaml", "-o", "page.html"]) == 0
    for part, files in (("script", "*.js"), ("style", "page.css")):
        left = {"boot.js", "compare.js", "live.js", "report.js"}
        own = [path for path in ASSETS.glob(files) if path.name not in left]
        assert own
        assert all(path.read_text(encoding="utf-8") in unpacked(part) for path in own)


def test_a_table_makes_its_page():
    view = costcalc.load("mobilenet").cost(alpha="0.5").view()
    assert str(view).startswith("<!doctype html>")
    frame = view._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert 'sandbox="allow-scripts"' in frame
