import { approvalsRules } from './driver-approvals.ts';
import { repliesRules } from './driver-replies.ts';
import { rows } from './driver-rows.ts';

for (const row of rows) {
  approvalsRules(row);
  repliesRules(row);
}
