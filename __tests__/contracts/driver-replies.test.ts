import { approvalsRules } from './driver-approvals.ts';
import { repliesRules } from './driver-replies.ts';
import { joiningRows, rows } from './driver-rows.ts';

for (const row of [...rows, ...joiningRows]) approvalsRules(row);
for (const row of rows) repliesRules(row);
