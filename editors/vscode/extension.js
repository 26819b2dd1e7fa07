"use strict";
// Starts `costcalc lsp` and leaves everything else to it.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

// The server leaves alone whatever is no network, so that all files of these kinds may go to it.
const NETWORKS = [
  { scheme: "file", language: "yaml" },
  { scheme: "untitled", language: "yaml" },
  { scheme: "file", pattern: "**/*.{cfg,prototxt,param,json}" },
];

let client;

async function start() {
  const settings = workspace.getConfiguration("costcalc");
  const [command, ...args] = settings.get("command");
  const server = { command, args: [...args, "lsp"] };
  client = new LanguageClient("costcalc", "costcalc", server, {
    documentSelector: NETWORKS,
    initializationOptions: { hints: settings.get("hints") },
    synchronize: {
      configurationSection: "costcalc",
      fileEvents: workspace.createFileSystemWatcher("**/*.{yaml,yml}"),
    },
  });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `costcalc cannot be started as "${[command, ...args].join(" ")}": ${error.message}. ` +
        "Install it (pip install costcalc), or say in the setting costcalc.command where it is.",
    );
  }
}

async function restart() {
  await deactivate();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("costcalc.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("costcalc.command")) {
        return restart();
      }
    }),
  );
  await start();
}

async function deactivate() {
  const running = client;
  client = undefined;
  if (running && running.isRunning()) {
    await running.stop();
  }
}

module.exports = { activate, deactivate };
