/**
 * All known services. To add a service, add a `ServiceTable` to a file in `services/` (`service.ts` documents its
 * columns) and list it here. To add an operation, add a line to a table. Neither needs other code.
 */
import { CATEGORIES } from './name-words.ts';
import { loadService, type Service } from './service.ts';
import { AWS as AWS_TABLE } from './services/aws.ts';
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
import { OPERATIONS } from './services/operations.ts';
import { PAYMENTS } from './services/payments.ts';
import { SLACK as SLACK_TABLE } from './services/slack.ts';
import { STORAGE } from './services/storage.ts';
import { WORK } from './services/work.ts';

export const SLACK: Service = loadService(SLACK_TABLE);
/** Amazon's requests are identified by their action, not by a path: see `aws-operation.ts`. */
export const AWS: Service = loadService(AWS_TABLE);

/** The services that are identified by host and path. Earlier ones take precedence. */
export const SERVICES: readonly Service[] = [
  SLACK,
  ...[
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
    ...OPERATIONS,
    ...CLOUDS,
  ].map(loadService),
];

/** The names of services with channels. */
export const CHATS: ReadonlySet<string> = new Set(
  SERVICES.filter(
    (service) => service === SLACK || service.operations.some(({ path }) => path.includes('{channel}')),
  ).flatMap(({ tool, aliases }) => [tool, ...aliases]),
);

/** Every category a call can have. `deletes` is for calls that delete, cancel or revoke. */
export const CATEGORY_NAMES: ReadonlySet<string> = new Set([
  'deletes',
  ...CATEGORIES.map(({ category }) => category),
  ...[...SERVICES, AWS].flatMap(({ operations }) => operations.map(({ category }) => category)),
]);
