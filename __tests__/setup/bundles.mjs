/**
 * Makes one small file of each large library, with all of its code. Jest reads, compiles and links every module anew for
 * every test file, and these libraries have 700 modules. A subpath (`zod/mini`) stays a library of its own.
 */
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LIBRARIES = ['openai', 'openai5', 'openai7', 'zod', 'hono'];

export default async function bundle() {
  const { outputFiles } = await build({
    entryPoints: LIBRARIES,
    outdir: 'node_modules/.cache/bundled',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minifyWhitespace: true,
    format: 'esm',
    platform: 'node',
    external: [...LIBRARIES.flatMap((name) => [name, `${name}/*`]), 'ws'],
    logLevel: 'error',
    write: false,
  });
  for (const { path, text } of outputFiles) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    // Another Jest may be reading the file.
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  }
}
