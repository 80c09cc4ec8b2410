import { MODEL } from '../../setup/model.ts';

/**
 * A request that the API takes. `$thread`, `$assistant`, `$run`, `$conversation`, `$response` and `$session` mean what a
 * fresh {@link requestWorld} has; its run waits for the outputs of `call_a` and `call_b`.
 */
export interface ValidRequest {
  /** The name of its rule, which for OpenAI's document is the `operationId`. */
  readonly rule: string;
  readonly title: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const SCHEMA = { type: 'object', properties: { x: { type: 'number' } }, required: ['x'], additionalProperties: false };
const FUNCTION = { name: 'add', description: 'Adds.', parameters: SCHEMA };
const STRICT = { type: 'function', ...FUNCTION, strict: true };
const JSON_SCHEMA = { type: 'json_schema', name: 'sum', schema: SCHEMA, strict: true };
const METADATA = { tag: 'x', other: 'y' };
const USER = { role: 'user', content: 'Hi' };
const PICTURE = 'data:image/png;base64,AAAA';

function create(title: string, body: object): ValidRequest {
  return { rule: 'createResponse', title, path: '/responses', body: { model: MODEL, input: 'Hi', ...body } };
}

function input(title: string, ...items: object[]): ValidRequest {
  return create(title, { input: items });
}

function tools(title: string, ...all: object[]): ValidRequest {
  return create(title, { tools: all });
}

const ASSISTANTS: readonly ValidRequest[] = [
  {
    rule: 'createAssistant',
    title: 'an assistant',
    path: '/assistants',
    body: {
      model: MODEL,
      name: 'Adder',
      description: 'Adds.',
      instructions: 'Add.',
      reasoning_effort: 'low',
      tools: [
        { type: 'function', function: { ...FUNCTION, strict: true } },
        { type: 'code_interpreter' },
        { type: 'file_search', file_search: { max_num_results: 5, ranking_options: { score_threshold: 0.5 } } },
      ],
      tool_resources: {
        code_interpreter: { file_ids: ['file_1'] },
        file_search: {
          vector_stores: [{ file_ids: ['file_1'], chunking_strategy: { type: 'auto' }, metadata: METADATA }],
        },
      },
      metadata: METADATA,
      temperature: 0.5,
      top_p: 0.5,
      response_format: 'auto',
    },
  },
  {
    rule: 'createAssistant',
    title: 'an assistant without most fields',
    path: '/assistants',
    body: { model: MODEL, name: null, metadata: null, temperature: null, response_format: { type: 'text' } },
  },
  {
    rule: 'createThread',
    title: 'a thread',
    path: '/threads',
    body: {
      messages: [
        { ...USER, metadata: METADATA, attachments: [{ file_id: 'file_1', tools: [{ type: 'file_search' }] }] },
        { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
      ],
      tool_resources: { file_search: { vector_store_ids: ['vs_1'] } },
      metadata: METADATA,
    },
  },
  {
    rule: 'createThreadAndRun',
    title: 'a thread with a run',
    path: '/threads/runs',
    body: {
      assistant_id: '$assistant',
      thread: { messages: [USER], metadata: METADATA },
      model: MODEL,
      instructions: 'Add.',
      tools: [{ type: 'function', function: FUNCTION }],
      tool_resources: { code_interpreter: { file_ids: [] } },
      metadata: METADATA,
      temperature: 1,
      top_p: 1,
      stream: false,
      max_prompt_tokens: 256,
      max_completion_tokens: 256,
      truncation_strategy: { type: 'auto' },
      tool_choice: 'auto',
      parallel_tool_calls: false,
      response_format: { type: 'json_object' },
    },
  },
  {
    rule: 'createMessage',
    title: 'a message',
    path: '/threads/$thread/messages',
    body: {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
        { type: 'image_file', image_file: { file_id: 'file_1', detail: 'auto' } },
      ],
      attachments: [{ file_id: 'file_1', tools: [{ type: 'code_interpreter' }] }],
      metadata: METADATA,
    },
  },
  {
    rule: 'createRun',
    title: 'a run',
    path: '/threads/$thread/runs',
    body: {
      assistant_id: '$assistant',
      model: MODEL,
      reasoning_effort: 'medium',
      instructions: 'Add.',
      additional_instructions: 'Please.',
      additional_messages: [USER],
      tools: [{ type: 'function', function: FUNCTION }],
      metadata: METADATA,
      temperature: 2,
      top_p: 0,
      max_prompt_tokens: 1000,
      max_completion_tokens: 1000,
      truncation_strategy: { type: 'last_messages', last_messages: 10 },
      tool_choice: { type: 'function', function: { name: 'add' } },
      parallel_tool_calls: true,
      response_format: { type: 'json_schema', json_schema: { name: 'sum', schema: SCHEMA, strict: true } },
    },
  },
  {
    rule: 'createRun',
    title: 'a run without most fields',
    path: '/threads/$thread/runs',
    body: { assistant_id: '$assistant', model: null, tools: null, metadata: null, truncation_strategy: null },
  },
  { rule: 'modifyRun', title: 'a change of a run', path: '/threads/$busy/runs/$run', body: { metadata: METADATA } },
  {
    rule: 'submitToolOuputsToRun',
    title: 'outputs',
    path: '/threads/$busy/runs/$run/submit_tool_outputs',
    body: {
      tool_outputs: [
        { tool_call_id: 'call_a', output: 'A' },
        { tool_call_id: 'call_b', output: 'B' },
      ],
      stream: false,
    },
  },
];

const CALL = { call_id: 'call_a', status: 'completed' };
const BLOCK = { prompt_cache_breakpoint: { mode: 'explicit' } };

const LOCAL_SHELL = [
  { ...CALL, id: 'lsh_1', type: 'local_shell_call', action: { type: 'exec', command: ['ls'], env: { A: 'b' } } },
  { id: 'call_a', type: 'local_shell_call_output', output: '{}' },
] as const;

const APPROVAL = [
  { id: 'mcpr_1', type: 'mcp_approval_request', server_label: 'docs', name: 'find', arguments: '{}' },
  { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true, reason: 'Fine.' },
] as const;

const ITEMS: readonly ValidRequest[] = [
  input(
    'messages of each role',
    USER,
    { role: 'system', content: 'Be kind.' },
    { role: 'developer', content: 'Add.' },
    {
      type: 'message',
      role: 'assistant',
      content: 'Hello',
      phase: 'commentary',
    },
  ),
  input('a message with parts', {
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [
      { type: 'input_text', text: 'Look', ...BLOCK },
      { type: 'input_image', image_url: PICTURE, detail: 'auto' },
      { type: 'input_image', file_id: 'file_1', detail: 'high' },
      { type: 'input_file', file_data: 'AAAA', filename: 'a.pdf' },
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
    ],
  }),
  input('a replayed message', USER, {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    phase: 'final_answer',
    content: [
      {
        type: 'output_text',
        text: 'Hello',
        annotations: [{ type: 'url_citation', url: 'https://example.com', start_index: 0, end_index: 5, title: 'A' }],
        logprobs: [{ token: 'H', logprob: -0.1, bytes: [72], top_logprobs: [] }],
      },
      { type: 'refusal', refusal: 'No.' },
    ],
  }),
  input(
    'reasoning, a call and its output',
    USER,
    { id: 'rs_1', type: 'reasoning', encrypted_content: 'x', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    { ...CALL, id: 'fc_1', type: 'function_call', name: 'add', arguments: '{"x":1}', namespace: 'sums' },
    { ...CALL, type: 'function_call_output', output: '2' },
  ),
  input(
    'an output of parts',
    { ...CALL, type: 'function_call', name: 'draw', arguments: '{}', caller: { type: 'program', caller_id: 'c' } },
    {
      call_id: 'call_a',
      type: 'function_call_output',
      caller: { type: 'direct' },
      output: [
        { type: 'input_text', text: 'A chart', ...BLOCK },
        { type: 'input_image', image_url: PICTURE, detail: 'low' },
        { type: 'input_file', file_id: 'file_1', detail: 'high' },
      ],
    },
  ),
  input(
    'a custom call and its output',
    { type: 'custom_tool_call', call_id: 'call_a', name: 'run', input: 'ls' },
    { type: 'custom_tool_call_output', call_id: 'call_a', output: [{ type: 'input_text', text: 'a.txt' }] },
  ),
  input(
    'a computer call and its output',
    {
      ...CALL,
      id: 'cu_1',
      type: 'computer_call',
      action: { type: 'click', button: 'left', x: 1, y: 2 },
      pending_safety_checks: [{ id: 'sc_1', code: 'x', message: 'y' }],
    },
    {
      call_id: 'call_a',
      type: 'computer_call_output',
      output: { type: 'computer_screenshot', image_url: PICTURE },
      acknowledged_safety_checks: [{ id: 'sc_1' }],
    },
  ),
  input(
    'computer actions',
    {
      ...CALL,
      id: 'cu_1',
      type: 'computer_call',
      pending_safety_checks: [],
      actions: [
        { type: 'move', x: 1, y: 1 },
        { type: 'double_click', x: 1, y: 1, keys: null },
        { type: 'drag', path: [{ x: 0, y: 0 }] },
        { type: 'keypress', keys: ['a'] },
        { type: 'scroll', x: 1, y: 1, scroll_x: 0, scroll_y: 5 },
        { type: 'type', text: 'a' },
        { type: 'wait' },
        { type: 'screenshot' },
      ],
    },
    { call_id: 'call_a', type: 'computer_call_output', output: { type: 'computer_screenshot', file_id: 'file_1' } },
  ),
  input('a local shell call and its output', LOCAL_SHELL[0], { ...CALL, ...LOCAL_SHELL[1] }),
  input(
    'a shell call and its output',
    {
      ...CALL,
      type: 'shell_call',
      action: { commands: ['ls'], timeout_ms: 1000, max_output_length: 100 },
      environment: { type: 'local' },
    },
    {
      call_id: 'call_a',
      type: 'shell_call_output',
      max_output_length: 100,
      output: [
        { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
        { stdout: '', stderr: '', outcome: { type: 'timeout' } },
      ],
    },
  ),
  input(
    'a patch and its output',
    { ...CALL, type: 'apply_patch_call', operation: { type: 'update_file', path: 'a', diff: '+b' } },
    { ...CALL, type: 'apply_patch_call_output', output: 'Done.' },
  ),
  input(
    'a search for tools and its output',
    { ...CALL, type: 'tool_search_call', execution: 'client', arguments: { query: 'add' } },
    { ...CALL, type: 'tool_search_output', execution: 'client', tools: [STRICT] },
  ),
  input('an approval of an MCP call', APPROVAL[0], { ...APPROVAL[1], request_id: 'mcpr_1' }),
  input(
    'items of the server',
    USER,
    {
      id: 'ws_1',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'a', queries: ['a'] },
    },
    {
      id: 'ws_2',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'open_page', url: 'https://a.example' },
    },
    {
      id: 'fs_1',
      type: 'file_search_call',
      status: 'completed',
      queries: ['a'],
      results: [{ file_id: 'f', score: 0.5 }],
    },
    { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'AAAA' },
    {
      id: 'ci_1',
      type: 'code_interpreter_call',
      status: 'completed',
      container_id: 'cntr_1',
      code: '1',
      outputs: [{ type: 'logs', logs: '1' }],
    },
    { id: 'mcpl_1', type: 'mcp_list_tools', server_label: 'docs', tools: [{ name: 'find', input_schema: SCHEMA }] },
    { id: 'mcp_1', type: 'mcp_call', server_label: 'docs', name: 'find', arguments: '{}', output: 'A', error: null },
    { id: 'cmp_1', type: 'compaction', encrypted_content: 'x' },
    { id: 'prg_1', type: 'program', call_id: 'call_p', code: 'add(1)', fingerprint: 'f' },
    { id: 'prgo_1', type: 'program_output', call_id: 'call_p', result: '2', status: 'completed' },
    { type: 'additional_tools', role: 'developer', tools: [STRICT] },
  ),
];

const TOOLS: readonly ValidRequest[] = [
  tools('functions', STRICT, { ...STRICT, name: 'sub', strict: false, description: null, defer_loading: true }),
  tools(
    'custom tools and namespaces',
    { type: 'custom', name: 'sql', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
    { type: 'custom', name: 'text', description: 'Text.', format: { type: 'text' } },
    { type: 'namespace', name: 'sums', description: 'Sums.', tools: [{ type: 'custom', name: 'x' }, STRICT] },
  ),
  tools(
    'tools of the server',
    { type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'Rome' } },
    {
      type: 'file_search',
      vector_store_ids: ['vs_1'],
      max_num_results: 5,
      ranking_options: { ranker: 'auto', score_threshold: 0.5 },
      filters: { type: 'and', filters: [{ type: 'eq', key: 'a', value: 'b' }] },
    },
    { type: 'code_interpreter', container: { type: 'auto', file_ids: ['file_1'], memory_limit: '4g' } },
    { type: 'image_generation', quality: 'low', output_format: 'png', output_compression: 50, partial_images: 1 },
    { type: 'computer_use_preview', environment: 'browser', display_width: 800, display_height: 600 },
    { type: 'local_shell' },
    { type: 'shell', environment: { type: 'local' } },
    { type: 'apply_patch' },
    { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters: SCHEMA },
    { type: 'programmatic_tool_calling' },
  ),
  tools('MCP servers', {
    type: 'mcp',
    server_label: 'docs',
    server_url: 'https://a.example',
    authorization: 'x',
    headers: { a: 'b' },
    allowed_tools: { tool_names: ['find'], read_only: true },
    require_approval: { never: { tool_names: ['find'] } },
  }),
  create('a chosen tool', { tools: [STRICT], tool_choice: { type: 'function', name: 'add' } }),
  create('allowed tools', {
    tools: [STRICT],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'add' }] },
  }),
];

