export { FakeOpenAI } from './fake-openai.ts';
export type { FakeOpenAIOptions, FakeOperation } from './fake-openai.ts';
export type { Misbehaviour } from './misbehaviour.ts';
export { callTools, emitItems, fail, reportStatus, requestApprovals, requireAction } from './script.ts';
export { requireConnection, say, stopShort } from './script.ts';
export type { ModelStep, ModelTurn, Script, ScriptedCall } from './script.ts';
export { ScriptedGateway } from './scripted-gateway.ts';
export type { ScriptedDecision, ScriptedRule } from './scripted-gateway.ts';
