import { CLOUDS } from './clouds.ts';
import { CUSTOMERS } from './customers.ts';
import { GITHUB } from './github.ts';
import { GITLAB } from './gitlab.ts';
import { GOOGLE } from './google.ts';
import { HOSTING } from './hosting.ts';
import { IDENTITY } from './identity.ts';
import { MAIL } from './mail.ts';
import { MESSAGING } from './messaging.ts';
import { MICROSOFT } from './microsoft.ts';
import { OPERATING } from './operating.ts';
import { PAYMENTS } from './payments.ts';
import type { Service } from './service.ts';
import { SLACK } from './slack.ts';
import { STORAGE } from './storage.ts';
import { WORK } from './work.ts';

/** Every service with a table; Amazon's is beside them, as it is told by an action and not by a path. */
export const SERVICES: readonly Service[] = [
  SLACK,
  GITHUB,
  ...GOOGLE,
  ...MICROSOFT,
  GITLAB,
  ...WORK,
  ...CUSTOMERS,
  ...PAYMENTS,
  ...MAIL,
  ...MESSAGING,
  ...STORAGE,
  ...IDENTITY,
  ...HOSTING,
  ...OPERATING,
  ...CLOUDS,
];
