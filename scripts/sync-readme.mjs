/**
 * Copies regions of files into the README, where a comment such as `<!-- examples/first-run.ts#first-run -->` stands
 * before a code block. With --check it changes nothing and fails when a block differs or has no such comment.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const readme = readFileSync('README.md', 'utf8');
const stray = [...readme.matchAll(/^(.*)\n```(?:ts|js)$/gm)].filter(([, before]) => !/^<!-- \S+#\S+ -->$/.test(before));
const synced = readme.replaceAll(/<!-- (\S+)#(\S+) -->\n```(\w+)\n(?:[^]*?\n)??```$/gm, (_, file, region, language) => {
  const found = new RegExp(`^// #region ${region}\n([^]*?)\n// #endregion$`, 'm').exec(readFileSync(file, 'utf8'));
  if (!found) throw new Error(`${file} has no region ${region}.`);
  return `<!-- ${file}#${region} -->\n\`\`\`${language}\n${found[1].trim()}\n\`\`\``;
});

if (!process.argv.includes('--check')) writeFileSync('README.md', synced);
else if (synced !== readme || stray.length > 0) {
  console.error(synced === readme ? 'The README has code that no file backs.' : 'Run: npm run readme');
  process.exitCode = 1;
}
