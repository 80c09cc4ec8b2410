import { approvalsRules } from './driver-approvals.ts';
import { eventsRules } from './driver-events.ts';
import { lostResponseRules } from './driver-lost-responses.ts';
import { joiningRows, rows } from './driver-rows.ts';

for (const row of [...rows, ...joiningRows]) approvalsRules(row);
for (const row of rows) {
  eventsRules(row);
  lostResponseRules(row);
}
