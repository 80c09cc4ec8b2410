import { callsRules } from './driver-calls.ts';
import { handlersRules } from './driver-handlers.ts';
import { rows } from './driver-rows.ts';

for (const row of rows) {
  callsRules(row);
  handlersRules(row);
}
