"""Random networks against PyTorch, where the extra `peers` is installed: `pytest -m peers`."""

import pytest
from fuzz.engines import ENGINES, Case

pytestmark = pytest.mark.peers


def test_networks_cost_what_torch_executes(tmp_path):
    pytest.importorskip("torch", reason="the extra `peers`")
    engine = ENGINES["torch"](tmp_path)
    for number in range(100):
        failure = engine.failure(Case("torch", "1", number))
        assert failure is None, failure
