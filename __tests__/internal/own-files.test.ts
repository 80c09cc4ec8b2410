import { expect, test } from '@jest/globals';
import { checkOwner } from '../../src/internal/own-files.ts';

const ME = 1000;
const FILE = 0o100000;
const FOLDER = 0o040000;
const check = (uid: number, gid: number, mode: number, own: number | undefined = ME) => {
  checkOwner('/data/file', { uid, gid, mode }, own);
};

test.each([
  ['a file that this user owns', ME, ME, FILE | 0o600],
  ['one that others can read', ME, 50, FILE | 0o644],
  ['one of root', 0, 0, FILE | 0o600],
  ["one that the user's own group can write to", ME, ME, FILE | 0o660],
  ['a sticky folder of root, such as /tmp', 0, 0, FOLDER | 0o1777],
])('%s is accepted', (_what, uid, gid, mode) => {
  expect(() => {
    check(uid, gid, mode);
  }).not.toThrow();
});

test.each([
  ['of another user', 1001, 1001, FILE | 0o600, /belongs to another user \(uid 1001\).*chown 1000 \/data\/file/],
  ['that everybody can write to', ME, ME, FILE | 0o602, /Other users can write to .* \(mode 0602\).*chmod go-w/],
  ['that a group can write to', ME, 50, FILE | 0o660, /mode 0660/],
  ['that is a file with the sticky bit', ME, ME, FILE | 0o1666, /mode 1666/],
  ['of another user, also in a sticky folder', 1001, 1001, FOLDER | 0o1777, /belongs to another user/],
])('A path %s is refused with a remedy', (_what, uid, gid, mode, message) => {
  expect(() => {
    check(uid, gid, mode);
  }).toThrow(message);
});

test('Root refuses the files of other users, too', () => {
  expect(() => {
    check(ME, ME, FILE | 0o600, 0);
  }).toThrow(/belongs to another user/);
});

test('Windows has no such owners, so nothing is checked', () => {
  expect(() => {
    checkOwner('file', { uid: 1, gid: 1, mode: 0 }, undefined);
  }).not.toThrow();
});
