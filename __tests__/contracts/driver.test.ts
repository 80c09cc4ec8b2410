import { callsRules } from './driver-calls.ts';
import { handlersRules } from './driver-handlers.ts';
import { joiningRows, rows, usualRows } from './driver-rows.ts';

for (const row of [...rows, ...joiningRows]) callsRules(row);
for (const row of [...usualRows, ...joiningRows]) handlersRules(row);
