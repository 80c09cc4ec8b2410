import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createRandom } from '../../chaos/random.ts';
import { mutated, mutationsOf, type Mutation } from './mutate.ts';
import { sendToFake } from './request-world.ts';
import { Schemas, type Schema } from './schema.ts';
import { VALID_REQUESTS, type ValidRequest } from './valid-requests.ts';

/**
 * Sends changed requests to FakeOpenAI, and prints which of them it takes although OpenAI's document refuses them:
 *
 *     npm run mutants -- openapi.yaml [SEED] [COUNT]
 *
 * A request is refused if the document's schema does not allow it, and if it has an unknown field.
 */
interface Operation {
  readonly operationId?: string;
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const [file = '', seed = '1', count = '1000'] = process.argv.slice(2);
const { paths, components } = parse(readFileSync(file, 'utf8')) as Document;
const schemas = new Schemas(components.schemas);
const operations = Object.values(paths).flatMap((path) => Object.values(path));

function schemaOf({ rule }: ValidRequest): Schema {
  const operation = operations.find(({ operationId }) => operationId === rule);
  if (!operation?.requestBody) throw new Error(`The document has no ${rule}.`);
  return operation.requestBody.content['application/json'].schema;
}

const mutants: { request: ValidRequest; mutation: Mutation }[] = [];
for (const request of VALID_REQUESTS) {
  const schema = schemaOf(request);
  const { status, error } = await sendToFake(request.path, request.body);
  if (status >= 300) console.log(`A valid request is refused: ${request.title}: ${error?.message ?? status}`);
  if (!schemas.allows(schema, request.body)) console.log(`The document does not allow ${request.title}.`);
  for (const mutation of mutationsOf(schemas, schema, request.body)) {
    const isRefused = mutation.kind === 'unknown' || !schemas.allows(schema, mutated(request.body, mutation));
    if (isRefused || mutation.path.includes('metadata')) mutants.push({ request, mutation });
  }
}

const random = createRandom(Number(seed));
const sample = mutants
  .map((mutant) => ({ mutant, order: random.next() }))
  .sort((one, other) => one.order - other.order)
  .slice(0, Number(count))
  .map(({ mutant }) => mutant);
const counts = new Map<string, { sent: number; taken: number }>();
for (const { request, mutation } of sample) {
  const { status } = await sendToFake(request.path, mutated(request.body, mutation));
  const isTaken = status < 400 || status >= 500;
  const row = counts.get(mutation.kind) ?? { sent: 0, taken: 0 };
  counts.set(mutation.kind, { sent: row.sent + 1, taken: row.taken + Number(isTaken) });
  if (isTaken)
    console.log(
      `taken: ${request.title}: ${mutation.kind} ${mutation.path.join('.')} = ${JSON.stringify(mutation.value)?.slice(0, 60)}`,
    );
}
console.table(Object.fromEntries(counts));
const taken = [...counts.values()].reduce((sum, row) => sum + row.taken, 0);
console.log(`Seed ${seed}: ${taken} of ${sample.length} refused requests were taken (${mutants.length} in all).`);
