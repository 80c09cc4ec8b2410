/**
 * `npm test`: two lanes side by side, as two cores are what most machines of a CI have. Each part's output is printed when
 * it ends. Fails when a part fails.
 */
import { spawn } from 'node:child_process';

const LANES = [['check:unit'], ['check:types', 'check:lint', 'check:package']];
const started = performance.now();

const lanes = LANES.map(async (parts) => {
  for (const part of parts) await run(part);
});
await Promise.all(lanes);
console.log(`\nnpm test took ${seconds(started)} s${process.exitCode ? ' and failed' : ''}.`);

async function run(part) {
  const began = performance.now();
  const child = spawn('npm', ['run', '--silent', part], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  process.stdout.write(`\n--- ${part}: ${code === 0 ? 'ok' : 'FAILED'} in ${seconds(began)} s\n`);
  process.stdout.write(Buffer.concat(output));
  if (code !== 0) process.exitCode = 1;
}

function seconds(since) {
  return Math.round((performance.now() - since) / 1_000);
}
