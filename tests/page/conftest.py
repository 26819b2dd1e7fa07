"""A browser, where there is one, and JavaScript, where there is Node or a browser."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium that is installed, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed: apt install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def run_js() -> Callable[[str], Any]:
    """Evaluate JavaScript in Node, and return the value of its last line."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node is installed; the slow tests evaluate the same in a browser")

    def run(program: str, expression: str) -> Any:
        source = f"{program}\nconsole.log(JSON.stringify({expression}))"
        done = subprocess.run([node, "-"], input=source, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    return run
