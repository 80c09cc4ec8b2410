import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createRandom } from '../../chaos/random.ts';
import { mutated, mutationsOf, type Mutation } from './mutate.ts';
import { sendToFake, type Answer } from './request-world.ts';
import { Schemas, type Schema } from './schema.ts';
import { VALID_REQUESTS, type ValidRequest } from './valid-requests.ts';

/*
 * Sends invalid requests to FakeOpenAI, and prints those that it takes:
 *
 *     npm run mutants -- openapi.yaml [SEED] [COUNT] [FILE]
 *
 * Each is a valid request with one change that OpenAI's OpenAPI document refuses, or with an unknown field. COUNT is the
 * number for each kind of change. FILE receives the requests and the errors.
 */

interface Operation {
  readonly operationId?: string;
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Mutant {
  readonly request: ValidRequest;
  readonly mutation: Mutation;
}

const KINDS = ['type', 'choice', 'range', 'length', 'missing', 'unknown'] as const;

const [document = '', seed = '1', count = '100', file] = process.argv.slice(2);
const { paths, components } = parse(readFileSync(document, 'utf8')) as OpenApiDocument;
const schemas = new Schemas(components.schemas);
const operations = Object.values(paths).flatMap((path) => Object.values(path));

function schemaOf({ rule }: ValidRequest): Schema {
  const operation = operations.find(({ operationId }) => operationId === rule);
  if (!operation?.requestBody) throw new Error(`The document has no ${rule}.`);
  return operation.requestBody.content['application/json'].schema;
}

function mutantsOf(request: ValidRequest): Mutant[] {
  const schema = schemaOf(request);
  if (!schemas.allows(schema, request.body)) throw new Error(`The document does not allow ${request.title}.`);
  return [...mutationsOf(schemas, schema, request.body)]
    .filter((one) => isOnlyInWords(one) || !schemas.allows(schema, mutated(request.body, one)))
    .map((mutation) => ({ request, mutation }));
}

/** The document says neither that unknown fields are refused, nor which sizes metadata may have. */
function isOnlyInWords({ kind, path }: Mutation): boolean {
  return kind === 'unknown' || (kind === 'length' && path.at(-1) === 'metadata');
}

const isTaken = ({ status }: Answer): boolean => status < 400 || status >= 500;

const random = createRandom(Number(seed));
const all = VALID_REQUESTS.flatMap(mutantsOf).map((mutant) => ({ mutant, order: random.next() }));
all.sort((one, other) => one.order - other.order);
const sent: { mutant: Mutant; answer: Answer }[] = [];
for (const kind of KINDS) {
  const sample = all.map(({ mutant }) => mutant).filter(({ mutation }) => mutation.kind === kind);
  for (const mutant of sample.slice(0, Number(count))) {
    const { request, mutation } = mutant;
    sent.push({ mutant, answer: await sendToFake(request.path, mutated(request.body, mutation)) });
  }
}

const taken = sent.filter(({ answer }) => isTaken(answer));
for (const { mutant } of taken) {
  const { kind, path, value } = mutant.mutation;
  console.log(
    `Taken: ${mutant.request.title}, ${path.join('.')} = ${JSON.stringify({ value }).slice(0, 80)} (${kind})`,
  );
}
for (const kind of KINDS) {
  const [some, kept] = [sent, taken].map((list) => list.filter(({ mutant }) => mutant.mutation.kind === kind).length);
  console.log(`${kind}: ${kept} of ${some} taken`);
}
console.log(`Seed ${seed}: ${taken.length} of ${sent.length} taken. There are ${all.length} in all.`);
if (file !== undefined) {
  const refused = sent.filter(({ answer }) => !isTaken(answer));
  const rows = refused.map(({ mutant: { request, mutation }, answer }) =>
    JSON.stringify({ request: request.title, path: mutation.path, value: mutation.value, error: answer.error }),
  );
  writeFileSync(file, `${rows.join('\n')}\n`);
}
