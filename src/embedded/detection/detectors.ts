import { findHealth } from './health.ts';
import { findInternal } from './internal-markers.ts';
import { findPersonal } from './personal/personal.ts';
import { findSecrets } from './secrets/secrets.ts';
import type { Detector } from './span.ts';

/** Everything that is looked for. Of equal spans of one class, the earlier one's type is kept. */
export const detectors: readonly Detector[] = [findSecrets, findPersonal, findHealth, findInternal];
