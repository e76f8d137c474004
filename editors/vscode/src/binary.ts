// Where the program is: the setting, the workspace's virtual environment, PATH, and what the extension brings.

import * as path from "node:path";

/** What the search looks at; tests give it another world. */
export interface World {
  /** `win32` or another. */
  platform: string;
  /** The variable PATH. */
  pathVariable: string;
  /** Whether a file is there and can be run. */
  isProgram(file: string): boolean;
}

/** What is known of the workspace. */
export interface Place {
  /** The setting `lamblint.path`. */
  setting: string;
  /** The workspace's folders. */
  folders: string[];
  /** Whether programs of the workspace may be started. */
  trusted: boolean;
  /** The extension's own folder. */
  extension: string;
}

/** The program, and where it was found; `undefined` if it is nowhere. */
export interface Found {
  file: string;
  from: "setting" | "environment" | "path" | "extension";
}

export function findProgram(place: Place, world: World): Found | undefined {
  const windows = world.platform === "win32";
  const paths = windows ? path.win32 : path.posix;
  const name = windows ? "lamblint.exe" : "lamblint";
  if (place.setting !== "") {
    // What the user names is taken, also where it is missing: another program would be a surprise.
    const first = place.folders[0] ?? "";
    const file = place.setting.replace("${workspaceFolder}", first);
    return { file, from: "setting" };
  }
  const environment = place.trusted
    ? place.folders.map((folder) => paths.join(folder, ".venv", windows ? "Scripts" : "bin", name))
    : [];
  const delimiter = windows ? ";" : ":";
  const inside = (file: string) =>
    place.folders.some((folder) => file === folder || file.startsWith(folder + paths.sep));
  const onPath = world.pathVariable
    .split(delimiter)
    // A relative folder of PATH would be one of the workspace.
    .filter((folder) => paths.isAbsolute(folder) && (place.trusted || !inside(folder)))
    .map((folder) => paths.join(folder, name));
  const candidates: Found[] = [
    ...environment.map((file): Found => ({ file, from: "environment" })),
    ...onPath.map((file): Found => ({ file, from: "path" })),
    { file: paths.join(place.extension, "bundled", name), from: "extension" },
  ];
  return candidates.find((candidate) => world.isProgram(candidate.file));
}
