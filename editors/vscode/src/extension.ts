// Starts the language server, and starts it again when what it depends on changes.

import * as fs from "node:fs";
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from "vscode-languageclient/node";
import { findProgram, Found, World } from "./binary";
import { forServer, SELECTOR } from "./settings";

let client: LanguageClient | undefined;
let log: vscode.LogOutputChannel;
// Starts and stops wait for one another.
let queue: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  log = vscode.window.createOutputChannel("lamblint", { log: true });
  const restart = () => {
    queue = queue.then(stop).then(() => start(context)).catch((error: unknown) => log.error(String(error)));
    return queue;
  };
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("lamblint.restart", restart),
    vscode.commands.registerCommand("lamblint.showLog", () => log.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("lamblint.path") || event.affectsConfiguration("lamblint.enable")) {
        void restart();
      }
    }),
  );
  await restart();
}

export function deactivate(): Promise<void> {
  queue = queue.then(stop);
  return queue;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const settings = vscode.workspace.getConfiguration("lamblint");
  if (!settings.get<boolean>("enable", true)) {
    return;
  }
  const found = program(context, settings.get<string>("path", ""));
  if (found === undefined) {
    const install = "How to install it";
    const chosen = await vscode.window.showErrorMessage("lamblint: the program is not installed.", install);
    if (chosen === install) {
      await vscode.env.openExternal(vscode.Uri.parse("https://github.com/lamblint/lamblint#install"));
    }
    return;
  }
  log.info(`${found.file} (${found.from})`);
  const server: ServerOptions = { command: found.file, args: ["server"], transport: TransportKind.stdio };
  const trusted = () => vscode.workspace.isTrusted;
  const options: LanguageClientOptions = {
    documentSelector: SELECTOR,
    outputChannel: log,
    initializationOptions: forServer({ ...settings }, trusted()),
    synchronize: { configurationSection: "lamblint" },
    middleware: {
      workspace: {
        // Whether the workspace is trusted is no setting: it goes along with them.
        configuration: async (params, token, next) => {
          const answer = await next(params, token);
          if (!Array.isArray(answer)) {
            return answer;
          }
          return answer.map((section, at) =>
            params.items[at]?.section === "lamblint" ? forServer(section ?? undefined, trusted()) : section,
          );
        },
      },
    },
  };
  client = new LanguageClient("lamblint", "lamblint", server, options);
  await client.start();
}

function program(context: vscode.ExtensionContext, setting: string): Found | undefined {
  const world: World = {
    platform: process.platform,
    pathVariable: process.env.PATH ?? process.env.Path ?? "",
    isProgram: (file) => {
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
      } catch {
        return false;
      }
    },
  };
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const place = { setting, folders, trusted: vscode.workspace.isTrusted, extension: context.extensionPath };
  return findProgram(place, world);
}
