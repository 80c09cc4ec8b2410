import { eventsRules } from './driver-events.ts';
import { rows } from './driver-rows.ts';

for (const row of rows) eventsRules(row);
