/**
 * Writes the public API of each subpath export to `etc/NAME.api.md`, from the declarations in `dist`. With --check it
 * writes nothing and fails where a report differs: a change of the public API is a decision, and belongs in the CHANGELOG.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const isCheck = process.argv.includes('--check');
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const temporary = resolve('dist/api');
mkdirSync(temporary, { recursive: true });
mkdirSync('etc', { recursive: true });

for (const [subpath, { types }] of Object.entries(exports)) {
  if (!types) continue;
  const name = subpath === '.' ? 'index' : subpath.slice(2);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(types),
      compiler: { tsconfigFilePath: resolve('tsconfig.build.json') },
      apiReport: {
        enabled: true,
        // Types without a name of their own for users are a part of those that have one: the events of a run, for example.
        includeForgottenExports: true,
        reportFileName: name,
        reportFolder: resolve('etc'),
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
  });
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    localBuild: !isCheck,
    showVerboseMessages: false,
    messageCallback(message) {
      message.handled = message.logLevel !== 'error';
    },
  });
  if (errorCount > 0 || (isCheck && apiReportChanged)) {
    console.error(`The public API of "${subpath}" differs from ${join('etc', `${name}.api.md`)}: npm run api`);
    process.exitCode = 1;
  }
}
rmSync(temporary, { recursive: true, force: true });
