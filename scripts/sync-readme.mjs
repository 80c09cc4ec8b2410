/**
 * Copies code from files into the README and the pages of docs. The comment before a code block names its source:
 *
 * - `<!-- examples/first-run.ts#first-run -->`: a region of a file;
 * - `<!-- examples/quickstart.ts -->`: a whole file;
 * - `<!-- output of examples/quickstart.ts -->`: what the file prints.
 *
 * Readers see `openai` for `openai7`, this repository's name of openai 7 beside 6, and the model's name for `MODEL`.
 *
 * With --check it changes nothing, and fails if a block differs or has no such comment.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter((page) => page.endsWith('.md'))
    .map((page) => `docs/${page}`),
];
const [, model] = /MODEL = '(.+)'/.exec(readFileSync('examples/model.ts', 'utf8'));
const isCheck = process.argv.includes('--check');

function regionOf(file, region) {
  const text = readFileSync(file, 'utf8');
  const found = new RegExp(`^( *)(?://|#) #region ${region}\n([^]*?)\n *(?://|#) #endregion$`, 'm').exec(text);
  if (!found) throw new Error(`${file} has no region "${region}".`);
  const [, indent, code] = found;
  return code.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim();
}

function outputOf(file) {
  const { OPENAI_API_KEY: _openai, INTERVEN_API_KEY: _interven, FORCE_COLOR: _colours, ...env } = process.env;
  return execFileSync('node', ['--import', 'tsx', '-C', 'interven-source', file], { env, encoding: 'utf8' }).trim();
}

function sourceOf(source) {
  const output = /^output of (\S+)$/.exec(source);
  if (output) return outputOf(output[1]);
  const [file, region] = source.split('#');
  const code = region === undefined ? readFileSync(file, 'utf8').trim() : regionOf(file, region);
  return code.replaceAll("from 'openai7'", "from 'openai'").replaceAll(/\bMODEL\b/g, `'${model}'`);
}

for (const page of pages) {
  const written = readFileSync(page, 'utf8');
  const synced = written.replaceAll(
    /^<!-- ((?:output of )?[\w./-]+\.\w+(?:#[\w-]+)?) -->\n```(\w+)\n(?:[^]*?\n)??```$/gm,
    (_, source, language) => `<!-- ${source} -->\n\`\`\`${language}\n${sourceOf(source)}\n\`\`\``,
  );
  const stray = [...written.matchAll(/^(.*)\n```(?:ts|js|yaml)$/gm)].some(
    ([, before]) => !/^<!-- [\w./-]+\.\w+(#[\w-]+)? -->$/.test(before),
  );
  if (!isCheck) writeFileSync(page, synced);
  else if (synced !== written || stray) {
    console.error(
      stray ? `${page} has code that no file backs.` : `${page} differs from its files: run npm run readme`,
    );
    process.exitCode = 1;
  }
}
