import { appendFileSync } from 'node:fs';
import OpenAI from 'openai7';
import { Pool } from 'pg';
import { fileJournal, GuardedRunner, type Decision, type Gateway } from 'interven-openai-assistants';
import { postgresJournal } from 'interven-openai-assistants/postgres';

const facts = { reasonCodes: [], classifications: [] };
const DECISIONS: Readonly<Record<string, Decision>> = {
  look: { ...facts, decision: 'ALLOW' },
  stay: { ...facts, decision: 'ALLOW' },
  leak: { ...facts, decision: 'DENY', reasonCodes: ['secrets'] },
  remove: {
    ...facts,
    decision: 'REQUIRE_APPROVAL',
    approvalId: 'approval-1',
    reasonCodes: ['deletes'],
    traceId: 'trace-1',
  },
};

/** A gateway whose approvals outlive its processes. `RUNS_APPROVED` names the approver. */
const gateway: Gateway = {
  scan: async ({ functionName }) => DECISIONS[functionName] ?? { ...facts, decision: 'DENY' },
  async approvalStatus() {
    const { RUNS_APPROVED: decidedBy = '' } = process.env;
    return decidedBy === '' ? { status: 'pending' } : { status: 'approved', decidedBy, decidedAt: new Date() };
  },
};

function poolOf(connectionString: string): Pool {
  // The database ends before its connections do.
  return new Pool({ connectionString, max: 1 }).on('error', () => undefined);
}

/**
 * A user's module for `--runner`. Environment: `RUNS_API` is the URL of the API, `RUNS_JOURNAL` the journal directory,
 * or `RUNS_DATABASE` the URL of a database, and `RUNS_EFFECTS` the file to which each handler appends a line.
 */
export function runner(): GuardedRunner {
  const { RUNS_API: baseURL = '', RUNS_JOURNAL: directory = '', RUNS_EFFECTS: effects = '' } = process.env;
  const effect = (name: string): string => {
    appendFileSync(effects, `${name}\n`);
    return `${name}: done`;
  };
  const { RUNS_DATABASE: connectionString } = process.env;
  const journal = connectionString === undefined ? fileJournal(directory) : postgresJournal(poolOf(connectionString));
  const made = new GuardedRunner({
    client: new OpenAI({ apiKey: 'test', baseURL }),
    gateway,
    journal,
    approval: 'park',
    pollIntervalMs: 5,
    tools: {
      look: () => effect('look'),
      leak: () => effect('leak'),
      remove: () => effect('remove'),
      stay: async () => {
        effect('stay');
        await new Promise(() => setInterval(() => undefined, 1_000));
      },
    },
  });
  return 'journal' in made ? made : Object.defineProperty(made, 'journal', { value: journal });
}
