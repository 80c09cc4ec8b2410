import { approvalsRules } from './driver-approvals.ts';
import { eventsRules } from './driver-events.ts';
import { lostResponseRules } from './driver-lost-responses.ts';
import { joiningRows, rows, usualRows } from './driver-rows.ts';

for (const row of [...usualRows, ...joiningRows]) approvalsRules(row);
for (const row of usualRows) eventsRules(row);
for (const row of rows) lostResponseRules(row);
