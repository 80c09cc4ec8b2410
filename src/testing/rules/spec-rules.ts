/** Written by scripts/request-rules.mjs from OpenAI's OpenAPI document, in the notation of ./notation.ts. */
export const SPEC_RULES: string = String.raw`
AdditionalToolsItemParam: { id?: string | null, type: 'additional_tools', role: 'developer', tools: Tool[] }
Annotation: FileCitationBody | UrlCitationBody | ContainerFileCitationBody | FilePath
ApplyPatchCreateFileOperationParam: { type: 'create_file', path: string(1..), diff: string(..10485760) }
ApplyPatchDeleteFileOperationParam: { type: 'delete_file', path: string(1..) }
ApplyPatchOperationParam: ApplyPatchCreateFileOperationParam | ApplyPatchDeleteFileOperationParam |
 ApplyPatchUpdateFileOperationParam
ApplyPatchToolCallItemParam: { type: 'apply_patch_call', id?: string | null, call_id: string(1..64),
 caller?: DirectToolCallCallerParam | ProgramToolCallCallerParam | null, status: 'in_progress' | 'completed',
 operation: ApplyPatchOperationParam }
ApplyPatchToolCallOutputItemParam: { type: 'apply_patch_call_output', id?: string | null, call_id: string(1..64),
 caller?: DirectToolCallCallerParam | ProgramToolCallCallerParam | null, status: 'completed' | 'failed',
 output?: string(..10485760) | null }
ApplyPatchToolParam: { type: 'apply_patch', allowed_callers?: ('direct' | 'programmatic')[1..] | null }
ApplyPatchUpdateFileOperationParam: { type: 'update_file', path: string(1..), diff: string(..10485760) }
ApproximateLocation: { type: 'approximate', country?: string | null, region?: string | null, city?: string | null,
 timezone?: string | null }
AssistantToolsCode: { type: 'code_interpreter' }
AssistantToolsFileSearch: { type: 'file_search', file_search?: { max_num_results?: integer(1..50),
 ranking_options?: FileSearchRankingOptions } }
AssistantToolsFileSearchTypeOnly: { type: 'file_search' }
AssistantToolsFunction: { type: 'function', function: FunctionObject }
AssistantsApiResponseFormatOption: 'auto' | ResponseFormatText | ResponseFormatJsonObject | ResponseFormatJsonSchema
AssistantsNamedToolChoice: { type: 'function' | 'code_interpreter' | 'file_search', function?: { name: string } }
AutoCodeInterpreterToolParam: { type: 'auto', file_ids?: string[..50], memory_limit?: '1g' | '4g' | '16g' | '64g' |
 null, network_policy?: ContainerNetworkPolicyDisabledParam | ContainerNetworkPolicyAllowlistParam }
ClickParam: { type: 'click', button: 'left' | 'right' | 'wheel' | 'back' | 'forward', x: integer, y: integer,
 keys?: string[] | null }
CodeInterpreterOutputImage: { type: 'image', url: string }
CodeInterpreterOutputLogs: { type: 'logs', logs: string }
CodeInterpreterTool: { type: 'code_interpreter', container: string | AutoCodeInterpreterToolParam,
 allowed_callers?: ('direct' | 'programmatic')[1..] | null }
CodeInterpreterToolCall: { type: 'code_interpreter_call', id: string, status: 'in_progress' | 'completed' |
 'incomplete' | 'interpreting' | 'failed', container_id: string, code: string | null,
 outputs: (CodeInterpreterOutputLogs | CodeInterpreterOutputImage)[] | null }
Compactconversation: { model: string | null, input?: string(..10485760) | InputItem[] | null,
 previous_response_id?: string | null, instructions?: string | null, prompt_cache_key?: string(..64) | null,
 prompt_cache_retention?: 'in_memory' | '24h' | null, prompt_cache_options?: PromptCacheOptionsParam | null,
 service_tier?: 'auto' | 'default' | 'fast' | 'flex' | 'priority' | null }
CompactionSummaryItemParam: { id?: string | null, type: 'compaction', encrypted_content: string(..20971520) }
CompactionTriggerItemParam: { type: 'compaction_trigger' }
ComparisonFilter: { type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'nin', key: string, value: string |
 number | boolean | (string | number)[] }
CompoundFilter: { type: 'and' | 'or', filters: (ComparisonFilter | CompoundFilter)[] }
ComputerAction: ClickParam | DoubleClickAction | DragParam | KeyPressAction | MoveParam | ScreenshotParam |
 ScrollParam | TypeParam | WaitParam
ComputerCallOutputItemParam: { id?: string | null, call_id: string(1..64), type: 'computer_call_output',
 output: ComputerScreenshotImage, acknowledged_safety_checks?: ComputerCallSafetyCheckParam[] | null,
 status?: 'in_progress' | 'completed' | 'incomplete' | null }
ComputerCallSafetyCheckParam: { id: string, code?: string | null, message?: string | null }
ComputerScreenshotImage: { type: 'computer_screenshot', image_url?: string, file_id?: string }
ComputerTool: { type: 'computer' }
ComputerToolCall: { type: 'computer_call', id: string, call_id: string, action?: ComputerAction,
 actions?: ComputerAction[], pending_safety_checks: ComputerCallSafetyCheckParam[], status: 'in_progress' |
 'completed' | 'incomplete' }
ComputerUsePreviewTool: { type: 'computer_use_preview', environment: 'windows' | 'mac' | 'linux' | 'ubuntu' |
 'browser', display_width: integer, display_height: integer }
ContainerAutoParam: { type: 'container_auto', file_ids?: string[..50], memory_limit?: '1g' | '4g' | '16g' | '64g' |
 null, network_policy?: ContainerNetworkPolicyDisabledParam | ContainerNetworkPolicyAllowlistParam,
 skills?: (SkillReferenceParam | InlineSkillParam)[..200] }
ContainerFileCitationBody: { type: 'container_file_citation', container_id: string, file_id: string,
 start_index: integer, end_index: integer, filename: string }
ContainerNetworkPolicyAllowlistParam: { type: 'allowlist', allowed_domains: string[1..],
 domain_secrets?: ContainerNetworkPolicyDomainSecretParam[1..] }
ContainerNetworkPolicyDisabledParam: { type: 'disabled' }
ContainerNetworkPolicyDomainSecretParam: { domain: string(1..), name: string(1..), value: string(1..10485760) }
ContainerReferenceParam: { type: 'container_reference', container_id: string }
ContextManagementParam: { type: string, compact_threshold?: integer(1000..) | null }
ConversationParam_2: { id: string }
CoordParam: { x: integer, y: integer }
CreateMessageRequest: { role: 'user' | 'assistant', content: string | (MessageContentImageFileObject |
 MessageContentImageUrlObject | MessageRequestContentTextObject)[1..], attachments?: { file_id?: string,
 tools?: (AssistantToolsCode | AssistantToolsFileSearchTypeOnly)[] }[] | null, metadata?: Metadata }
CreateThreadRequest: { messages?: CreateMessageRequest[], tool_resources?: { code_interpreter?: {
 file_ids?: string[..20] }, file_search?: { vector_store_ids?: string[..1], vector_stores?: {
 file_ids?: string[..100000000], chunking_strategy?: { type: 'auto' } | { type: 'static', static: {
 max_chunk_size_tokens: integer(100..4096), chunk_overlap_tokens: integer } }, metadata?: Metadata }[..1] } } | null,
 metadata?: Metadata }
CustomGrammarFormatParam: { type: 'grammar', syntax: 'lark' | 'regex', definition: string }
CustomTextFormatParam: { type: 'text' }
CustomToolCall: { type: 'custom_tool_call', id?: string, call_id: string, caller?: DirectToolCallCaller |
 ProgramToolCallCaller | null, namespace?: string, name: string, input: string }
CustomToolCallOutput: { type: 'custom_tool_call_output', id?: string, call_id: string,
 caller?: DirectToolCallCallerParam | ProgramToolCallCallerParam | null, output: string | (InputTextContent |
 InputImageContent | InputFileContent)[] }
CustomToolParam: { type: 'custom', name: string, description?: string, format?: CustomTextFormatParam |
 CustomGrammarFormatParam, defer_loading?: boolean, allowed_callers?: ('direct' | 'programmatic')[1..] | null }
DirectToolCallCaller: { type: 'direct' }
DirectToolCallCallerParam: { type: 'direct' }
DoubleClickAction: { type: 'double_click', x: integer, y: integer, keys: string[] | null }
DragParam: { type: 'drag', path: CoordParam[], keys?: string[] | null }
EasyInputMessage: { role: 'user' | 'assistant' | 'system' | 'developer', content: string | (InputTextContent |
 InputImageContent | InputFileContent)[], phase?: 'commentary' | 'final_answer' | null, type?: 'message' }
FileCitationBody: { type: 'file_citation', file_id: string, index: integer, filename: string }
FilePath: { type: 'file_path', file_id: string, index: integer }
FileSearchRankingOptions: { ranker?: 'auto' | 'default_2024_08_21', score_threshold: number(0..1) }
FileSearchTool: { type: 'file_search', vector_store_ids: string[], max_num_results?: integer,
 ranking_options?: RankingOptions, filters?: ComparisonFilter | CompoundFilter | null }
FileSearchToolCall: { id: string, type: 'file_search_call', status: 'in_progress' | 'searching' | 'completed' |
 'incomplete' | 'failed', queries: string[], results?: { file_id?: string, text?: string, filename?: string,
 attributes?: VectorStoreFileAttributes, score?: number }[] | null }
FunctionCallOutputItemParam: { id?: string | null, call_id?: string(1..64) | null, type: 'function_call_output',
 output: string(..10485760) | (InputTextContentParam | InputImageContentParamAutoParam | InputFileContentParam)[],
 name?: string(1..128) | null, namespace?: string(/^[a-zA-Z0-9_-]+$/) | null, caller?: DirectToolCallCallerParam |
 ProgramToolCallCallerParam | null, status?: 'in_progress' | 'completed' | 'incomplete' | null }
FunctionObject: { description?: string, name: string, parameters?: object, strict?: boolean | null }
FunctionShellActionParam: { commands: string[], timeout_ms?: integer | null, max_output_length?: integer | null }
FunctionShellCallItemParam: { id?: string | null, call_id: string(1..64), caller?: DirectToolCallCallerParam |
 ProgramToolCallCallerParam | null, type: 'shell_call', action: FunctionShellActionParam, status?: 'in_progress' |
 'completed' | 'incomplete' | null, environment?: LocalEnvironmentParam | ContainerReferenceParam | null }
FunctionShellCallOutputContentParam: { stdout: string(..10485760), stderr: string(..10485760),
 outcome: FunctionShellCallOutputOutcomeParam }
FunctionShellCallOutputExitOutcomeParam: { type: 'exit', exit_code: integer }
FunctionShellCallOutputItemParam: { id?: string | null, call_id: string(1..64), caller?: DirectToolCallCallerParam |
 ProgramToolCallCallerParam | null, type: 'shell_call_output', output: FunctionShellCallOutputContentParam[],
 status?: 'in_progress' | 'completed' | 'incomplete' | null, max_output_length?: integer | null }
FunctionShellCallOutputOutcomeParam: FunctionShellCallOutputTimeoutOutcomeParam |
 FunctionShellCallOutputExitOutcomeParam
FunctionShellCallOutputTimeoutOutcomeParam: { type: 'timeout' }
FunctionShellToolParam: { type: 'shell', environment?: ContainerAutoParam | LocalEnvironmentParam |
 ContainerReferenceParam | null, allowed_callers?: ('direct' | 'programmatic')[1..] | null }
FunctionTool: { type: 'function', name: string, description?: string | null, parameters: object | null,
 output_schema?: object | null, strict: boolean | null, defer_loading?: boolean, allowed_callers?: ('direct' |
 'programmatic')[] | null }
FunctionToolCall: { id?: string, type: 'function_call', call_id: string, caller?: DirectToolCallCaller |
 ProgramToolCallCaller | null, namespace?: string, name: string, arguments: string, status?: 'in_progress' |
 'completed' | 'incomplete' }
FunctionToolParam: { name: string(/^[a-zA-Z0-9_-]+$/), description?: string | null, parameters?: object | null,
 strict?: boolean | null, type: 'function', output_schema?: object | null, defer_loading?: boolean,
 allowed_callers?: ('direct' | 'programmatic')[1..] | null }
HTTPError: { type: 'http_error', code: integer, message: string }
HybridSearchOptions: { embedding_weight: number, text_weight: number }
ImageGenTool: { type: 'image_generation', model?: string, quality?: 'low' | 'medium' | 'high' | 'auto', size?: string,
 output_format?: 'png' | 'webp' | 'jpeg', output_compression?: integer(0..100), moderation?: 'auto' | 'low',
 background?: 'transparent' | 'opaque' | 'auto', input_fidelity?: 'high' | 'low' | null, input_image_mask?: {
 image_url?: string, file_id?: string }, partial_images?: integer(0..3), action?: 'generate' | 'edit' | 'auto' }
ImageGenToolCall: { type: 'image_generation_call', id: string, status: 'in_progress' | 'completed' | 'generating' |
 'failed', result: string | null }
IncludeEnum: 'file_search_call.results' | 'web_search_call.results' | 'web_search_call.action.sources' |
 'message.input_image.image_url' | 'computer_call_output.output.image_url' | 'code_interpreter_call.outputs' |
 'reasoning.encrypted_content' | 'message.output_text.logprobs'
InlineSkillParam: { type: 'inline', name: string, description: string, source: InlineSkillSourceParam }
InlineSkillSourceParam: { type: 'base64', media_type: 'application/zip', data: string(1..70254592) }
InputFileContent: { type: 'input_file', file_id?: string | null, filename?: string, file_data?: string,
 prompt_cache_breakpoint?: PromptCacheBreakpointConfig, file_url?: string, detail?: 'auto' | 'low' | 'high' }
InputFileContentParam: { type: 'input_file', file_id?: string | null, filename?: string | null,
 file_data?: string(..73400320) | null, file_url?: string | null, detail?: 'auto' | 'low' | 'high',
 prompt_cache_breakpoint?: PromptCacheBreakpointParam | null }
InputImageContent: { type: 'input_image', image_url?: string | null, file_id?: string | null, detail: 'low' | 'high' |
 'auto' | 'original', prompt_cache_breakpoint?: PromptCacheBreakpointConfig }
InputImageContentParamAutoParam: { type: 'input_image', image_url?: string(..20971520) | null, file_id?: string |
 null, detail?: 'low' | 'high' | 'auto' | 'original' | null, prompt_cache_breakpoint?: PromptCacheBreakpointParam |
 null }
InputItem: EasyInputMessage | Item | CompactionTriggerItemParam | ItemReferenceParam | ProgramItemParam |
 ProgramOutputItemParam
InputMessage: { type?: 'message', role: 'user' | 'system' | 'developer', status?: 'in_progress' | 'completed' |
 'incomplete', content: (InputTextContent | InputImageContent | InputFileContent)[] }
InputTextContent: { type: 'input_text', text: string, prompt_cache_breakpoint?: PromptCacheBreakpointConfig }
InputTextContentParam: { type: 'input_text', text: string(..10485760),
 prompt_cache_breakpoint?: PromptCacheBreakpointParam | null }
Item: InputMessage | OutputMessage | FileSearchToolCall | ComputerToolCall | ComputerCallOutputItemParam |
 WebSearchToolCall | FunctionToolCall | FunctionCallOutputItemParam | ToolSearchCallItemParam |
 ToolSearchOutputItemParam | AdditionalToolsItemParam | ReasoningItem | CompactionSummaryItemParam |
 ImageGenToolCall | CodeInterpreterToolCall | LocalShellToolCall | LocalShellToolCallOutput |
 FunctionShellCallItemParam | FunctionShellCallOutputItemParam | ApplyPatchToolCallItemParam |
 ApplyPatchToolCallOutputItemParam | MCPListTools | MCPApprovalRequest | MCPApprovalResponse | MCPToolCall |
 CustomToolCallOutput | CustomToolCall
ItemReferenceParam: { type?: 'item_reference' | null, id: string }
KeyPressAction: { type: 'keypress', keys: string[] }
LocalEnvironmentParam: { type: 'local', skills?: LocalSkillParam[..200] }
LocalShellExecAction: { type: 'exec', command: string[], timeout_ms?: integer | null, working_directory?: string |
 null, env: map<string>, user?: string | null }
LocalShellToolCall: { type: 'local_shell_call', id: string, call_id: string, action: LocalShellExecAction,
 status: 'in_progress' | 'completed' | 'incomplete' }
LocalShellToolCallOutput: { type: 'local_shell_call_output', id: string, output: string, status?: 'in_progress' |
 'completed' | 'incomplete' | null }
LocalShellToolParam: { type: 'local_shell' }
LocalSkillParam: { name: string, description: string, path: string }
LogProb: { token: string, logprob: number, bytes: integer[], top_logprobs: TopLogProb[] }
MCPApprovalRequest: { type: 'mcp_approval_request', id: string, server_label: string, name: string,
 arguments: string }
MCPApprovalResponse: { type: 'mcp_approval_response', id?: string | null, approval_request_id: string,
 approve: boolean, reason?: string | null }
MCPListTools: { type: 'mcp_list_tools', id: string, server_label: string, tools: MCPListToolsTool[], error?: string |
 null }
MCPListToolsTool: { name: string, description?: string | null, input_schema: object, annotations?: object | null }
MCPProtocolError: { type: 'mcp_protocol_error', code: integer, message: string }
MCPTool: { type: 'mcp', server_label: string, server_url?: string, connector_id?: 'connector_dropbox' |
 'connector_gmail' | 'connector_googlecalendar' | 'connector_googledrive' | 'connector_microsoftteams' |
 'connector_outlookcalendar' | 'connector_outlookemail' | 'connector_sharepoint',
 tunnel_id?: string(/^tunnel_[a-z0-9]{32}$/), authorization?: string, server_description?: string,
 headers?: map<string> | null, allowed_tools?: string[] | MCPToolFilter | null, allowed_callers?: ('direct' |
 'programmatic')[1..] | null, require_approval?: { always?: MCPToolFilter, never?: MCPToolFilter } | 'always' |
 'never' | null, defer_loading?: boolean }
MCPToolCall: { type: 'mcp_call', id: string, server_label: string, name: string, arguments: string, output?: string |
 null, error?: MCPProtocolError | MCPToolExecutionError | HTTPError | null, status?: MCPToolCallStatus,
 approval_request_id?: string | null }
MCPToolCallStatus: 'in_progress' | 'completed' | 'incomplete' | 'calling' | 'failed'
MCPToolExecutionError: { type: 'mcp_tool_execution_error', content: any }
MCPToolFilter: { tool_names?: string[], read_only?: boolean }
MessageContentImageFileObject: { type: 'image_file', image_file: { file_id: string, detail?: 'auto' | 'low' |
 'high' } }
MessageContentImageUrlObject: { type: 'image_url', image_url: { url: string, detail?: 'auto' | 'low' | 'high' } }
MessageRequestContentTextObject: { type: 'text', text: string }
Metadata: map<string> | null
ModerationConfigParam: { mode: 'score' | 'block' }
ModerationParam: { model: string, policy?: ModerationPolicyParam | null }
ModerationPolicyParam: { input?: ModerationConfigParam | null, output?: ModerationConfigParam | null }
MoveParam: { type: 'move', x: integer, y: integer, keys?: string[] | null }
NamespaceToolParam: { type: 'namespace', name: string(1..), description: string, tools: (FunctionToolParam |
 CustomToolParam)[1..] }
OutputMessage: { id: string, type: 'message', role: 'assistant', content: (OutputTextContent | RefusalContent)[],
 phase?: 'commentary' | 'final_answer' | null, status: 'in_progress' | 'completed' | 'incomplete' }
OutputTextContent: { type: 'output_text', text: string, annotations: Annotation[], logprobs: LogProb[] }
ProgramItemParam: { id: string, type: 'program', call_id: string(1..64), code: string(..10485760),
 fingerprint: string(..10485760) }
ProgramOutputItemParam: { id: string, type: 'program_output', call_id: string(1..64), result: string(..10485760),
 status: 'completed' | 'incomplete' }
ProgramToolCallCaller: { type: 'program', caller_id: string }
ProgramToolCallCallerParam: { type: 'program', caller_id: string(1..64) }
ProgrammaticToolCallingParam: { type: 'programmatic_tool_calling' }
Prompt: { id: string, version?: string | null, variables?: ResponsePromptVariables } | null
PromptCacheBreakpointConfig: { mode: 'explicit' }
PromptCacheBreakpointParam: { mode: 'explicit' }
PromptCacheOptionsParam: { ttl?: '30m', mode?: 'implicit' | 'explicit' }
RankingOptions: { ranker?: 'auto' | 'default-2024-11-15', score_threshold?: number,
 hybrid_search?: HybridSearchOptions }
Reasoning: { mode?: string, effort?: ReasoningEffort, summary?: 'auto' | 'concise' | 'detailed' | null,
 context?: 'auto' | 'current_turn' | 'all_turns' | null, generate_summary?: 'auto' | 'concise' | 'detailed' | null }
ReasoningEffort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null
ReasoningItem: { type: 'reasoning', id: string, encrypted_content?: string | null, summary: SummaryTextContent[],
 content?: ReasoningTextContent[], status?: 'in_progress' | 'completed' | 'incomplete' }
ReasoningTextContent: { type: 'reasoning_text', text: string }
RefusalContent: { type: 'refusal', refusal: string }
ResponseFormatJsonObject: { type: 'json_object' }
ResponseFormatJsonSchema: { type: 'json_schema', json_schema: { description?: string, name: string, schema?: object,
 strict?: boolean | null } }
ResponseFormatText: { type: 'text' }
ResponsePromptVariables: map<string | InputTextContent | InputImageContent | InputFileContent> | null
ResponseStreamOptions: { include_obfuscation?: boolean } | null
ResponseTextParam: { format?: TextResponseFormatConfiguration, verbosity?: 'low' | 'medium' | 'high' | null }
ScreenshotParam: { type: 'screenshot' }
ScrollParam: { type: 'scroll', x: integer, y: integer, scroll_x: integer, scroll_y: integer, keys?: string[] | null }
ServiceTierResponses: 'auto' | 'default' | 'flex' | 'scale' | 'priority' | 'fast' | 'ultrafast' | null
SkillReferenceParam: { type: 'skill_reference', skill_id: string(1..64), version?: string }
SpecificApplyPatchParam: { type: 'apply_patch' }
SpecificFunctionShellParam: { type: 'shell' }
SpecificProgrammaticToolCallingParam: { type: 'programmatic_tool_calling' }
SummaryTextContent: { type: 'summary_text', text: string }
TextResponseFormatConfiguration: ResponseFormatText | TextResponseFormatJsonSchema | ResponseFormatJsonObject
TextResponseFormatJsonSchema: { type: 'json_schema', description?: string, name: string, schema: object,
 strict?: boolean | null }
Tool: FunctionTool | FileSearchTool | ComputerTool | ComputerUsePreviewTool | WebSearchTool | MCPTool |
 CodeInterpreterTool | ProgrammaticToolCallingParam | ImageGenTool | LocalShellToolParam | FunctionShellToolParam |
 CustomToolParam | NamespaceToolParam | ToolSearchToolParam | WebSearchPreviewTool | ApplyPatchToolParam
ToolChoiceAllowed: { type: 'allowed_tools', mode: 'auto' | 'required', tools: object[] }
ToolChoiceCustom: { type: 'custom', name: string }
ToolChoiceFunction: { type: 'function', name: string }
ToolChoiceMCP: { type: 'mcp', server_label: string, name?: string | null }
ToolChoiceParam: 'none' | 'auto' | 'required' | ToolChoiceAllowed | ToolChoiceTypes | ToolChoiceFunction |
 ToolChoiceMCP | ToolChoiceCustom | SpecificProgrammaticToolCallingParam | SpecificApplyPatchParam |
 SpecificFunctionShellParam
ToolChoiceTypes: { type: 'file_search' | 'web_search_preview' | 'computer' | 'computer_use_preview' | 'computer_use' |
 'web_search_preview_2025_03_11' | 'image_generation' | 'code_interpreter' }
ToolSearchCallItemParam: { id?: string | null, call_id?: string(1..64) | null, type: 'tool_search_call',
 execution?: 'server' | 'client', arguments: object, status?: 'in_progress' | 'completed' | 'incomplete' | null }
ToolSearchOutputItemParam: { id?: string | null, call_id?: string(1..64) | null, type: 'tool_search_output',
 execution?: 'server' | 'client', tools: Tool[], status?: 'in_progress' | 'completed' | 'incomplete' | null }
ToolSearchToolParam: { type: 'tool_search', execution?: 'server' | 'client', description?: string | null,
 parameters?: object | null }
TopLogProb: { token: string, logprob: number, bytes: integer[] }
TruncationObject: { type: 'auto' | 'last_messages', last_messages?: integer(1..) | null }
TypeParam: { type: 'type', text: string }
UrlCitationBody: { type: 'url_citation', url: string, start_index: integer, end_index: integer, title: string }
VectorStoreFileAttributes: map(..16, ..64)<string(..512) | number | boolean> | null
WaitParam: { type: 'wait' }
WebSearchActionFind: { type: 'find_in_page', url: string, pattern: string }
WebSearchActionOpenPage: { type: 'open_page', url?: string | null }
WebSearchActionSearch: { type: 'search', query?: string, queries?: string[], sources?: { type: 'url',
 url: string }[] }
WebSearchApproximateLocation: { type?: 'approximate', country?: string | null, region?: string | null, city?: string |
 null, timezone?: string | null } | null
WebSearchPreviewTool: { type: 'web_search_preview' | 'web_search_preview_2025_03_11',
 user_location?: ApproximateLocation | null, search_context_size?: 'low' | 'medium' | 'high',
 search_content_types?: ('text' | 'image')[] }
WebSearchTool: { type: 'web_search' | 'web_search_2025_08_26', external_web_access?: boolean, filters?: {
 allowed_domains?: string[] | null } | null, user_location?: WebSearchApproximateLocation,
 search_context_size?: 'low' | 'medium' | 'high' }
WebSearchToolCall: { id: string, type: 'web_search_call', status: 'in_progress' | 'searching' | 'completed' |
 'failed', action: WebSearchActionSearch | WebSearchActionOpenPage | WebSearchActionFind }
createAssistant: { model: string, name?: string(..256) | null, description?: string(..512) | null,
 instructions?: string(..256000) | null, reasoning_effort?: ReasoningEffort, tools?: (AssistantToolsCode |
 AssistantToolsFileSearch | AssistantToolsFunction)[..128], tool_resources?: { code_interpreter?: {
 file_ids?: string[..20] }, file_search?: { vector_store_ids?: string[..1], vector_stores?: {
 file_ids?: string[..100000000], chunking_strategy?: { type: 'auto' } | { type: 'static', static: {
 max_chunk_size_tokens: integer(100..4096), chunk_overlap_tokens: integer } }, metadata?: Metadata }[..1] } } | null,
 metadata?: Metadata, temperature?: number(0..2) | null, top_p?: number(0..1) | null,
 response_format?: AssistantsApiResponseFormatOption | null }
createConversation: { metadata?: Metadata | null, items?: InputItem[..20] | null }
createConversationItems: { items: InputItem[..20] }
createMessage: { role: 'user' | 'assistant', content: string | (MessageContentImageFileObject |
 MessageContentImageUrlObject | MessageRequestContentTextObject)[1..], attachments?: { file_id?: string,
 tools?: (AssistantToolsCode | AssistantToolsFileSearchTypeOnly)[] }[] | null, metadata?: Metadata }
createResponse: { metadata?: Metadata, top_logprobs?: integer(0..20), temperature?: number(0..2) | null,
 top_p?: number(0..1) | null, user?: string, safety_identifier?: string(..64) | null, prompt_cache_key?: string |
 null, prompt_cache_retention?: 'in_memory' | '24h' | null, prompt_cache_options?: PromptCacheOptionsParam,
 previous_response_id?: string | null, model?: string, background?: boolean | null, max_tool_calls?: integer | null,
 text?: ResponseTextParam, tools?: Tool[], tool_choice?: ToolChoiceParam, prompt?: Prompt,
 service_tier?: ServiceTierResponses, truncation?: 'auto' | 'disabled' | null, reasoning?: Reasoning | null,
 input?: string | InputItem[], include?: IncludeEnum[] | null, parallel_tool_calls?: boolean | null, store?: boolean |
 null, instructions?: string | null, moderation?: ModerationParam | null, stream?: boolean | null,
 stream_options?: ResponseStreamOptions, conversation?: string | ConversationParam_2 | null,
 context_management?: ContextManagementParam[1..] | null, max_output_tokens?: integer(16..) | null }
createRun: { assistant_id: string, model?: string | null, reasoning_effort?: ReasoningEffort, instructions?: string |
 null, additional_instructions?: string | null, additional_messages?: CreateMessageRequest[] | null,
 tools?: (AssistantToolsCode | AssistantToolsFileSearch | AssistantToolsFunction)[..20] | null, metadata?: Metadata,
 temperature?: number(0..2) | null, top_p?: number(0..1) | null, stream?: boolean | null,
 max_prompt_tokens?: integer(256..) | null, max_completion_tokens?: integer(256..) | null,
 truncation_strategy?: TruncationObject | null, tool_choice?: 'none' | 'auto' | 'required' |
 AssistantsNamedToolChoice | null, parallel_tool_calls?: boolean,
 response_format?: AssistantsApiResponseFormatOption | null }
createThread: { messages?: CreateMessageRequest[], tool_resources?: { code_interpreter?: { file_ids?: string[..20] },
 file_search?: { vector_store_ids?: string[..1], vector_stores?: { file_ids?: string[..100000000],
 chunking_strategy?: { type: 'auto' } | { type: 'static', static: { max_chunk_size_tokens: integer(100..4096),
 chunk_overlap_tokens: integer } }, metadata?: Metadata }[..1] } } | null, metadata?: Metadata }
createThreadAndRun: { assistant_id: string, thread?: CreateThreadRequest, model?: string | null,
 instructions?: string | null, tools?: (AssistantToolsCode | AssistantToolsFileSearch |
 AssistantToolsFunction)[..20] | null, tool_resources?: { code_interpreter?: { file_ids?: string[..20] },
 file_search?: { vector_store_ids?: string[..1] } } | null, metadata?: Metadata, temperature?: number(0..2) | null,
 top_p?: number(0..1) | null, stream?: boolean | null, max_prompt_tokens?: integer(256..) | null,
 max_completion_tokens?: integer(256..) | null, truncation_strategy?: TruncationObject | null, tool_choice?: 'none' |
 'auto' | 'required' | AssistantsNamedToolChoice | null, parallel_tool_calls?: boolean,
 response_format?: AssistantsApiResponseFormatOption | null }
modifyRun: { metadata?: Metadata }
submitToolOuputsToRun: { tool_outputs: { tool_call_id?: string, output?: string }[], stream?: boolean | null }
updateConversation: { metadata: Metadata }
`;
