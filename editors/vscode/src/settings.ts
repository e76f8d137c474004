// The settings as the server takes them.

/** Settings that the server knows; the others are the extension's. */
export const SERVER_SETTINGS = [
  "configuration",
  "prefer",
  "preset",
  "select",
  "ignore",
  "arch",
  "handler",
  "shellcheck",
  "inlayHints",
] as const;

/** Takes what the server knows of a section, and adds whether the workspace is trusted. */
export function forServer(section: Record<string, unknown> | undefined, trusted: boolean): Record<string, unknown> {
  const settings: Record<string, unknown> = { trusted };
  for (const key of SERVER_SETTINGS) {
    const value = section?.[key];
    if (value !== undefined && value !== null && value !== "") {
      settings[key] = value;
    }
  }
  return settings;
}

/** The documents that are sent to the server. */
export const SELECTOR = [
  { scheme: "file", language: "dockerfile" },
  { scheme: "untitled", language: "dockerfile" },
  { scheme: "file", pattern: "**/{Dockerfile,Dockerfile.*,*.Dockerfile,*.dockerfile,Containerfile,Containerfile.*}" },
  { scheme: "file", pattern: "**/{template,serverless,Pulumi}*.{yaml,yml,json}" },
  { scheme: "file", pattern: "**/*.{tf,tofu,template}" },
  { scheme: "file", pattern: "**/lamblint.toml" },
];
