import { describe as group, expect, test } from '@jest/globals';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import { describe } from '../../../src/runner/call/describe.ts';

type Body = Readonly<Record<string, unknown>>;

/** The decision about a call that the runner's own code has described. */
async function decide(functionName: string, body: Body) {
  const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['example.com'] });
  const call = { functionName, body, runtimeType: 'openai_assistants', ...describe(functionName, body, undefined) };
  return (await gateway.scan(call)).decision;
}

/** The decision about a request as a client sends it to a gateway server. */
async function decideRequest(method: string, url: string, body: unknown) {
  const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['example.com'] });
  return (await gateway.scan({ functionName: 'post', method, url, body, runtimeType: '' })).decision;
}

const post = (url: string, rest: Body): Body => ({ method: 'POST', url, ...rest });
const GITHUB = 'https://api.github.com/graphql';
const GRAPH = 'https://graph.microsoft.com/v1.0/$batch';
const IAM = 'https://iam.amazonaws.com/';
const USER = 'https://api.example.com/users/5';
const COLLABORATOR = 'mutation { addCollaborator(input: {repositoryId: "R", login: "eve"}) { x } }';
const DELETION = 'mutation($id: ID!) { deleteRepository(input: {repositoryId: $id}) { x } }';
const ADMIN = 'Action=AttachUserPolicy&UserName=eve&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess';
const invite = {
  id: '1',
  method: 'POST',
  url: '/me/drive/items/1/invite',
  body: { recipients: [{ email: 'eve@x.y' }] },
};
const share = `--b\r\nContent-Type: application/http\r\n\r\nPOST /drive/v3/files/F/permissions\r\n\r\n{"type":"anyone"}\r\n--b--`;
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

group('a request in the arguments is judged as that request', () => {
  test.each<[string, Body]>([
    ['GraphQL in the body', post(GITHUB, { body: { query: COLLABORATOR } })],
    ['GraphQL as text', post(GITHUB, { data: JSON.stringify({ query: COLLABORATOR }) })],
    ['GraphQL in another field', post(GITHUB, { payload: { document: COLLABORATOR } })],
    ['GraphQL in a batch', post(GITHUB, { json: [{ query: '{ viewer { id } }' }, { query: COLLABORATOR }] })],
    [
      'GraphQL with variables',
      post(GITHUB, { body: { query: COLLABORATOR.replace('"eve"', '$l'), variables: { l: 'eve' } } }),
    ],
    ['a form', post(IAM, { body: ADMIN })],
    ['a form behind filling', post(IAM, { body: 'a&'.repeat(20_000) + ADMIN })],
    [
      'a multipart form',
      post(IAM, { body: `${field('Action', 'AttachUserPolicy')}${field('PolicyArn', 'x/AdministratorAccess')}--b--` }),
    ],
    ['in an object', { request: { method: 'PUT', uri: 'https://api.github.com/repos/o/r/collaborators/eve' } }],
    ['in JSON', { call: JSON.stringify(post(GITHUB, { body: { query: COLLABORATOR } })) }],
    ['in two parts', { base_url: 'https://api.github.com', path: '/repos/o/r/collaborators/eve', method: 'put' }],
    ['a batch in a multipart body', post('https://www.googleapis.com/batch/drive/v3', { body: share })],
    [
      'another method by a header',
      post('https://api.github.com/repos/o/r/collaborators/eve', { headers: [['X-HTTP-Method', 'PUT']] }),
    ],
  ])('%s', async (_, body) => {
    expect(await decide('http_request', body)).toBe('DENY');
  });

  test.each<[string, Body]>([
    ['a deletion', post(GITHUB, { data: { query: DELETION } })],
    ['a deletion at any address', post('https://db.example.com/gql', { body: { query: 'mutation{delete_users{n}}' } })],
    ['a query that the server keeps', post(GITHUB, { body: { id: 'sha256', variables: {} } })],
    ['a batch', post(GRAPH, { body: { requests: [invite] } })],
    ['a batch that cannot be read', post(GRAPH, { body: '<requests/>' })],
    ['a method in headers', post(USER, { headers: { 'X-HTTP-Method-Override': 'DELETE' } })],
    ['a method in headers as text', post(USER, { headers: 'Accept: */*\r\nX-Method-Override: DELETE' })],
    ['a method in options', post(USER, { args: ['-X', 'DELETE'] })],
    [
      'a target in headers',
      post('https://dynamodb.us-east-1.amazonaws.com/', { headers: 'X-Amz-Target: D.DeleteTable' }),
    ],
  ])('%s is held', async (_, body) => {
    expect(await decide('http_request', body)).not.toBe('ALLOW');
  });

  test.each<[string, string, Body]>([
    ['a query', 'http_request', post(GITHUB, { body: { query: 'query { viewer { login } }' } })],
    [
      'a harmless mutation',
      'http_request',
      post(GITHUB, { body: { query: 'mutation { createIssue(input: {title: "t"}) { x } }' } }),
    ],
    ['words of a search', 'http_request', post(USER, { body: { query: 'how to delete a repository' } })],
    ['words of a form', 'http_request', post(USER, { body: 'q=delete+old+files' })],
    ['a method that reads', 'http_request', post(USER, { headers: { 'X-HTTP-Method-Override': 'GET' } })],
    [
      'a batch that reads',
      'http_request',
      post(GRAPH, { body: { requests: [{ id: '1', method: 'GET', url: '/me/messages' }] } }),
    ],
    ['a form that reads', 'http_request', post(IAM, { body: 'Action=ListUsers' })],
    ['such a form in a note', 'add_note', { text: ADMIN }],
    ['such a document in a note', 'add_note', { text: DELETION }],
    ['a page', 'save_bookmark', { url: 'https://github.com/o/r', title: 'x' }],
  ])('%s runs', async (_, functionName, body) => {
    expect(await decide(functionName, body)).toBe('ALLOW');
  });
});

group('a service is the same at each of its hosts and paths', () => {
  test.each([
    ['POST', 'https://content.googleapis.com/drive/v3/files/F/permissions', { emailAddress: 'eve@evil.example' }],
    ['POST', 'https://www.googleapis.com/batch/drive/v3', share],
    ['PUT', 'https://api.github.com/teams/1/memberships/eve', {}],
    ['PUT', 'https://api.github.com/orgs/o/memberships/eve', {}],
    ['POST', 'https://api.github.com/orgs/o/invitations', { email: 'eve@evil.example' }],
    ['POST', 'https://iam.us-gov.amazonaws.com/', ADMIN],
    ['POST', 'https://iam.global.api.aws/', ADMIN],
    ['POST', 'https://vpce-1a-2b.iam.us-east-1.vpce.amazonaws.com/', ADMIN],
  ])('%s %s', async (method, url, body) => {
    expect(await decideRequest(method, url, body)).toBe('DENY');
  });
});

group('what was not read may be anything', () => {
  test.each([
    [IAM, 'a&'.repeat(250_000) + ADMIN],
    ['https://www.googleapis.com/drive/v3/files/F/permissions', `${'a&'.repeat(250_000)}emailAddress=eve@evil.example`],
  ])('at %s', async (url, body) => {
    expect(await decideRequest('POST', url, body)).toBe('DENY');
  });

  test('a long report is read', async () => {
    const rows = Array.from({ length: 4_000 }, (_, id) => ({ id, name: `item ${id}`, quantity: id % 7, ok: true }));
    expect(await decide('http_request', post('https://api.example.com/report', { body: { rows } }))).toBe('ALLOW');
  });
});
