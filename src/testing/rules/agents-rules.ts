/**
 * The rules of the Agents API, which OpenAI's OpenAPI document lacks, in the notation of ./notation.ts. Fields
 * and values are those of the SDK's types, limits those of the API's guide.
 */
export const AGENTS_RULES: string = String.raw`
AgentReasoning: { effort?: ReasoningEffort, summary?: 'auto' | 'concise' | 'detailed' | null }
AgentServiceTier: 'auto' | 'default' | 'flex' | 'priority' | 'fast' | 'ultrafast' | null
AgentText: { format?: { type: 'text' } | { type: 'json_schema', schema: object } | null,
 verbosity?: 'low' | 'medium' | 'high' | null }
AgentTool: AgentFunction | { type: 'tool_search' } | { type: 'programmatic_tool_calling', enabled?: boolean } |
 AgentMcp | AgentWebSearch | { type: 'computer_use', include_screenshots?: boolean } | { type: 'automations' }
AgentFunction: { type: 'function', name: string, description: string, parameters: object, async?: boolean,
 defer_loading?: boolean }
AgentMcp: { type: 'mcp', server_label: string, transport: AgentMcpHttp | AgentMcpStdio,
 allowed_tools?: string[] | null, connection_origin?: 'service' | 'environment' | null, credential_id?: string | null,
 request_metadata?: object | null, required?: boolean }
AgentMcpHttp: { type: 'http', server_url: string, authorization?: string | null, headers?: map<string> | null }
AgentMcpStdio: { type: 'stdio', command: string, cwd: string, args?: string[] | null, env?: map<string> | null,
 env_vars?: string[] | null }
AgentWebSearch: { type: 'web_search', allowed_domains?: string[] | null, context_size?: 'low' | 'medium' | 'high' | null,
 location?: { city?: string | null, country?: string | null, region?: string | null, timezone?: string | null } | null,
 mode?: 'disabled' | 'cached' | 'live' | null }
MultiAgent: { enabled: boolean, max_concurrent_subagents?: integer(1..) }
SessionAgent: { model?: string, instructions?: string | null, compaction?: { async?: boolean | null } | null,
 experimental?: { time_awareness?: boolean }, multi_agent?: MultiAgent | null, reasoning?: AgentReasoning | null,
 service_tier?: AgentServiceTier, text?: AgentText | null, tools?: AgentTool[] | null }
SessionEnvironment: { type: 'none' } | HostedEnvironment |
 { type: 'self_hosted', workspace_directory: string, capability_directories?: string[] | null }
HostedEnvironment: { type: 'openai_hosted', capability_directories?: string[] | null,
 container_size?: 'small' | 'medium' | 'large', desktop?: { enabled: boolean } | null, env?: map<string> | null,
 environment_id?: string, environment_template_id?: string, files?: object[] | null,
 network?: { access: 'disabled' | 'enabled' | 'restricted', allowed_domains?: string[] | null,
 blocked_domains?: string[] | null } | null,
 packages?: { npm?: string[] | null, python?: string[] | null, system?: string[] | null } | null,
 plugins?: object[] | null, setup_commands?: { command: string, cwd?: string | null }[] | null,
 skills?: object[] | null }
SessionMessage: { type?: 'message', role: 'user', content: SessionContent[1..] }
SessionContent: { type: 'input_text', text: string } | { type: 'input_image', image_url: string }
SessionEvent: { type: 'agent.session.input.message', input: SessionMessage[1..] } |
 { type: 'agent.session.input.cancel' } |
 { type: 'agent.session.input.tool_result', turn_id: string, call_id: string, success: boolean,
 output?: string | SessionContent[] | null, error?: string | null } |
 { type: 'agent.session.input.mcp_approval_request_result', request_id: string,
 response: { type: 'mcp_tool_call', decision: 'approve' | 'deny' | 'cancel' } } |
 { type: 'agent.session.input.computer_use_approval_request_result', request_id: string,
 response: BrowserSubmit | BrowserCancel | BrowserAccess }
BrowserSubmit: { type: 'browser_authentication', action: 'submit', fields: { field_id: string, value: string }[],
 selected_option?: string | null }
BrowserCancel: { type: 'browser_authentication', action: 'cancel' }
BrowserAccess: { type: 'browser_origin_access', decision: 'approve' | 'deny' | 'cancel' }
createAgent: { model: string, name?: string(..128) | null, metadata?: Metadata, instructions?: string | null,
 compaction?: { async?: boolean | null } | null, experimental?: { time_awareness?: boolean },
 multi_agent?: MultiAgent | null, reasoning?: AgentReasoning | null, service_tier?: AgentServiceTier,
 text?: AgentText | null, tools?: AgentTool[] | null }
createSession: { environment: SessionEnvironment, agent?: SessionAgent, agent_id?: string,
 input?: string | SessionMessage[1..] | null, metadata?: Metadata, prompt_cache_options?: { ttl?: '30m' | '12h' } | null,
 review?: 'none' | 'auto_review', spend_control?: { limit: number | null } | null, stream?: boolean,
 stream_options?: { include_obfuscation?: boolean }, vault_ids?: string[] | null }
updateSession: { agent?: { model?: string, reasoning?: { effort?: ReasoningEffort }, service_tier?: AgentServiceTier,
 tools?: AgentTool[] | null }, metadata?: Metadata, prompt_cache_options?: { ttl?: '30m' | '12h' } | null,
 review?: 'none' | 'auto_review', spend_control?: { limit: number | null } | null }
createEvents: { events: SessionEvent[1..16384] }
`;
