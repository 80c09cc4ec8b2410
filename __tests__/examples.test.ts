import { afterAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileProject, removeProject } from './setup/compiled.ts';

const parts = ['offline.ts', 'model.ts'];
const examples = readdirSync('examples').filter((file) => file.endsWith('.ts') && !parts.includes(file));
const project = compileProject();
const node = (file: string) => ['-C', 'interven-source', join(project, 'examples', file.replace(/\.ts$/, '.js'))];
const { OPENAI_API_KEY: _key, INTERVEN_API_KEY: _other, FORCE_COLOR: _colours, ...env } = process.env;
const run = async (file: string) => promisify(execFile)('node', node(file), { env });

afterAll(() => {
  removeProject(project);
});

test.each(examples)(
  'examples/%s runs offline without errors',
  async (file) => {
    expect((await run(file)).stderr).toBe('');
  },
  30_000,
);
