import { verifyChain, type ChainReport } from '../embedded/audit/verify-chain.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { verifyAuditLog } from '../postgres/audit-store.ts';
import { command, CommandError, type Command, type Io } from './command.ts';
import { databaseError, DATABASE_ENVIRONMENT, SCHEMA_OPTION, withDatabase } from './database.ts';
import { oneLine } from './format.ts';

export const logVerify: Command = command({
  name: 'verify',
  summary: 'Find changed, missing and reordered lines in an audit log of the gateway',
  description:
    'Each line carries its number and the SHA-256 of the line before it. Pass all files of a log, oldest first, or --postgres. ' +
    'It prints the hash of the last line: keep it where the gateway cannot write, and pass it as --anchor later. ' +
    'Without a kept hash, a log does not show that lines were cut off its end, or that all of it was written anew.',
  operands: '[FILE…]',
  options: {
    postgres: {
      type: 'boolean',
      description:
        'instead of files: the log in the database of DATABASE_URL; the number of a line is then the id of its row',
    },
    ...SCHEMA_OPTION,
    anchor: { type: 'string', value: 'HASH', description: 'the hash of a line that an earlier log verify printed' },
  },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    ['interven-openai-assistants log verify decisions.1.jsonl decisions.jsonl', 'check two files, oldest first'],
    ['interven-openai-assistants log verify --postgres', 'check the log of all replicas'],
  ],
  async run({ values: { anchor, postgres, schema }, operands, json }, io) {
    if (anchor !== undefined && !/^[\da-f]{64}$/.test(anchor)) {
      throw new CommandError(2, `--anchor is "${oneLine(anchor)}"; it must be 64 hexadecimal digits in lower case.`);
    }
    if (postgres === operands.length > 0) throw new CommandError(2, 'Pass the files of a log, or --postgres.');
    if (schema !== undefined && !postgres) throw new CommandError(2, '--schema requires --postgres.');
    const report = await (postgres ? verifyDatabase(io, schema, anchor) : verifyChain(operands, anchor));
    const isAnchored = anchor === undefined || report.anchor !== undefined;
    const ok = report.problemCount === 0 && isAnchored && report.lines > 0;
    io.write(json ? `${JSON.stringify({ ok, ...report })}\n` : reportText(report, isAnchored));
    return ok ? 0 : 1;
  },
});

async function verifyDatabase(io: Io, schema: string | undefined, anchor: string | undefined): Promise<ChainReport> {
  return withDatabase(io, async (client) =>
    verifyAuditLog(client, omitUndefined({ schema }), anchor).catch((cause: unknown) => {
      throw databaseError(cause);
    }),
  );
}

function reportText({ lines, problems, problemCount, notes, last, anchor }: ChainReport, isAnchored: boolean): string {
  const wrong = problems.map(({ file, line, message }) => `wrong ${file}:${line}: this line ${message}.`);
  const more = problemCount - problems.length;
  const found = problemCount === 1 ? '1 problem' : `${problemCount} problems`;
  return [
    ...wrong,
    ...(more > 0 ? [`wrong … and ${more} more.`] : []),
    ...(isAnchored ? [] : ['wrong No line has the hash of --anchor: lines were cut off, or changed up to it.']),
    ...(lines === 0 ? ['wrong There are no lines.'] : []),
    ...notes.map((note) => `note  ${note}`),
    ...(anchor ? [`note  ${anchor.file}:${anchor.line} has the hash of --anchor.`] : []),
    `${lines === 1 ? '1 line' : `${lines} lines`}, ${problemCount === 0 ? 'each as the next one found it' : found}.`,
    ...(last ? [`The last line is number ${last.seq}. Keep its hash elsewhere: ${last.hash}`] : []),
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join('');
}
