/** The worker of the Agents server: the package's code, except for its runtime, which the test process plays. */
import { fromPromiseDriver, type RuntimeBatch } from 'cf-open-agents-api';
import { CatalogObject, createAgentService, type AgentBindings } from 'cf-open-agents-api/cloudflare';

interface Bindings extends AgentBindings {
  readonly RUNTIME: { readonly fetch: typeof fetch };
}

const name = 'scripted';
const revision = '1';

const service = createAgentService<Bindings>({
  agents: { [name]: { harness: name, model: name } },
  harnesses: ({ RUNTIME }) => {
    const ask = async (method: string, ...args: unknown[]): Promise<unknown> => {
      const response = await RUNTIME.fetch(`http://runtime/${method}`, { method: 'POST', body: JSON.stringify(args) });
      return response.json();
    };
    const driver = fromPromiseDriver({
      name,
      revision,
      capabilities: { steer: true, functions: true, sandbox: false, subagents: true, usage: true },
      start: async ({ turnId, input }) => void (await ask('start', turnId, input)),
      poll: async ({ turnId }, after) => (await ask('poll', turnId, after)) as RuntimeBatch,
      control: async ({ turnId }, operationId, command) => void (await ask('control', turnId, operationId, command)),
      checkpoint: async ({ turnId }) => ({ version: 1, driver: name, revision, native: turnId }),
      stop: async ({ turnId }) => void (await ask('stop', turnId)),
    });
    return { [name]: driver };
  },
  authenticate: async () => 'tenant',
  pollIntervalMs: 20,
});

export class Sessions extends service.SessionDO {}
export class Catalog extends CatalogObject {}
export default class extends service.AgentWorker {}
