import { describe as group, expect, test } from '@jest/globals';
import { z } from 'zod';
import { describe, scannableTarget } from '../../../src/runner/call/describe.ts';
import { tool } from '../../../src/runner/tools/tool.ts';
import { createToolRegistry } from '../../../src/runner/tools/registry.ts';

const bare = undefined;

/** A registered tool that declares these arguments, with this target. */
function declaring(name: string, parameters: Record<string, z.ZodType>, target?: { url: string; method?: string }) {
  const registry = createToolRegistry();
  registry.register(name, tool({ parameters: z.object(parameters), execute: () => 1, ...(target ? { target } : {}) }));
  return registry.tools.get(name);
}

group('the name of a function says its service', () => {
  test.each([
    ['post_message', 'https://slack.com/api/chat.postMessage'],
    ['send_Slack_dm', 'https://slack.com/api/chat.postMessage'],
    ['call_webhook', 'https://slack.com/api/chat.postMessage'],
    ['github_create_issue', 'https://api.github.com/github_create_issue'],
    ['gh_star', 'https://api.github.com/gh_star'],
    ['open_PULL_request', 'https://api.github.com/open_PULL_request'],
    ['commit_file', 'https://api.github.com/commit_file'],
    ['gdrive_upload', 'https://www.googleapis.com/drive/v3/gdrive_upload'],
    ['share_file', 'https://www.googleapis.com/drive/v3/share_file'],
    ['laugh_out', 'https://tools.invalid/laugh_out'],
    ['transfer_money', 'https://tools.invalid/transfer_money'],
  ])('%s', (name, url) => {
    expect(describe(name, {}, bare).url).toBe(url);
  });

  test('the first matching row of the table wins', () => {
    expect(describe('slack_fetch_github', {}, bare).url).toBe('https://slack.com/api/chat.postMessage');
  });
});

group('the name of a function says its method', () => {
  test.each([
    ['get_time', 'GET'],
    ['listFiles', 'GET'],
    ['search-docs', 'GET'],
    ['github_list_repos', 'GET'],
    ['delete_account', 'DELETE'],
    ['drive_remove_file', 'DELETE'],
    ['update_issue', 'PATCH'],
    ['editDoc', 'PATCH'],
    ['post_message', 'POST'],
    ['transfer_money', 'POST'],
    ['post_update', 'POST'],
    ['set_list', 'POST'],
    ['create_list', 'POST'],
    ['file_delete', 'DELETE'],
    ['bulk_delete_users', 'DELETE'],
    ['user_update', 'PATCH'],
    ['list_delete_requests', 'GET'],
    ['file_get', 'POST'],
    ['budget', 'POST'],
  ])('%s: %s', (name, method) => {
    expect(describe(name, {}, bare).method).toBe(method);
  });
});

group('an argument counts only where neither the developer nor the name says anything', () => {
  const args = { url: 'https://api.example.com/v1/pay', method: 'put' };

  test('a declared target comes first, with its own method or the name’s', () => {
    const target = { url: 'https://pay.example.com/' };
    expect(describe('fetch_it', args, declaring('fetch_it', { url: z.string() }, target))).toEqual({
      ...target,
      method: 'POST',
      isTargetDeclared: true,
    });
    expect(describe('get_it', args, declaring('get_it', {}, { ...target, method: 'patch' }))).toEqual({
      ...target,
      method: 'PATCH',
      isTargetDeclared: true,
    });
  });

  test('a service’s name is not overridden by a url argument', () => {
    expect(describe('slack_post', args, bare).url).toBe('https://slack.com/api/chat.postMessage');
    expect(describe('github_get', args, bare).url).toBe('https://api.github.com/github_get');
    expect(describe('share_file', args, bare).url).toBe('https://www.googleapis.com/drive/v3/share_file');
  });

  test.each(['fetch_page', 'http_call', 'request'])('%s is generic HTTP, at its url and method arguments', (name) => {
    expect(describe(name, args, bare)).toEqual({ method: 'PUT', url: 'https://api.example.com/v1/pay' });
  });

  test('a name of no service uses its url argument, but not its method argument', () => {
    expect(describe('ping', args, bare)).toEqual({ method: 'POST', url: 'https://api.example.com/v1/pay' });
  });

  test('an argument that the schema does not declare is ignored', () => {
    expect(describe('ping', args, declaring('ping', { text: z.string() })).url).toBe('https://tools.invalid/ping');
    expect(describe('fetch_page', args, declaring('fetch_page', { url: z.string() }))).toEqual({
      method: 'POST',
      url: args.url,
    });
    expect(describe('ping', args, declaring('ping', { url: z.string() })).url).toBe(args.url);
  });

  test.each([
    '/relative',
    'ftp://host/x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'nonsense',
    7,
    null,
    ['https://a.b'],
  ])('a url argument that is not an absolute http(s) URL is not a target: %j', (url) => {
    expect(describe('fetch_page', { url }, bare).url).toBe('https://tools.invalid/fetch_page');
  });

  test.each(['LAUNCH', '', 7, 'GET\r\nx: y'])('an invalid method argument is ignored: %j', (method) => {
    expect(describe('fetch_page', { method }, bare).method).toBe('POST');
  });

  test('the url is written as the URL parser writes it', () => {
    expect(describe('fetch_page', { url: 'HTTPS://EXAMPLE.com:443/a/../b' }, bare).url).toBe('https://example.com/b');
  });
});

test('a name is encoded in a URL', () => {
  expect(describe('a/../b?c', {}, bare).url).toBe('https://tools.invalid/a%2F..%2Fb%3Fc');
});

group('a URL that gateways refuse', () => {
  const long = 'a'.repeat(20_000);

  test.each([
    ['https://a!b.example/', 'It must start like https://example.com'],
    ['https://a;b.example/', 'It must start like https://example.com'],
    ['https://a%24b.example/', 'It must start like https://example.com'],
    [`https://a.example/${long}`, 'It must have at most 20000 characters.'],
    [`https://a.example/${'ä'.repeat(4_000)}`, 'It must have at most 20000 characters.'],
  ])('is invalid as an argument, which the error names: %.30s', (url, problem) => {
    expect(() => scannableTarget('fetch_page', { url }, bare)).toThrow(`url: ${problem}`);
    expect(() => scannableTarget('ping', { url }, declaring('ping', { url: z.string() }))).toThrow(`url: ${problem}`);
  });

  test.each(['.', '..', long, 'ü'.repeat(4_000)])('is invalid from a name: %.10s', (name) => {
    expect(() => scannableTarget(name, {}, bare)).toThrow("The tool's name cannot be part of a URL.");
    expect(() => scannableTarget(name, { url: 'https://a!b.example/' }, bare)).toThrow('url: It must start like');
  });

  test('is ignored where it is not the target', () => {
    const url = 'https://a!b.example/';
    expect(scannableTarget('slack_post', { url }, bare).url).toBe('https://slack.com/api/chat.postMessage');
    expect(scannableTarget('ping', { url }, declaring('ping', {})).url).toBe('https://tools.invalid/ping');
    const target = { url: 'https://a!c.example/' };
    expect(scannableTarget('ping', { url }, declaring('ping', { url: z.string() }, target)).url).toBe(target.url);
  });
});
