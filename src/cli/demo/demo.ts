import type OpenAI from 'openai';
import { command, CommandError, type Command } from '../command.ts';
import { oneLine } from '../format.ts';
import { nearest } from '../../internal/nearest.ts';

const APIS = ['assistants', 'responses', 'agents'] as const;

export const demo: Command = command({
  name: 'demo',
  summary: 'Watch a guarded run that meets all four decisions; offline, without an account',
  description:
    'A fake OpenAI API and an embedded gateway, with its approvals page, run in this process. ' +
    'With a model, or a thread and an assistant, it is a run on the API of OPENAI_API_KEY.',
  options: {
    api: { type: 'string', value: 'API', description: `${APIS.join(', ')} (default: assistants)` },
    interactive: { type: 'boolean', description: 'you approve, on the page whose address is printed' },
    model: { type: 'string', value: 'MODEL', description: 'a real run with --api responses or agents' },
    thread: { type: 'string', value: 'ID', description: 'a real run of the Assistants API, with --assistant' },
    assistant: { type: 'string', value: 'ID', description: 'the assistant for --thread' },
  },
  environment: {
    OPENAI_API_KEY: 'the API key for a real run; OPENAI_BASE_URL is its API, if it is not OpenAI’s',
    INTERVEN_API_KEY: 'makes the hosted gateway decide',
    NO_COLOR: 'no colours',
  },
  examples: [
    ['interven-openai-assistants demo', 'a guarded run, offline'],
    ['interven-openai-assistants demo --interactive', 'the same; you approve'],
  ],
  async run({ values: { api = 'assistants', ...values }, json }, io) {
    const known = APIS.find((name) => name === api);
    if (!known) {
      const meant = nearest(api, APIS);
      const remedy = meant === undefined ? `Choose one of ${APIS.join(', ')}.` : `Did you mean "${meant}"?`;
      throw new CommandError(2, `--api is "${oneLine(api)}". ${remedy}`);
    }
    const client = await loadOpenAI();
    // The fake API is large, and other commands do not need it.
    const { runDemo } = await import('./run-demo.ts');
    return runDemo({ ...values, api: known, json }, io, client);
  },
});

async function loadOpenAI(): Promise<typeof OpenAI> {
  try {
    return (await import('openai')).default;
  } catch (cause) {
    throw new CommandError(3, 'The demo needs the package "openai". Run: npm install openai zod', { cause });
  }
}
