// VS Code's protocol library as a client, with the settings of the extension: diagnostics, a fix, an ignored finding,
// hover, inlay hints, completion, links. The folder is in FOLDER, the program in LAMBLINT.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../editors/vscode/package.json", import.meta.url));
const lsp = require("vscode-languageserver-protocol/node");
const { forServer } = require("./out/settings.js");

const folder = process.env.FOLDER;
const file = path.join(folder, "Dockerfile");
const uri = pathToFileURL(file).href;
const server = spawn(process.env.LAMBLINT, ["server", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve) => server.on("exit", resolve));
const connection = lsp.createProtocolConnection(
  new lsp.StreamMessageReader(server.stdout),
  new lsp.StreamMessageWriter(server.stdin),
);

const registered = [];
let pushed = 0;
let refreshed = 0;
connection.onRequest(lsp.RegistrationRequest.type, ({ registrations }) => {
  registered.push(...registrations.map((one) => one.method));
});
const section = { today: "2026-11-24", shellcheck: "off" };
connection.onRequest(lsp.ConfigurationRequest.type, ({ items }) =>
  items.map(() => ({ ...forServer(section, true), today: section.today })),
);
connection.onRequest(lsp.DiagnosticRefreshRequest.type, () => {
  refreshed += 1;
});
connection.onRequest(lsp.InlayHintRefreshRequest.type, () => {});
connection.onNotification(lsp.PublishDiagnosticsNotification.type, () => {
  pushed += 1;
});
connection.listen();

const capabilities = {
  general: { positionEncodings: ["utf-16"] },
  textDocument: {
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true },
    publishDiagnostics: { relatedInformation: true, codeDescriptionSupport: true, tagSupport: { valueSet: [1, 2] } },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "source.fixAll"] } } },
    hover: { contentFormat: ["markdown", "plaintext"] },
    completion: { completionItem: { tagSupport: { valueSet: [1] } } },
    inlayHint: {},
  },
  workspace: {
    configuration: true,
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true, resourceOperations: ["create"] },
    diagnostics: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
  },
};
const answer = await connection.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid,
  rootUri: null,
  capabilities,
  workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "w" }],
  initializationOptions: { ...forServer(section, true), today: section.today },
});
assert.ok(answer.capabilities.diagnosticProvider, "it can be asked");
await connection.sendNotification(lsp.InitializedNotification.type, {});

let text = fs.readFileSync(file, "utf8");
let version = 1;
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
  textDocument: { uri, languageId: "dockerfile", version, text },
});
const textDocument = { uri };
const pull = async () => {
  const report = await connection.sendRequest(lsp.DocumentDiagnosticRequest.type, { textDocument });
  return new Map(report.items.map((item) => [item.code, item]));
};
const offset = (place) => text.split("\n").slice(0, place.line).join("\n").length + (place.line > 0 ? 1 : 0) + place.character;
const act = async (code, title) => {
  const found = (await pull()).get(code);
  const context = { diagnostics: [found], only: ["quickfix"] };
  const actions = await connection.sendRequest(lsp.CodeActionRequest.type, { textDocument, range: found.range, context });
  const action = actions.find((one) => one.title.startsWith(code) && one.title.includes(title));
  assert.ok(action, `${code}: no action ${title}`);
  const [change] = action.edit.documentChanges;
  assert.equal(change.textDocument.version, version);
  for (const edit of [...change.edits].reverse()) {
    text = text.slice(0, offset(edit.range.start)) + edit.newText + text.slice(offset(edit.range.end));
  }
  version += 1;
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });
};

const first = await pull();
const { range } = first.get("LL318");
assert.equal(text.slice(offset(range.start), offset(range.end)), "AWS_REGION=x");
assert.ok(first.get("LL401").codeDescription.href.includes("LL401"));
await act("LL203", "exec form");
await act("LL401", "ignore here");
const left = await pull();
assert.ok(!left.has("LL203") && !left.has("LL401"), [...left.keys()].join());
assert.ok(text.startsWith("# lamblint: ignore=LL401\nFROM "));

const position = { line: 1, character: 10 };
const hover = await connection.sendRequest(lsp.HoverRequest.type, { textDocument, position });
assert.match(hover.contents.value, /python3\.8/);
const everything = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
const hints = await connection.sendRequest(lsp.InlayHintRequest.type, { textDocument, range: everything });
assert.ok(hints.some((hint) => /^deprecated since /.test(hint.label)), JSON.stringify(hints));
assert.ok(hints.some((hint) => /^starts \/lambda-entrypoint\.sh /.test(hint.label)), JSON.stringify(hints));
const end = { line: 1, character: "FROM public.ecr.aws/lambda/python:".length };
const tags = await connection.sendRequest(lsp.CompletionRequest.type, { textDocument, position: end });
assert.equal(tags[0].label, "3.14");
assert.ok(tags.some((tag) => tag.label === "3.8" && tag.tags?.includes(1)));
const links = await connection.sendRequest(lsp.DocumentLinkRequest.type, { textDocument });
assert.ok(links.some((link) => link.target === "https://gallery.ecr.aws/lambda/python"), JSON.stringify(links));
assert.ok(registered.includes("workspace/didChangeWatchedFiles"));
assert.equal(pushed, 0, "what is asked for is not pushed");

await connection.sendRequest(lsp.ShutdownRequest.type);
await connection.sendNotification(lsp.ExitNotification.type);
assert.equal(await ended, 0);
console.log("vscode: diagnostics, a fix, an ignored finding, hover, hints, completion and links");
