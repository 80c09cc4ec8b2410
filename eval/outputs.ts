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
  const outputs = readSet(folder, 'agentdojo-calls') as { readonly tool_output: string | null }[];
  const injected = readSet(folder, 'agentdojo-injected-outputs') as { readonly injected_tool_output: string }[];
  const responses = readSet(folder, 'injecagent') as InjecRow[];
  const textsOf = (name: string): readonly string[] =>
    (readSet(folder, name) as { readonly text: string }[]).map(({ text }) => text);
  const responsesIn = (setting: string): readonly string[] =>
    responses.flatMap((row) =>
      row.kind === 'injected_response' && row.setting === setting ? [row.tool_response] : [],
    );
  const sets: readonly (readonly [set: string, isInjected: boolean, texts: readonly string[]])[] = [
    ['AgentDojo', false, outputs.flatMap(({ tool_output: text }) => text ?? [])],
    ['benign-business', false, textsOf('benign-business')],
    ['benign-api', false, textsOf('benign-api')],
    ['AgentDojo injected', true, injected.map(({ injected_tool_output: text }) => text)],
    ['InjecAgent base', true, responsesIn('base')],
    ['InjecAgent enhanced', true, responsesIn('enhanced')],
  ];
  return sets.flatMap(([set, isInjected, texts]) => [...new Set(texts)].map((text) => ({ set, text, isInjected })));
}
