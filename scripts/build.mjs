/**
 * Builds `dist`: JavaScript without comments, and the declarations that the package's exports reach. `npm run check:types`
 * checks the types; this only emits.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { transformSync } from 'esbuild';

const tsc = (...flags) =>
  execFileSync('node', ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck', ...flags], {
    stdio: 'inherit',
  });

rmSync('dist', { recursive: true, force: true });
tsc('--removeComments', '--declaration', 'false', '--declarationMap', 'false');
// TypeScript indents by four spaces, and has no option for less: a tenth of the package.
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
  const path = join('dist', file);
  writeFileSync(path, transformSync(readFileSync(path, 'utf8'), { target: 'es2023' }).code);
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
const entries = Object.values(exports).flatMap(({ types }) => (types ? [join(types)] : []));
for (const entry of entries) reach(entry);
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const declaration = join('dist', file.replace(/\.map$/, ''));
  if (declaration.endsWith('.d.ts') && !reached.has(declaration)) rmSync(join('dist', file));
}

// "Go to definition" leads to the source of functions and classes, which is shipped for that. A type's declaration says
// as much as its source.
const exported = new Set(entries.flatMap((entry) => importsOf(entry, /export \{[^}]*\} from ['"](\.[^'"]+)\.ts['"]/g)));
for (const declaration of reached) {
  const mapFile = `${declaration}.map`;
  if (exported.has(declaration)) {
    const map = JSON.parse(readFileSync(mapFile, 'utf8'));
    const source = join(dirname(declaration), map.sources[0]);
    const shipped = join('dist', source);
    cpSync(source, shipped);
    writeFileSync(mapFile, JSON.stringify({ ...map, sources: [relative(dirname(declaration), shipped)] }));
  } else {
    rmSync(mapFile);
    writeFileSync(declaration, readFileSync(declaration, 'utf8').replace(/\/\/# sourceMappingURL=\S+\s*$/, ''));
  }
}

function reach(declaration) {
  if (reached.has(declaration)) return;
  reached.add(declaration);
  for (const imported of importsOf(declaration)) reach(imported);
}

function importsOf(declaration, pattern = /(?:from |import\()['"](\.[^'"]+)\.ts['"]/g) {
  return [...readFileSync(declaration, 'utf8').matchAll(pattern)].map(([, from]) =>
    join(dirname(declaration), `${from}.d.ts`),
  );
}
