import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { compileProject, removeProject } from './setup/compiled.ts';

const parts = ['offline.ts', 'model.ts'];
const examples = readdirSync('examples').filter((file) => file.endsWith('.ts') && !parts.includes(file));
const project = compileProject();
const compiled = (file: string) => join(project, 'examples', file.replace(/\.ts$/, '.js'));
const { OPENAI_API_KEY: _key, INTERVEN_API_KEY: _other, FORCE_COLOR: _colours, ...env } = process.env;
let problems: Record<string, string>;

beforeAll(async () => {
  const program = ['-C', 'interven-source', resolve('__tests__/setup/in-turn.mjs'), ...examples.map(compiled)];
  // The process ends by itself only if no example leaves a timer or a connection open.
  const { stdout } = await promisify(execFile)('node', program, { env, timeout: 50_000 });
  problems = JSON.parse(stdout) as typeof problems;
});
afterAll(() => {
  removeProject(project);
});

test.each(examples)('examples/%s runs offline without errors', (file) => {
  expect(problems[compiled(file)]).toBe('');
});
