"""Which layers a failing network is told of, and on which line its report sits."""

from fractions import Fraction

import pytest
from support.repositories import Repo, isolate

from costcalc.budgets.api import check

NET = """\
input: [3, 16, 16]
layers:
  - conv2d: {name: stem, out_channels: 8, kernel_size: 3}
  - relu
  - conv2d: {name: body, out_channels: 16, kernel_size: 3}
  - conv2d: {name: top, out_channels: 64, kernel_size: 1}
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    made.commit(net=NET)
    return made


def edited(repo, *pairs, more=""):
    text = NET
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    repo.write("net.yaml", text + more)


def failing(base="HEAD", **more):
    limits = {"max": {"params": "9"}, **more}
    (network,) = check("net.yaml", base=base, **limits).networks
    assert network.status == "fail"
    return network


def told(network, metric="params"):
    return [(c.cause, c.name, c.delta) for c in network.culprits if c.metric == metric]


class TestGrown:
    def test_edited_first_then_what_follows(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"))
        found = failing()
        assert told(found) == [("edited", "stem", 28), ("propagated", "body", 9 * 16)]
        assert found.lines[0] == 3

    def test_by_how_much_of_each_kind(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"), ("channels: 64", "channels: 128"))
        assert told(failing()) == [
            ("edited", "top", 64 * 17),
            ("edited", "stem", 28),
            ("propagated", "head", 640),
            ("propagated", "body", 144),
        ]
        assert failing().lines[0] == 6

    def test_not_what_shrank_or_stayed(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"), ("channels: 64", "channels: 32"))
        assert [name for _, name, _ in told(failing())] == ["stem", "body"]
        edited(repo, ("relu", "batch_norm"))
        assert told(failing()) == [("edited", "batch_norm", 16)]

    def test_by_each_metric_that_failed_worst_first(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"))
        found = failing(max={"params": "2000", "macs": "9"})
        assert list(dict.fromkeys(c.metric for c in found.culprits)) == ["macs", "params"]
        assert told(found, "macs") == [
            *(("edited", "stem", 256 * 27), ("propagated", "body", 256 * 144))
        ]
        assert found.lines[0] == 3

    def test_the_line_is_each_failures_own(self, repo):
        """body adds most params of what was edited, top most operations."""
        changes = (("body, out_channels: 16", "body, out_channels: 17"), ("relu", "hard_swish"))
        edited(repo, *changes)
        assert failing(max={"params": "9", "other_ops": "20k"}).lines == [5, 4]
        assert failing(max={"params": "2900", "other_ops": "9"}).lines == [5, 4]

    def test_as_many_as_asked(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"), ("channels: 64", "channels: 128"))
        assert len(failing(top=3).culprits) == 3
        assert len(failing(top=0).culprits) == 0
        assert failing(top=0).lines[0] == 6

    def test_one_limit_twice_is_told_once(self, repo):
        edited(repo, ("channels: 8,", "channels: 9,"), more="budgets: {params: 8}\n")
        assert len(told(failing())) == 2

    def test_of_a_part_only_its_layers(self, repo):
        part = "budgets: {layers: [{match: 'body', params: 10}]}\n"
        edited(repo, ("channels: 8,", "channels: 9,"), more=part)
        found = failing(max={})
        assert told(found) == [("propagated", "body", 144)]
        assert found.fits == []

    def test_at_the_limits_own_setting(self, repo):
        """Half as wide, 8 and 9 are both 4: nothing grew there."""
        edited(repo, ("channels: 8,", "channels: 9,"), more="budgets: {alpha: 0.5, params: 10}\n")
        assert all(cause is None for cause, _, _ in told(failing(max={})))


class TestHeaviest:
    @pytest.mark.parametrize("base", [None, "HEAD"])
    def test_without_a_change(self, repo, base):
        found = failing(base=base)
        assert told(found) == [
            *((None, "body", None), (None, "top", None), (None, "head", None)),
            (None, "stem", None),
        ]
        assert [c.value for c in found.culprits] == [1168, 1088, 650, 224]
        assert found.lines[0] == 5

    def test_where_what_is_over_shrank(self, repo):
        edited(repo, ("channels: 64", "channels: 32"))
        assert [name for _, name, _ in told(failing())][:2] == ["body", "top"]


class TestWhatFits:
    def test_the_width_of_the_edited_layer(self, repo):
        edited(repo, ("channels: 64", "channels: 96"))
        found = failing(max={"params": "3200"})
        widths = {fit.knob: (fit.value, fit.result, fit.line) for fit in found.fits}
        assert widths["out_channels"] == (66, 3184, 6)
        assert 3184 <= 3200 < 3184 + 27

    def test_within_all_limits_of_the_setting(self, repo):
        """The growth allows less than the limit does, and the macs less than the params."""
        edited(repo, ("channels: 64", "channels: 96"))
        found = failing(max={"params": "3200"}, growth={"params": "27"})
        widths = {fit.knob: fit.value for fit in found.fits}
        assert widths["out_channels"] == 65
        macs = 256 * (27 * 8 + 72 * 16 + 16 * 64) + 640
        found = failing(max={"params": "3200", "macs": str(macs)})
        assert {fit.knob: fit.value for fit in found.fits}["out_channels"] == 64

    @pytest.mark.parametrize(("own", "option"), [(3200, 3300), (3300, 3200)])
    def test_within_the_least_of_two_limits(self, repo, own, option):
        edited(repo, ("channels: 64", "channels: 96"), more=f"budgets: {{params: {own}}}\n")
        found = failing(max={"params": str(option)})
        assert {fit.knob: fit.value for fit in found.fits}["out_channels"] == 66

    def test_limits_of_another_setting_are_not_asked(self, repo):
        own = "budgets: [{params: 3200}, {alpha: 0.5, params: 1.2k}]\n"
        edited(repo, ("channels: 64", "channels: 96"), more=own)
        found = failing(max={})
        at = {
            fit.limit.setting.alpha: fit.value for fit in found.fits if fit.knob == "out_channels"
        }
        assert at == {None: 66, Fraction(1, 2): 83}

    def test_no_width_of_a_layer_that_only_follows(self, repo):
        edited(repo, ("[3, 16, 16]", "[6, 16, 16]"))
        found = failing(max={"params": "3200"})
        assert told(found) == [("propagated", "stem", 216)]
        assert "out_channels" not in {fit.knob for fit in found.fits}
