import { Readable } from 'node:stream';
import { AgentsClient, type AgentsClientOptionalParams } from '@azure/ai-agents';
import { createHttpHeaders, RestError, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';

const ENDPOINT = 'https://example.services.ai.azure.com/api/projects/tests';

/** The real client of Azure Foundry Agents. The transport leads to a fake of OpenAI's API. */
export function agentsClient(options: AgentsClientOptionalParams): AgentsClient {
  const getToken = async () => ({ token: 'test', expiresOnTimestamp: Date.now() + 3_600_000 });
  return new AgentsClient(ENDPOINT, { getToken }, options);
}

/** Translates a request to OpenAI's: Azure has another base URL, a version, and no header for a beta. */
export function toOpenAI(request: PipelineRequest, baseURL: string): void {
  const url = new URL(request.url.replace(ENDPOINT, baseURL));
  url.searchParams.delete('api-version');
  request.url = url.href;
  request.headers.set('openai-beta', 'assistants=v2');
}

/** The client over `fetch`, with the errors of the SDK's own transport. */
export function azureClient({ baseURL, fetch }: { baseURL: string; fetch: typeof globalThis.fetch }): AgentsClient {
  const sendRequest = async (request: PipelineRequest): Promise<PipelineResponse> => {
    toOpenAI(request, baseURL);
    const { url, method, streamResponseStatusCodes: streams } = request;
    const signal = request.abortSignal as AbortSignal | undefined;
    const headers = request.headers.toJSON();
    const broken = (code: string) => (error: unknown) => {
      throw signal?.aborted ? error : new RestError((error as Error).message, { code, request });
    };
    const body = (request.body ?? null) as string | null;
    const reply = await fetch(url, { method, headers, body, ...(signal ? { signal } : {}) }).catch(
      broken('ECONNRESET'),
    );
    const response = { request, status: reply.status, headers: createHttpHeaders(Object.fromEntries(reply.headers)) };
    if (streams && reply.body) {
      const readableStreamBody = Readable.fromWeb(reply.body as never, signal ? { signal } : {});
      // A request that is aborted now has no reader.
      readableStreamBody.on('error', () => undefined);
      return { ...response, readableStreamBody };
    }
    return { ...response, bodyAsText: await reply.text().catch(broken(RestError.PARSE_ERROR)) };
  };
  return agentsClient({ httpClient: { sendRequest } });
}