const RESPONSES: readonly ValidRequest[] = [
  create('every setting', {
    instructions: 'Add.',
    metadata: METADATA,
    temperature: 1,
    top_p: 1,
    top_logprobs: 5,
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    prompt_cache_options: { ttl: '30m', mode: 'implicit' },
    max_tool_calls: 5,
    max_output_tokens: 100,
    text: { format: JSON_SCHEMA, verbosity: 'low' },
    tools: [STRICT],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    service_tier: 'flex',
    truncation: 'auto',
    reasoning: { effort: 'low', summary: 'auto', context: 'all_turns' },
    include: ['reasoning.encrypted_content', 'web_search_call.results'],
    store: true,
    stream: false,
    background: false,
    moderation: { model: 'omni-moderation-latest', policy: { input: { mode: 'score' } } },
    context_management: [{ type: 'compaction', compact_threshold: 1000 }],
  }),
  create('null for what is nullable', {
    instructions: null,
    temperature: null,
    metadata: null,
    max_output_tokens: null,
    reasoning: null,
    conversation: null,
    stream: null,
    text: { format: { type: 'text' }, verbosity: null },
  }),
  create('after another response', { previous_response_id: '$response' }),
  create('in a conversation', { conversation: { id: '$conversation' } }),
  create('a stored prompt', { prompt: { id: 'pmpt_1', version: '1', variables: { a: 'b' } } }),
  create('in the background', { background: true, store: true }),
  {
    rule: 'Compactconversation',
    title: 'a compaction',
    path: '/responses/compact',
    body: { model: MODEL, input: [USER], instructions: 'Add.', prompt_cache_key: 'k', service_tier: 'auto' },
  },
  {
    rule: 'createConversation',
    title: 'a conversation',
    path: '/conversations',
    body: { items: [{ type: 'message', role: 'user', content: 'Hi' }], metadata: METADATA },
  },
  {
    rule: 'updateConversation',
    title: 'a change of a conversation',
    path: '/conversations/$conversation',
    body: { metadata: METADATA },
  },
  {
    rule: 'createConversationItems',
    title: 'items of a conversation',
    path: '/conversations/$conversation/items',
    body: {
      items: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { ...CALL, type: 'function_call', name: 'add', arguments: '{}' },
        { call_id: 'call_a', type: 'function_call_output', output: 'A' },
      ],
    },
  },
];

