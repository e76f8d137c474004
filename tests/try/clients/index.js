// A function with aws-lambda-ric: what it does is told by the variable CASE.
const CASE = process.env.CASE || '';

if (CASE === 'init-error') throw new TypeError('it cannot start');
if (CASE === 'init-exit') process.exit(3);
if (CASE === 'init-sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);

const answer = async (event) => {
  if (CASE === 'error') throw new TypeError('no such event');
  if (CASE === 'slow') await new Promise((resolve) => setTimeout(resolve, 60000));
  if (CASE === 'crash') process.exit(4);
  return { said: 'it works', event };
};

const stream = async (event, response) => {
  response.write('hello ');
  if (CASE === 'stream-error') throw new TypeError('too late');
  response.end('world');
};

exports.handler = CASE.startsWith('stream') ? awslambda.streamifyResponse(stream) : answer;
