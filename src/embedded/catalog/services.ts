import { CLOUDS } from './services/clouds.ts';
import { CUSTOMERS } from './services/customers.ts';
import { GITHUB } from './services/github.ts';
import { GITLAB } from './services/gitlab.ts';
import { GOOGLE } from './services/google.ts';
import { HOSTING } from './services/hosting.ts';
import { IDENTITY } from './services/identity.ts';
import { MAIL } from './services/mail.ts';
import { MESSAGING } from './services/messaging.ts';
import { MICROSOFT } from './services/microsoft.ts';
import { OPERATING } from './services/operating.ts';
import { PAYMENTS } from './services/payments.ts';
import type { Service } from './service.ts';
import { SLACK } from './services/slack.ts';
import { STORAGE } from './services/storage.ts';
import { WORK } from './services/work.ts';

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
