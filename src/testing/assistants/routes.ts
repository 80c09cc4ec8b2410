import { page, type Json, type Route } from '../wire.ts';
import type { FakeAssistants } from './fake-assistants.ts';

export type AssistantsOperation =
  | 'assistants.create'
  | 'threads.create'
  | 'threads.retrieve'
  | 'messages.create'
  | 'messages.list'
  | 'runs.create'
  | 'runs.list'
  | 'runs.retrieve'
  | 'runs.cancel'
  | 'runs.submitToolOutputs'
  | 'steps.list';

export function assistantsRoutes(api: FakeAssistants): Route<AssistantsOperation>[] {
  const lookAt = async (thread: string, id: string): Promise<Json> => {
    const run = api.run(thread, id);
    await run.catchUp();
    return run.toJSON();
  };

  return [
    {
      operation: 'assistants.create',
      method: 'POST',
      path: '/assistants',
      serve: (_, body) => api.createAssistant(body),
    },
    { operation: 'threads.create', method: 'POST', path: '/threads', serve: (_, body) => api.createThread(body) },
    {
      operation: 'runs.create',
      method: 'POST',
      path: '/threads/runs',
      serve: async (_, { thread = {}, ...body }, __, request) => {
        const created = api.createThread(thread as Json);
        return api.createRun(String(created['id']), body, request, created);
      },
    },
    {
      operation: 'threads.retrieve',
      method: 'GET',
      path: '/threads/:thread',
      serve: ({ thread = '' }) => api.threadJson(thread),
    },
    {
      operation: 'messages.create',
      method: 'POST',
      path: '/threads/:thread/messages',
      serve: async ({ thread = '' }, body) => api.createMessage(thread, body),
    },
    {
      operation: 'messages.list',
      method: 'GET',
      path: '/threads/:thread/messages',
      serve: ({ thread = '' }, _, query) => {
        const { run_id: runId } = query;
        const { messages } = api.thread(thread);
        return page(
          messages.filter((message) => runId === undefined || message['run_id'] === runId),
          query,
        );
      },
    },
    {
      operation: 'runs.create',
      method: 'POST',
      path: '/threads/:thread/runs',
      serve: async ({ thread = '' }, body, _, request) => api.createRun(thread, body, request),
    },
    {
      operation: 'runs.list',
      method: 'GET',
      path: '/threads/:thread/runs',
      serve: async ({ thread = '' }, _, query) => page(await api.runsJson(thread), query),
    },
    {
      operation: 'runs.retrieve',
      method: 'GET',
      path: '/threads/:thread/runs/:run',
      serve: async ({ thread = '', run = '' }) => lookAt(thread, run),
    },
    {
      operation: 'runs.cancel',
      method: 'POST',
      path: '/threads/:thread/runs/:run/cancel',
      serve: async ({ thread = '', run = '' }) => {
        await lookAt(thread, run);
        api.run(thread, run).cancel();
        return api.run(thread, run).toJSON();
      },
    },
    {
      operation: 'runs.submitToolOutputs',
      method: 'POST',
      path: '/threads/:thread/runs/:run/submit_tool_outputs',
      serve: async ({ thread = '', run = '' }, body, _, request) => {
        await lookAt(thread, run);
        const { tool_outputs: outputs, tool_approvals: approvals, stream } = body;
        const listener = stream === true ? request : undefined;
        return api.run(thread, run).submit((outputs ?? []) as Json[], (approvals ?? []) as Json[], listener);
      },
    },
    {
      operation: 'steps.list',
      method: 'GET',
      path: '/threads/:thread/runs/:run/steps',
      serve: ({ thread = '', run = '' }, _, query) => page(api.stepsJson(thread, run), query),
    },
  ];
}
