/**
 * Writes the public API of each subpath export to `etc/NAME.api.md`, from the declarations in `dist`. With --check it
 * writes nothing and fails where a report differs: a change of the public API is a decision, and belongs in the CHANGELOG.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const isCheck = process.argv.includes('--check');
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const temporary = resolve('dist/api');
mkdirSync(temporary, { recursive: true });
mkdirSync('etc', { recursive: true });

const reports = Object.entries(exports)
  .filter(([, { types }]) => types)
  .map(([subpath, { types }]) => ({ subpath, config: configOf(subpath === '.' ? 'index' : subpath.slice(2), types) }));
// One program for all of them.
const [first, ...others] = reports.map(({ config }) => config);
const compilerState = CompilerState.create(first, {
  additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
});
for (const { subpath, config } of reports) {
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    compilerState,
    localBuild: !isCheck,
    showVerboseMessages: false,
    messageCallback(message) {
      message.handled = message.logLevel !== 'error';
    },
  });
  if (errorCount > 0 || (isCheck && apiReportChanged)) {
    console.error(`The public API of "${subpath}" differs from ${relative('.', config.reportFilePath)}: npm run api`);
    process.exitCode = 1;
  }
}
rmSync(temporary, { recursive: true, force: true });

function configOf(name, types) {
  return ExtractorConfig.prepare({
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
}
