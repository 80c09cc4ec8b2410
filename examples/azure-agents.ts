/** Azure Foundry Agents (classic), with Azure's own client. */
import assert from 'node:assert/strict';
import { AgentsClient as RealClient } from '@azure/ai-agents';
import { createHttpHeaders, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { callTools, say } from 'interven-openai-assistants/testing';
import { offline } from './offline.ts';

const endpoint = 'https://example.services.ai.azure.com/api/projects/example';
const {
  openai,
  threadId,
  assistantId: agentId,
  posted,
  slack,
} = offline([
  callTools({ name: 'post_message', arguments: { channel: '#ops', text: 'The backups are tidy.' } }),
  say('I told #ops.'),
]);

/** Sends the client's requests to the fake. */
async function sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
  const url = request.url.replace(endpoint, openai.baseURL).replace(/\?.*/, '');
  const headers = { ...request.headers.toJSON(), 'openai-beta': 'assistants=v2' };
  const reply = await openai.fetch(url, { method: request.method, headers, body: (request.body ?? null) as null });
  const bodyAsText = await reply.text();
  return { request, status: reply.status, headers: createHttpHeaders(Object.fromEntries(reply.headers)), bodyAsText };
}

class AgentsClient extends RealClient {
  constructor(address: string, credential: DefaultAzureCredential) {
    super(address, credential, { httpClient: { sendRequest } });
  }
}

class DefaultAzureCredential {
  async getToken(): Promise<{ token: string; expiresOnTimestamp: number }> {
    return Promise.resolve({ token: 'offline', expiresOnTimestamp: Date.now() + 3_600_000 });
  }
}

// #region azure-agents
import { azureAgents, GuardedRunner, IntervenGateway, tool } from 'interven-openai-assistants';

const client = new AgentsClient(endpoint, new DefaultAzureCredential()); // of @azure/ai-agents and @azure/identity
const runner = new GuardedRunner({
  client: azureAgents(client),
  gateway: new IntervenGateway(),
  tools: {
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text }) => slack.post(channel, text),
    }),
  },
});

const { status, text, run } = await runner.run(threadId, agentId, { params: { additionalInstructions: 'Be brief.' } });
// #endregion

assert.deepEqual([status, text, run.threadId], ['completed', 'I told #ops.', threadId]);
assert.deepEqual(posted, [{ channel: '#ops', text: 'The backups are tidy.' }]);
openai.assertDone();
