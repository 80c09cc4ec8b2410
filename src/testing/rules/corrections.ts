/**
 * Where the API takes or refuses more than its OpenAPI document says, in the notation of ./notation.ts. Sources are the
 * types of openai 7.59, the API's guides, and requests that the API is known to take.
 */
export const CORRECTIONS: string = String.raw`
Metadata: map(..16, ..64)<string(..512)> | null

InputItem: EasyInputMessage | Item | CompactionTriggerItemParam | ItemReferenceParam | ProgramItemParam |
 ProgramOutputItemParam | ConfigurationUpdate
ConfigurationUpdate: { type: 'configuration_update', id?: string | null, reasoning?: { effort?: ReasoningEffort },
 text?: { format: TextResponseFormatConfiguration } }
EasyInputMessage: { type?: 'message', role: 'user' | 'assistant' | 'system' | 'developer', content: string |
 (InputTextContent | InputImageContent | InputFileContent | OutputTextContent | RefusalContent)[], id?: string | null,
 status?: 'in_progress' | 'completed' | 'incomplete' | null, phase?: 'commentary' | 'final_answer' | null }
InputMessage: EasyInputMessage
OutputMessage: EasyInputMessage
InputImageContent.detail?: 'low' | 'high' | 'auto' | 'original' | null
OutputTextContent.annotations?: Annotation[]
OutputTextContent.logprobs?: LogProb[] | null
PromptCacheBreakpointConfig.ttl?: '30m' | '12h'
PromptCacheBreakpointParam.ttl?: '30m' | '12h'

FunctionToolCall.async?: boolean
FunctionToolCall.call_id: string(1..64)
FunctionToolCall.created_by?: string
FunctionCallOutputItemParam.call_id: string(1..64)
FunctionCallOutputItemParam.created_by?: string
CustomToolCall.async?: boolean
CustomToolCall.call_id: string(1..64)
CustomToolCall.created_by?: string
CustomToolCall.status?: 'in_progress' | 'completed' | 'incomplete'
CustomToolCallOutput.call_id: string(1..64)
CustomToolCallOutput.created_by?: string
CustomToolCallOutput.output: string(..10485760) | (InputTextContent | InputImageContent | InputFileContent)[]
CustomToolCallOutput.status?: 'in_progress' | 'completed' | 'incomplete'
ComputerCallOutputItemParam.created_by?: string
ComputerCallOutputItemParam.status?: 'in_progress' | 'completed' | 'incomplete' | 'failed' | null
LocalShellToolCallOutput.call_id?: string(1..64)
LocalShellToolCallOutput.output: string(..10485760)
FunctionShellCallItemParam.created_by?: string
FunctionShellCallOutputItemParam.created_by?: string
FunctionShellCallOutputContentParam.created_by?: string
ApplyPatchToolCallItemParam.created_by?: string
ApplyPatchToolCallOutputItemParam.created_by?: string
ToolSearchCallItemParam.created_by?: string
ToolSearchOutputItemParam.created_by?: string
MCPApprovalResponse.request_id?: string | null
CompactionSummaryItemParam.created_by?: string
CompactionTriggerItemParam.id?: string | null
WebSearchToolCall.status: 'in_progress' | 'searching' | 'completed' | 'incomplete' | 'failed'
DoubleClickAction.keys?: string[] | null
ImageGenToolCall.action?: 'generate' | 'edit' | 'auto' | null
ImageGenToolCall.background?: 'transparent' | 'opaque' | 'auto' | null
ImageGenToolCall.error?: object | null
ImageGenToolCall.output_format?: 'png' | 'webp' | 'jpeg' | 'gif' | 'svg' | null
ImageGenToolCall.quality?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'auto' | null
ImageGenToolCall.revised_prompt?: string | null
ImageGenToolCall.size?: string | null
ImageGenToolCall.svg_usage?: object

FunctionTool.parameters?: object | null
FunctionTool.strict?: boolean | null
FunctionTool.async?: boolean
FunctionToolParam.async?: boolean
CustomToolParam.async?: boolean
ImageGenTool.complexity?: 'low' | 'medium' | 'high'
ImageGenTool.frame_count?: integer
ImageGenTool.frame_duration_ms?: integer
ImageGenTool.output_format?: 'png' | 'webp' | 'jpeg' | 'gif' | 'svg'
ImageGenTool.quality?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'auto'
ImageGenTool.svg?: object

ToolChoiceTypes.type: 'file_search' | 'web_search' | 'web_search_2025_08_26' | 'web_search_preview' |
 'web_search_preview_2025_03_11' | 'computer' | 'computer_use_preview' | 'computer_use' | 'image_generation' |
 'code_interpreter'

PromptCacheOptionsParam.comparison_response_id?: string | null
PromptCacheOptionsParam.prewarm?: boolean
PromptCacheOptionsParam.ttl?: '30m' | '12h'
createResponse.access_programs?: { cyber?: 'standard' | 'daybreak_blue' | 'daybreak_red' }
createResponse.agent_reference?: { type?: 'agent_reference', name: string, version?: string | null } | null
createResponse.background_options?: { completion_window?: 'soonest' | '2h' | '8h', continuation_id?: string }
createResponse.image?: { context_compression?: 'auto' | 'enabled' | 'disabled' }
createResponse.top_logprobs?: integer(0..20) | null
Compactconversation.image?: { context_compression?: 'auto' | 'enabled' | 'disabled' }
submitToolOuputsToRun.tool_approvals?: { tool_call_id: string, approve: boolean, headers?: map<string> }[] | null
`;
