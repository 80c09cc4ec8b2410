import { abortRules } from './driver-aborts.ts';
import { endsRules } from './driver-ends.ts';
import { rows } from './driver-rows.ts';

for (const row of rows) {
  endsRules(row);
  abortRules(row);
}
