import { SERVICES } from './services.ts';
import { AWS } from './aws-operation.ts';
import { CATEGORIES } from './name-words.ts';

/** Every category that a call can have; `deletes` is whatever deletes, cancels or takes away. */
export const CATEGORY_NAMES: ReadonlySet<string> = new Set([
  'deletes',
  ...CATEGORIES.map(({ category }) => category),
  ...[...SERVICES, AWS].flatMap(({ operations }) => operations.map(({ category }) => category)),
]);
