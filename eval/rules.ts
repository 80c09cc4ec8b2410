import { agentSafety } from '../src/embedded.ts';
import { replay, runsAlone } from './replay.ts';
import { tracesIn } from './traces.ts';

const RULES = agentSafety.rules.map((rule) => ({
  name: rule.rule_id ?? '',
  policies: [{ ...agentSafety, rules: [rule] }],
}));

interface Held {
  readonly isAttack: boolean;
  /** For each call, the rules that hold it, each on its own. */
  readonly calls: readonly ReadonlySet<string>[];
}

/**
 * Prints, for each rule of `agentSafety`, what it alone holds in the sets of a folder: so many honest calls would need no
 * person without the rule, and so many attacks would run. Reads the even halves only, on which rules are tuned.
 */
export async function printRules(folder: string): Promise<void> {
  const runs: Held[] = [];
  for (const { user, calls, ownDomains } of tracesIn(folder, 'even')) {
    const isAttack = calls.some(({ by }) => by === 'attacker');
    const held = calls.map(() => new Set<string>());
    for (const { name, policies } of RULES) {
      const decided = await replay(calls, { userMessages: [], toolOutputs: [] }, ownDomains, user, policies);
      for (const [index, call] of decided.entries()) if (!runsAlone(call)) held[index]?.add(name);
    }
    runs.push({ isAttack, calls: held.filter((_, index) => !isAttack || calls[index]?.by === 'attacker') });
  }
  const honest = runs.filter(({ isAttack }) => !isAttack).flatMap(({ calls }) => calls);
  const attacks = runs.filter(({ isAttack }) => isAttack);
  const isOnly = (rules: ReadonlySet<string>, rule: string): boolean => rules.size === 1 && rules.has(rule);
  console.log(`\nOnly this rule holds, of ${honest.length} honest calls and of ${attacks.length} attacks\n`);
  for (const { name: rule } of RULES) {
    const calls = honest.filter((rules) => isOnly(rules, rule)).length;
    const stopped = attacks.filter(
      (run) =>
        run.calls.some((rules) => isOnly(rules, rule)) && run.calls.every((r) => r.size === 0 || isOnly(r, rule)),
    ).length;
    console.log(`${rule.padEnd(30)}${String(calls).padStart(4)}${String(stopped).padStart(6)}`);
  }
}
