// Speaks the Runtime API by itself, for where aws-lambda-ric cannot be built.
"use strict";
const http = require("node:http");
const path = require("node:path");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const [file, name] = process.argv[2].split(".");
const { [name]: handler } = require(path.resolve(process.cwd(), file));

function ask(method, route, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: `/2018-06-01/runtime/${route}` }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve([response.headers, text]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

(async () => {
  for (;;) {
    const [headers, event] = await ask("GET", "invocation/next");
    const answer = await handler(JSON.parse(event));
    await ask("POST", `invocation/${headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(answer));
  }
})();
