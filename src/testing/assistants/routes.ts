import { notFound, raise } from '../api-fault.ts';
import { page, route, type Json, type Route } from '../wire.ts';
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
  const lookAt = async (ids: { readonly thread: string; readonly run: string }): Promise<Json> => {
    const run = api.run(ids.thread, ids.run);
    await run.catchUp();
    return run.toJSON();
  };

  return [
    route('assistants.create', 'POST /assistants', ({ body }) => api.createAssistant(body), 'createAssistant'),
    route('assistants.list', 'GET /assistants', ({ query }) => page(api.assistants, query)),
    route('assistants.retrieve', 'GET /assistants/:assistant', ({ ids }) => api.assistant(ids.assistant)),
    route('threads.create', 'POST /threads', ({ body }) => api.createThread(body), 'createThread'),
    route(
      'runs.create',
      'POST /threads/runs',
      async ({ body: { thread = {}, ...body }, request }) => {
        const created = api.createThread(thread as Json);
        return api.createRun(String(created['id']), body, request, created);
      },
      'createThreadAndRun',
    ),
    route('threads.retrieve', 'GET /threads/:thread', ({ ids }) => api.threadJson(ids.thread)),
    route('threads.delete', 'DELETE /threads/:thread', ({ ids }) => api.deleteThread(ids.thread)),
    route(
      'messages.create',
      'POST /threads/:thread/messages',
      async ({ ids, body }) => api.createMessage(ids.thread, body),
      'createMessage',
    ),
    route('messages.list', 'GET /threads/:thread/messages', ({ ids, query }) => {
      const { run_id: runId } = query;
      const { messages } = api.thread(ids.thread);
      return page(
        messages.filter((message) => runId === undefined || message['run_id'] === runId),
        query,
      );
    }),
    route('messages.retrieve', 'GET /threads/:thread/messages/:message', ({ ids }) =>
      api.message(ids.thread, ids.message),
    ),
    route(
      'runs.create',
      'POST /threads/:thread/runs',
      async ({ ids, body, request }) => api.createRun(ids.thread, body, request),
      'createRun',
    ),
    route('runs.list', 'GET /threads/:thread/runs', async ({ ids, query }) =>
      page(await api.runsJson(ids.thread), query),
    ),
    route('runs.retrieve', 'GET /threads/:thread/runs/:run', async ({ ids }) => lookAt(ids)),
    route(
      'runs.update',
      'POST /threads/:thread/runs/:run',
      async ({ ids, body }) => {
        api.run(ids.thread, ids.run).setMetadata(body['metadata']);
        return lookAt(ids);
      },
      'modifyRun',
    ),
    route('runs.cancel', 'POST /threads/:thread/runs/:run/cancel', async ({ ids }) => {
      await lookAt(ids);
      const run = api.run(ids.thread, ids.run);
      run.cancel();
      return run.toJSON();
    }),
    route(
      'runs.submitToolOutputs',
      'POST /threads/:thread/runs/:run/submit_tool_outputs',
      async ({ ids, body, request }) => {
        await lookAt(ids);
        const { tool_outputs: outputs, tool_approvals: approvals, stream } = body;
        const listener = stream === true ? request : undefined;
        return api.run(ids.thread, ids.run).submit((outputs ?? []) as Json[], (approvals ?? []) as Json[], listener);
      },
      'submitToolOuputsToRun',
    ),
    route('steps.list', 'GET /threads/:thread/runs/:run/steps', ({ ids, query }) =>
      page(api.run(ids.thread, ids.run).stepsJson(), query),
    ),
    route('steps.retrieve', 'GET /threads/:thread/runs/:run/steps/:step', ({ ids }) => {
      const steps = api.run(ids.thread, ids.run).stepsJson();
      return steps.find(({ id }) => id === ids.step) ?? raise(notFound('run step', ids.step));
    }),
  ];
}
