import type { TextFormat } from './tool.ts';
import type { DescribedTool } from './registry.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** Element of the `tools` array of an assistant or a run. */
export interface ToolDefinition {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

/** Element of the `tools` array of a response. */
export type ResponsesToolDefinition = ResponsesMemberDefinition | ResponsesNamespaceDefinition;

export type ResponsesMemberDefinition =
  | {
      type: 'function';
      name: string;
      description?: string;
      parameters: Record<string, unknown> | null;
      strict: boolean;
    }
  | { type: 'custom'; name: string; description?: string; format: TextFormat };

export interface ResponsesNamespaceDefinition {
  type: 'namespace';
  name: string;
  description: string;
  tools: ResponsesMemberDefinition[];
}

/** Element of the `tools` array of an agent or of a session's agent. */
export interface AgentsToolDefinition {
  type: 'function';
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

/** Definitions for the Agents API, which requires a description and a schema. It has no text tools or namespaces. */
export function agentsDefinitions(tools: readonly DescribedTool[]): AgentsToolDefinition[] {
  return plainFunctions(tools).map(({ name, description = '', parameters = { type: 'object', properties: {} } }) => ({
    type: 'function',
    name,
    description,
    parameters: structuredClone(parameters),
  }));
}

function plainFunctions(tools: readonly DescribedTool[]): readonly DescribedTool[] {
  return tools.filter(({ name, format }) => format === undefined && !name.includes('.'));
}

/** Definitions for the Assistants API, which has no text tools or namespaces. */
export function assistantsDefinitions(tools: readonly DescribedTool[]): ToolDefinition[] {
  return plainFunctions(tools).map(({ name, description, parameters, strict }) => ({
    type: 'function',
    function: omitUndefined({ name, description, parameters: structuredClone(parameters), strict }),
  }));
}

/** Definitions for the Responses API: `crm.find` and `crm.add` become members of one namespace. */
export function responsesDefinitions(tools: readonly DescribedTool[]): ResponsesToolDefinition[] {
  const definitions: ResponsesToolDefinition[] = [];
  const namespaces = new Map<string, ResponsesNamespaceDefinition>();
  for (const tool of tools) {
    const [member = '', namespace] = tool.name.split('.').reverse();
    if (namespace === undefined) {
      definitions.push(memberDefinition(member, tool));
      continue;
    }
    let known = namespaces.get(namespace);
    if (!known) {
      // The API requires a description.
      known = { type: 'namespace', name: namespace, description: `The tools of ${namespace}.`, tools: [] };
      namespaces.set(namespace, known);
      definitions.push(known);
    }
    known.tools.push(memberDefinition(member, tool));
  }
  return definitions;
}

function memberDefinition(
  name: string,
  { description, parameters, strict = false, format }: DescribedTool,
): ResponsesMemberDefinition {
  const common = omitUndefined({ name, description });
  if (format) return { type: 'custom', ...common, format: { ...format } };
  // Sent even when false: the Responses API defaults to true and then makes every argument required.
  return { type: 'function', ...common, parameters: structuredClone(parameters ?? null), strict };
}