export const VALID_REQUESTS: readonly ValidRequest[] = [...ASSISTANTS, ...RESPONSES, ...ITEMS, ...TOOLS];

const PART = { type: 'output_text', text: 'Hello' };

/** Requests that the API takes although its document does not allow them. */
export const UNDOCUMENTED_REQUESTS: readonly ValidRequest[] = [
  tools('a function without the fields that are usually null', { type: 'function', name: 'add' }),
  tools('a function that runs asynchronously', { ...STRICT, async: true }),
  input('pictures without detail', {
    role: 'user',
    content: [
      { type: 'input_image', image_url: PICTURE },
      { type: 'input_image', image_url: PICTURE, detail: null },
    ],
  }),
  input('a replayed message without its ids and annotations', USER, { role: 'assistant', content: [PART] }),
  input('a local shell output without its call_id', ...LOCAL_SHELL),
  input('an approval without its request_id', ...APPROVAL),
  input(
    'an output as the API returns it',
    { ...CALL, type: 'function_call', name: 'f', arguments: '{}', async: true },
    { ...CALL, id: 'fco_1', type: 'function_call_output', output: 'A', created_by: 'me' },
  ),
  input('a picture as the API returns it', USER, {
    id: 'ig_1',
    type: 'image_generation_call',
    status: 'completed',
    result: 'AAAA',
    action: 'generate',
    background: 'opaque',
    output_format: 'png',
    quality: 'high',
    revised_prompt: 'A cat',
    size: '1024x1024',
  }),
  input('an update of the configuration', USER, { type: 'configuration_update', reasoning: { effort: 'high' } }),
  create('a completion window', { background: true, background_options: { completion_window: '8h' } }),
  create('settings of openai 7.59', {
    access_programs: { cyber: 'standard' },
    image: { context_compression: 'auto' },
    prompt_cache_options: { ttl: '12h', prewarm: true },
    top_logprobs: null,
  }),
  create('an agent of Azure Foundry', { agent_reference: { type: 'agent_reference', name: 'a', version: '1' } }),
  create('web search as the chosen tool', { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } }),
];
