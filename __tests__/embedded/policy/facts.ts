import type { Target } from '../../../src/embedded/catalog/target.ts';
import { BodyValues } from '../../../src/embedded/policy/body-values.ts';
import { effectOf, type Facts } from '../../../src/embedded/policy/facts.ts';
import { Origins, type OriginsOf } from '../../../src/embedded/policy/provenance/origins.ts';
import type { Conversation } from '../../../src/runner/gateway/gateway.ts';

/** Where the values of a body come from. */
export function originsOf(
  body: unknown,
  conversation: Conversation,
  { effect = { names: [], categories: [] }, isOwn = () => false }: Partial<OriginsOf> = {},
): Origins {
  return new Origins({ values: new BodyValues(body), conversation, effect, isOwn });
}

/** The facts of a harmless write by an unknown tool, with changes. */
export function factsOf({
  target: changed = {},
  body = {},
  conversation,
  ...others
}: Partial<Omit<Facts, 'target' | 'origins' | 'values'>> & {
  readonly target?: Partial<Target>;
  readonly conversation?: Conversation;
} = {}): Facts {
  const names = { tool: 'custom_proxy', aliases: ['transfer_money'], operation: 'transfer_money', ...changed };
  const categories = [changed.category ?? 'payments'];
  const target: Target = {
    tool: 'custom_proxy',
    aliases: ['transfer_money'],
    operation: 'transfer_money',
    operationAliases: [],
    trusted: { tools: [names.tool, ...names.aliases], operations: [names.operation], categories },
    category: 'payments',
    categories,
    verb: 'WRITE',
    method: 'POST',
    org: undefined,
    repo: undefined,
    repositories: changed.repo === undefined ? [] : [{ org: changed.org, repo: changed.repo }],
    channels: [],
    resource: undefined,
    principals: [],
    isDestructive: false,
    ...changed,
  };
  return {
    target,
    body,
    values: new BodyValues(body),
    beside: undefined,
    detection: { findings: [], classes: new Set(), isComplete: true },
    regions: [],
    history: { hasTouched: () => true, isBurst: false },
    isExternal: false,
    isOwn: () => false,
    origins: conversation && originsOf(body, conversation, { effect: effectOf(target) }),
    principal: undefined,
    ...others,
  };
}
