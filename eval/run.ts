import { existsSync } from 'node:fs';
import { agentFigures } from './agents.ts';
import { benignFigures } from './benign.ts';
import { personalFigures } from './personal.ts';
import { disguiseFigures, secretFigures } from './secrets.ts';
import { isReached, printTable } from './table.ts';

const words = process.argv.slice(2);
const folder = words.find((word) => !word.startsWith('--')) ?? process.env['EVAL_DATA'] ?? 'data';

if (!existsSync(folder)) {
  console.log(`Skipped: there is no folder "${folder}" to measure with. npm run eval -- FOLDER names another.`);
} else {
  const secrets = secretFigures(folder);
  printTable('Secrets', secrets);
  const disguised = disguiseFigures(folder);
  printTable('Secrets in disguise', disguised);
  const personal = personalFigures(folder);
  printTable('Personal data', personal);
  printTable('What is found in harmless texts', benignFigures(folder, words.includes('--show')));
  const agents = await agentFigures(folder);
  printTable('Hijacked agents, with agentSafety', agents);
  const missed = [...secrets, ...disguised, ...personal, ...agents].filter((figure) => !isReached(figure));
  for (const { set, what, measured } of missed) console.log(`\nMissed: ${set}, ${what}: ${measured.toFixed(3)}`);
}
