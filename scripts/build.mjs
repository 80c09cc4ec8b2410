/**
 * Builds `dist`: JavaScript without comments, and the declarations that the package's exports reach. `npm run check:types`
 * checks the types; this only emits.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { transformSync } from 'esbuild';

const tsc = (...flags) =>
  execFileSync('node', ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck', ...flags], {
    stdio: 'inherit',
  });

rmSync('dist', { recursive: true, force: true });
tsc('--removeComments', '--declaration', 'false');
// TypeScript indents by four spaces, and has no option for less: a tenth of the package.
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
  const path = join('dist', file);
  // Debuggers seldom step through data or the command line.
  const minifyWhitespace = /^cli\/|\/(?:data|services|rules)\//.test(file.replaceAll('\\', '/'));
  const { code } = transformSync(readFileSync(path, 'utf8'), { target: 'es2023', charset: 'utf8', minifyWhitespace });
  // The columns of these two tables are for readers of their source: `linesOf` splits them at blanks of any length.
  writeFileSync(
    path,
    code.replace(/\b(?:operations|synonyms):`[^`]*`/g, (table) => table.replace(/ {2,}/g, ' ')),
  );
}
tsc('--emitDeclarationOnly');

// The approvals page has plain JavaScript and CSS, which browsers load without the comments.
mkdirSync('dist/server/page', { recursive: true });
for (const file of readdirSync('src/server/page').filter((name) => /\.(?:css|js)$/.test(name))) {
  const text = readFileSync(join('src/server/page', file), 'utf8');
  const { code } = transformSync(text, {
    loader: extname(file).slice(1),
    target: 'es2023',
    minifyWhitespace: true,
    charset: 'utf8',
  });
  writeFileSync(join('dist/server/page', file), code);
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const reached = new Set();
for (const { types } of Object.values(exports)) if (types) reach(join(types));
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const declaration = join('dist', file);
  if (declaration.endsWith('.d.ts') && !reached.has(declaration)) rmSync(declaration);
}

function reach(declaration) {
  if (reached.has(declaration)) return;
  reached.add(declaration);
  for (const imported of importsOf(declaration)) reach(imported);
}

function importsOf(declaration) {
  const imports = readFileSync(declaration, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g);
  return [...imports].map(([, from]) => join(dirname(declaration), `${from}.d.ts`));
}
