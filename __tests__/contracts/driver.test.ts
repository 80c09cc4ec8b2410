import { callsRules } from './driver-calls.ts';
import { handlersRules } from './driver-handlers.ts';
import { joiningRows, rows } from './driver-rows.ts';

for (const row of [...rows, ...joiningRows]) {
  callsRules(row);
  handlersRules(row);
}
