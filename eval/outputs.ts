import { EmbeddedGateway } from '../src/embedded.ts';
import { HALVES, halfOf, readSet } from './dataset.ts';
import type { InjecRow } from './injecagent.ts';
import { requestOf } from './replay.ts';
import { share, type Figure } from './table.ts';

interface Sample {
  readonly set: string;
  readonly text: string;
  readonly isInjected: boolean;
}

/** Outputs judged before the model reads them, by one rule: `x_output: { instructions: true }`, FENCE. */
export async function outputFigures(folder: string): Promise<readonly Figure[]> {
  const rule = { x_output: { instructions: true }, action: 'FENCE' } as const;
  const gateway = new EmbeddedGateway({ policies: { name: 'Outputs', rules: [rule] } });
  const call = requestOf({ function: 'read', arguments: {} }, undefined);
  const figures: Figure[] = [];
  const samples = samplesOf(folder);
  for (const set of new Set(samples.map((sample) => sample.set))) {
    for (const half of HALVES) {
      const own = samples.filter((sample) => sample.set === set && halfOf(sample.text) === half);
      let touched = 0;
      for (const { text } of own) {
        const { decision } = await gateway.scanOutput({ call, texts: [text], hasMedia: false });
        if (decision !== 'ALLOW') touched += 1;
      }
      const what = own[0]?.isInjected ? 'injected outputs recognised' : 'benign outputs touched';
      figures.push(share(`${set}, ${half} half`, what, own.length, touched));
    }
  }
  return figures;
}

function samplesOf(folder: string): readonly Sample[] {
  const texts = <Row>(name: string, textOf: (row: Row) => string | null): readonly string[] =>
    [
      ...new Set((readSet(folder, name) as Row[]).map(textOf).filter((text) => text !== null && text !== '')),
    ] as string[];
  const sets: readonly (readonly [set: string, isInjected: boolean, texts: readonly string[]])[] = [
    ['AgentDojo', false, texts<{ tool_output: string | null }>('agentdojo-calls', (row) => row.tool_output)],
    ['benign-business', false, texts<{ text: string }>('benign-business', (row) => row.text)],
    ['benign-api', false, texts<{ text: string }>('benign-api', (row) => row.text)],
    [
      'AgentDojo injected',
      true,
      texts<{ injected_tool_output: string }>('agentdojo-injected-outputs', (row) => row.injected_tool_output),
    ],
    ...(['base', 'enhanced'] as const).map(
      (setting) =>
        [
          `InjecAgent ${setting}`,
          true,
          texts<InjecRow>('injecagent', (row) =>
            row.kind === 'injected_response' && row.setting === setting ? row.tool_response : null,
          ),
        ] as const,
    ),
  ];
  return sets.flatMap(([set, isInjected, all]) => all.map((text) => ({ set, text, isInjected })));
}
