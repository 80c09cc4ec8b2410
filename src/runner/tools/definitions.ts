import type { TextFormat } from './tool.ts';
import type { DescribedTool } from './registry.ts';

/** An element of the `tools` array of an assistant or a run. */
export interface ToolDefinition {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

/** An element of the `tools` array of a response. */
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

/** An element of the `tools` array of an agent, or of a session's agent. */
export interface AgentsToolDefinition {
  type: 'function';
  name: string;
  description: string;
  parameters: Record<string, unknown>;
}

/** The Agents API knows neither tools of text nor namespaces, and wants a description and a schema. */
export function agentsDefinitions(tools: readonly DescribedTool[]): AgentsToolDefinition[] {
  return functionsAlone(tools).map(({ name, description = '', parameters = { type: 'object' } }) => ({
    type: 'function',
    name,
    description,
    parameters: structuredClone(parameters),
  }));
}

function functionsAlone(tools: readonly DescribedTool[]): readonly DescribedTool[] {
  return tools.filter(({ name, format }) => format === undefined && !name.includes('.'));
}

/** The Assistants API knows neither tools of text nor namespaces. */
export function assistantsDefinitions(tools: readonly DescribedTool[]): ToolDefinition[] {
  return functionsAlone(tools).map(({ name, description, parameters, strict }) => ({
    type: 'function',
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters: structuredClone(parameters) }),
      ...(strict === undefined ? {} : { strict }),
    },
  }));
}

/** `crm.find` and `crm.add` are members of one namespace. */
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
      // The API wants a description.
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
  const told = { name, ...(description === undefined ? {} : { description }) };
  if (format) return { type: 'custom', ...told, format: { ...format } };
  // Said even when it is false: left out, the Responses API takes it for true and makes every argument required.
  return { type: 'function', ...told, parameters: structuredClone(parameters ?? null), strict };
}
