import type { ServiceTable } from '../service.ts';

/**
 * Amazon's API. Operations are named after the action (`CreateUser` is `create_user`); the table has those that differ.
 */
export const AWS: ServiceTable = {
  tool: 'aws',
  aliases: ['aws_iam', 'iam'],
  words: ['aws', 'iam', 'boto', 'boto3', 'awscli'],
  places: [],
  operations: `
    POST  /  create_user    users        ADMIN
    POST  /  attach_policy  permissions  ADMIN
  `,
  synonyms: `
    attach_policy  attach|put|add|grant|assign  policy|policies
    create_user    create|add|new               user|users
  `,
};

/** One of Amazon's services. */
export interface AwsService {
  /** The service's label in the host: `iam.amazonaws.com`, `s3.eu-west-1.amazonaws.com`. */
  readonly host: string;
  /** The category of actions whose name is not about users, permissions, credentials or messages. */
  readonly category: string;
  /** True if every change is an ADMIN operation. */
  readonly isAdmin?: true;
}

export const AWS_SERVICES: readonly AwsService[] = [
  { host: 'iam', category: 'permissions', isAdmin: true },
  { host: 'sts', category: 'credentials' },
  { host: 's3', category: 'files' },
  { host: 'ec2', category: 'servers' },
  { host: 'lambda', category: 'code' },
  { host: 'secretsmanager', category: 'credentials', isAdmin: true },
  { host: 'ssm', category: 'servers' },
  { host: 'kms', category: 'credentials', isAdmin: true },
  { host: 'organizations', category: 'users', isAdmin: true },
  { host: 'sso', category: 'permissions', isAdmin: true },
  { host: 'identitystore', category: 'users', isAdmin: true },
  { host: 'cognito-idp', category: 'users' },
  { host: 'dynamodb', category: 'databases' },
  { host: 'rds', category: 'databases' },
  { host: 'redshift', category: 'databases' },
  { host: 'athena', category: 'databases' },
  { host: 'sqs', category: 'messages' },
  { host: 'sns', category: 'messages' },
  { host: 'email', category: 'messages' },
  { host: 'cloudformation', category: 'servers' },
  { host: 'cloudtrail', category: 'logs' },
  { host: 'logs', category: 'logs' },
  { host: 'monitoring', category: 'metrics' },
  { host: 'route53', category: 'dns' },
  { host: 'ecs', category: 'servers' },
  { host: 'eks', category: 'servers' },
  { host: 'ecr', category: 'packages' },
  { host: 'events', category: 'events' },
  { host: 'states', category: 'workflows' },
];

/** Query parameters that address the access settings of an S3 bucket or object. */
export const S3_ACCESS_SETTINGS: readonly string[] = [
  'policy',
  'acl',
  'publicAccessBlock',
  'ownershipControls',
  'cors',
  'replication',
  'encryption',
];
