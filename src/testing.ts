export { FakeOpenAI } from './testing/fake-openai.ts';
export type { FakeOpenAIOptions, FakeOperation } from './testing/fake-openai.ts';
export type { Misbehaviour } from './testing/misbehaviour.ts';
export { callTools, emitItems, fail, reportStatus, requestApprovals, requireAction } from './testing/script.ts';
export { requireConnection, say, stopShort } from './testing/script.ts';
export type { ModelStep, ModelTurn, Script, ScriptedCall } from './testing/script.ts';
export { ScriptedGateway } from './testing/scripted-gateway.ts';
export type {
  ScriptedDecision,
  ScriptedGatewayOptions,
  ScriptedOutput,
  ScriptedRule,
} from './testing/scripted-gateway.ts';
