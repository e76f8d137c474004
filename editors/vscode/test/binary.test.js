// Where the program is searched.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { findProgram } = require("../out/binary.js");
const { forServer } = require("../out/settings.js");

const place = { setting: "", folders: ["/work"], trusted: true, extension: "/ext" };
const world = (...files) => ({
  platform: "linux",
  pathVariable: "/usr/bin:/work/bin:node_modules/.bin:/opt/bin",
  isProgram: (file) => files.includes(file),
});

test("the setting wins, then the environment, PATH and the extension", () => {
  const all = ["/work/.venv/bin/lamblint", "/opt/bin/lamblint", "/ext/bundled/lamblint"];
  const find = (files, more = {}) => findProgram({ ...place, ...more }, world(...files));
  assert.deepEqual(find(all, { setting: "${workspaceFolder}/x" }), { file: "/work/x", from: "setting" });
  assert.deepEqual(find(all), { file: all[0], from: "environment" });
  assert.deepEqual(find(all.slice(1)), { file: all[1], from: "path" });
  assert.deepEqual(find(all.slice(2)), { file: all[2], from: "extension" });
  assert.equal(find([]), undefined);
});

test("a workspace that is not trusted starts no program of its own", () => {
  const files = ["/work/.venv/bin/lamblint", "/work/bin/lamblint", "node_modules/.bin/lamblint", "/opt/bin/lamblint"];
  const found = findProgram({ ...place, trusted: false }, world(...files));
  assert.deepEqual(found, { file: "/opt/bin/lamblint", from: "path" });
});

test("names on Windows", () => {
  const files = ["C:\\work\\.venv\\Scripts\\lamblint.exe"];
  const windows = { platform: "win32", pathVariable: "C:\\bin;D:\\x", isProgram: (file) => files.includes(file) };
  const found = findProgram({ ...place, folders: ["C:\\work"], extension: "C:\\ext" }, windows);
  assert.deepEqual(found, { file: files[0], from: "environment" });
});

test("the server gets what it knows", () => {
  const section = { select: ["lambda"], arch: "", path: "/x", handler: null, inlayHints: false };
  assert.deepEqual(forServer(section, false), { trusted: false, select: ["lambda"], inlayHints: false });
  assert.deepEqual(forServer(undefined, true), { trusted: true });
});
