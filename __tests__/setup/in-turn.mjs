/**
 * Imports the modules that its arguments name, in turn, in one process that loads the library and the SDK once. Each
 * module begins with the environment, folder and `fetch` of a new process. Prints what each wrote to stderr, as JSON.
 */
import { setImmediate } from 'node:timers/promises';

const before = { env: { ...process.env }, fetch: globalThis.fetch, folder: process.cwd() };
const problems = {};
let current;

const note = (text) => {
  problems[current] += String(text);
  return true;
};
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
process.stderr.write = note;
process.on('uncaughtException', (error) => note(error.stack));

for (current of process.argv.slice(2)) {
  problems[current] = '';
  await import(current).catch((error) => note(error.stack));
  // A rejection that the module left unhandled is reported after its last microtask.
  await setImmediate();
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, before.env);
  globalThis.fetch = before.fetch;
  process.chdir(before.folder);
}
print(JSON.stringify(problems));
