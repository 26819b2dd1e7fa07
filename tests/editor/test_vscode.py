"""The extension for VS Code: its manifest, its snippets, and what it starts."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from costcalc import __version__
from costcalc.editor.examination import examine
from costcalc.editor.hints import PARTS, check_parts, metrics_of_hints

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
MANIFEST = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
SETTINGS = MANIFEST["contributes"]["configuration"]["properties"]
SNIPPETS = json.loads((FOLDER / "snippets.json").read_text(encoding="utf-8"))

STUB = """
const Module = require("module");
const told = [];
const settings = %s;
const vscode = {
  commands: { registerCommand: (name, run) => told.push(["command", name]) },
  window: { showErrorMessage: (text) => told.push(["error", text]) },
  workspace: {
    getConfiguration: () => ({ get: (key) => settings[key] }),
    createFileSystemWatcher: () => "watcher",
    onDidChangeConfiguration: () => undefined,
  },
};
class LanguageClient {
  constructor(id, name, server, options) {
    told.push(["client", id, server, options]);
    Object.assign(this, { server, options });
  }
  async start() {
    told.push(["start"]);
    if (settings.fails) throw new Error("ENOENT");
    if (!settings.runs) return;
    const { command, args } = this.server;
    this.process = require("child_process").spawn(command, args);
    const { initializationOptions } = this.options;
    const answer = await this.ask("initialize", { capabilities: {}, initializationOptions });
    told.push(["answer", answer]);
  }
  async stop() {
    told.push(["stop"]);
    if (!settings.runs) return;
    await this.ask("shutdown");
    const ended = new Promise((resolve) => this.process.on("exit", resolve));
    this.send({ method: "exit" });
    told.push(["exit", await ended]);
  }
  isRunning() { return true; }
  send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\\r\\n\\r\\n${body}`);
  }
  ask(method, params = {}) {
    this.send({ id: method, method, params });
    return new Promise((resolve) => {
      let text = "";
      const read = (part) => {
        text += part;
        const [head, body] = text.split("\\r\\n\\r\\n");
        if (body && Buffer.byteLength(body) === Number(head.split(":")[1])) {
          this.process.stdout.off("data", read);
          resolve(JSON.parse(body));
        }
      };
      this.process.stdout.on("data", read);
    });
  }
}
const load = Module._load;
Module._load = (name, ...more) =>
  name === "vscode" ? vscode
  : name === "vscode-languageclient/node" ? { LanguageClient }
  : load(name, ...more);
const extension = require(process.argv[1]);
(async () => {
  await extension.activate({ subscriptions: [] });
  await extension.deactivate();
  console.log(JSON.stringify(told));
})();
"""


def told(**settings: Any) -> list[Any]:
    """What the extension tells an editor of these settings."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js")
    done = subprocess.run(
        [node, "-e", STUB % json.dumps(settings), str(FOLDER / "extension.js")],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def test_it_starts_the_server_and_stops_it() -> None:
    found = told(command=["python3", "-m", "costcalc"], hints=["shape"])
    assert [one[0] for one in found] == ["command", "client", "start", "stop"]
    _, name, server, options = found[1]
    assert name == "costcalc"
    assert server == {"command": "python3", "args": ["-m", "costcalc", "lsp"]}
    assert options["initializationOptions"] == {"hints": ["shape"]}
    assert {"scheme": "file", "language": "yaml"} in options["documentSelector"]


def test_the_server_that_it_starts_answers_and_ends() -> None:
    command = [sys.executable, "-m", "costcalc"]
    found = {one[0]: one[-1] for one in told(command=command, hints=["shape"], runs=True)}
    assert found["answer"]["result"]["serverInfo"] == {"name": "costcalc", "version": __version__}
    assert found["exit"] == 0


def test_it_says_what_to_do_where_there_is_no_server() -> None:
    ((_, text),) = [one for one in told(command=["none"], fails=True) if one[0] == "error"]
    assert "pip install costcalc" in text
    assert "costcalc.command" in text


def test_the_manifest_is_true() -> None:
    """Files that it names are there; a workspace chooses no program; hints are those there are."""
    assert MANIFEST["version"] == __version__
    named = [MANIFEST["main"], MANIFEST["icon"]]
    named += [one["path"] for one in MANIFEST["contributes"]["snippets"]]
    assert all((FOLDER / name).is_file() for name in named)
    assert (FOLDER / "icon.png").read_bytes()[16:24] == bytes([0, 0, 0, 128] * 2)
    restricted = MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert restricted == ["costcalc.command"]
    commands = [one["command"] for one in MANIFEST["contributes"]["commands"]]
    assert [one[1] for one in told(command=["x"]) if one[0] == "command"] == commands
    hints = SETTINGS["costcalc.hints"]
    assert hints["items"]["enum"] == ["shape", "share", *metrics_of_hints()]
    assert hints["default"] == list(PARTS)
    check_parts(hints["items"]["enum"])


NET = "input: [3, 32, 32]\nlayers:\n- conv2d: {out_channels: 8, kernel_size: 1}\n"


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_without_faults(name: str, tmp_path: Path) -> None:
    body = "\n".join(SNIPPETS[name]["body"]).replace("$0", "")
    text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", body)
    path = tmp_path / ("costcalc.yaml" if name == "Project" else "net.yaml")
    if name == "Project":
        (tmp_path / "configs").mkdir()
        (tmp_path / "configs" / "a.yaml").write_text(NET)
    whole = {
        "Residual": NET + text.replace("channels, kernel", "8, kernel"),
        "Budget": NET + text,
        "Variants": NET + text,
    }.get(name, text)
    found = examine(whole, str(path), all_variants=True)
    assert found.faults == []
    assert found.analysis is not None or name in ("Block", "Project")
