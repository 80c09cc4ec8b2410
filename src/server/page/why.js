// @ts-check
import { element } from './elements.js';
import { folded, shown } from './values.js';

/**
 * @typedef {import('./card.js').Head} Head
 * @typedef {import('./card.js').Approval} Approval
 */

/** @type {Readonly<Record<string, string>>} */
const SIGNALS = {
  data_classes: 'sensitive data',
  external_principal: 'a recipient outside of your domains',
  from_tool_output: 'a value that a tool returned',
  not_from_user: 'a value that the user did not name',
  instructions_in_tool_output: 'instructions in a tool’s output',
  new_resource: 'something new to this agent',
  volume_burst: 'many calls at once',
  operation: 'a change',
  destructive_operation: 'something is deleted',
  incomplete_scan: 'a part that could not be scanned',
};

/**
 * The risk as a badge; an empty element if it is unknown.
 *
 * @param {Pick<Head, 'risk_band'>} head
 */
export function riskBadge({ risk_band }) {
  if (risk_band === undefined) return element('span');
  return element('span', { class: `badge risk ${risk_band}` }, `${risk_band.toLowerCase()} risk`);
}

/**
 * The risk, and what it is made of.
 *
 * @param {Head} head
 */
export function riskWords({ risk_band = '', risk_signals = [] }) {
  const band = `${risk_band.slice(0, 1)}${risk_band.slice(1).toLowerCase()}`;
  const signals = risk_signals.map((signal) => SIGNALS[signal] ?? signal).join(', ');
  return element('span', {}, signals === '' ? band : `${band}: ${signals}`);
}

/**
 * Where the values come from that a rule found.
 *
 * @param {Pick<Approval, 'value_sources'>} approval
 */
export function sources({ value_sources = [] }) {
  const list = element('ul', { class: 'sources' });
  for (const { path, tools, is_quoted } of value_sources) {
    const what = path === '*' ? 'The whole call' : element('code', {}, shown(path));
    const from = is_quoted
      ? [' comes from a text that the user quotes.']
      : tools.length > 0
        ? [' comes from ', shown(tools.join(', ')), ', not from the user.']
        : [' comes neither from the user nor from a tool.'];
    list.append(element('li', {}, what, ...from));
  }
  return list;
}

/**
 * The end of the conversation before the call, as the agent's client sent it.
 *
 * @param {NonNullable<Approval['conversation']>} conversation
 */
export function conversationBefore({ user_messages, tool_outputs, is_cut }) {
  const asked = user_messages.map((text) => element('blockquote', {}, folded(text, { hasLines: true })));
  const outputs = tool_outputs.map(({ function_name, output }) =>
    element(
      'li',
      {},
      element('code', {}, shown(function_name)),
      ' returned ',
      element('q', {}, folded(output, { hasLines: true })),
    ),
  );
  const count = `${is_cut ? 'More than ' : ''}${outputs.length} tool ${outputs.length === 1 ? 'output' : 'outputs'} before this call`;
  return element(
    'div',
    { class: 'why' },
    element('h4', {}, asked.length === 0 ? 'No message of the user is known' : 'The user wrote'),
    ...asked,
    ...(outputs.length === 0
      ? []
      : [element('details', {}, element('summary', {}, count), element('ol', {}, ...outputs))]),
  );
}
