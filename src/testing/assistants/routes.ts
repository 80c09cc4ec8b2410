import { notFound } from '../api-fault.ts';
import { page, type Json, type Route } from '../wire.ts';
import type { FakeAssistants } from './fake-assistants.ts';

export type AssistantsOperation =
  | 'assistants.create'
  | 'assistants.retrieve'
  | 'assistants.list'
  | 'threads.create'
  | 'threads.retrieve'
  | 'threads.delete'
  | 'messages.create'
  | 'messages.retrieve'
  | 'messages.list'
  | 'runs.create'
  | 'runs.list'
  | 'runs.retrieve'
  | 'runs.update'
  | 'runs.cancel'
  | 'runs.submitToolOutputs'
  | 'steps.retrieve'
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
      rule: 'createAssistant',
      serve: (_, body) => api.createAssistant(body),
    },
    {
      operation: 'assistants.list',
      method: 'GET',
      path: '/assistants',
      serve: (_, __, query) => page(api.assistants, query),
    },
    {
      operation: 'assistants.retrieve',
      method: 'GET',
      path: '/assistants/:assistant',
      serve: ({ assistant = '' }) => api.assistant(assistant),
    },
    {
      operation: 'threads.create',
      method: 'POST',
      path: '/threads',
      rule: 'createThread',
      serve: (_, body) => api.createThread(body),
    },
    {
      operation: 'runs.create',
      method: 'POST',
      path: '/threads/runs',
      rule: 'createThreadAndRun',
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
      operation: 'threads.delete',
      method: 'DELETE',
      path: '/threads/:thread',
      serve: ({ thread = '' }) => api.deleteThread(thread),
    },
    {
      operation: 'messages.create',
      method: 'POST',
      path: '/threads/:thread/messages',
      rule: 'createMessage',
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
      operation: 'messages.retrieve',
      method: 'GET',
      path: '/threads/:thread/messages/:message',
      serve: ({ thread = '', message = '' }) => api.message(thread, message),
    },
    {
      operation: 'runs.create',
      method: 'POST',
      path: '/threads/:thread/runs',
      rule: 'createRun',
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
      operation: 'runs.update',
      method: 'POST',
      path: '/threads/:thread/runs/:run',
      rule: 'modifyRun',
      serve: async ({ thread = '', run = '' }, { metadata }) => {
        api.run(thread, run).setMetadata(metadata);
        return lookAt(thread, run);
      },
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
      rule: 'submitToolOuputsToRun',
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
      serve: ({ thread = '', run = '' }, _, query) => page(api.run(thread, run).stepsJson(), query),
    },
    {
      operation: 'steps.retrieve',
      method: 'GET',
      path: '/threads/:thread/runs/:run/steps/:step',
      serve: ({ thread = '', run = '', step = '' }) => {
        const found = api
          .run(thread, run)
          .stepsJson()
          .find(({ id }) => id === step);
        if (!found) throw notFound('run step', step);
        return found;
      },
    },
  ];
}
