import type { Facts } from '../../../src/embedded/policy/facts.ts';
import type { Target } from '../../../src/embedded/catalog/target.ts';

/** The facts of a harmless write by an unknown tool, with changes. */
export function factsOf({
  target = {},
  ...others
}: Partial<Omit<Facts, 'target'>> & { target?: Partial<Target> } = {}): Facts {
  const names = { tool: 'custom_proxy', aliases: ['transfer_money'], operation: 'transfer_money', ...target };
  const categories = [target.category ?? 'payments'];
  return {
    target: {
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
      repositories: target.repo === undefined ? [] : [{ org: target.org, repo: target.repo }],
      channels: [],
      resource: undefined,
      principals: [],
      isDestructive: false,
      ...target,
    },
    body: {},
    beside: undefined,
    detection: { findings: [], classes: new Set(), isComplete: true },
    history: { hasTouched: () => true, isBurst: false },
    isExternal: false,
    isOwn: () => false,
    conversation: undefined,
    principal: undefined,
    ...others,
  };
}
