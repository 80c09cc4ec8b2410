/**
 * Copies regions of files into the README and the pages of docs, where a comment such as
 * `<!-- examples/first-run.ts#first-run -->` stands before a code block. With --check it changes nothing and fails when a
 * block differs or has no such comment.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter((page) => page.endsWith('.md'))
    .map((page) => `docs/${page}`),
];
const isCheck = process.argv.includes('--check');

for (const page of pages) {
  const written = readFileSync(page, 'utf8');
  const synced = written.replaceAll(
    /<!-- (\S+)#(\S+) -->\n```(\w+)\n(?:[^]*?\n)??```$/gm,
    (_, file, region, language) => {
      const found = new RegExp(`^( *)(?://|#) #region ${region}\n([^]*?)\n *(?://|#) #endregion$`, 'm').exec(
        readFileSync(file, 'utf8'),
      );
      if (!found) throw new Error(`${file} has no region ${region}.`);
      const [, indent, code] = found;
      return `<!-- ${file}#${region} -->\n\`\`\`${language}\n${code.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim()}\n\`\`\``;
    },
  );
  const stray = [...written.matchAll(/^(.*)\n```(?:ts|js|yaml)$/gm)].some(
    ([, before]) => !/^<!-- \S+#\S+ -->$/.test(before),
  );
  if (!isCheck) writeFileSync(page, synced);
  else if (synced !== written || stray) {
    console.error(stray ? `${page} has code that no file backs.` : `${page} differs from its files: npm run readme`);
    process.exitCode = 1;
  }
}
