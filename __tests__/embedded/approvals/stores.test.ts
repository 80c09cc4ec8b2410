import { afterAll, afterEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileApprovalStore, type FileApprovalStore } from '../../../src/embedded/approvals/file-store.ts';
import { memoryApprovalStore } from '../../../src/embedded/approvals/memory-store.ts';
import { approvalStoreContract } from './store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'approvals-'));
const stores: FileApprovalStore[] = [];

afterEach(async () => {
  await Promise.all(stores.map(async (store) => store.close()));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

approvalStoreContract('the store in memory', async () => memoryApprovalStore());
approvalStoreContract('the store in a file', async () => {
  const store = await fileApprovalStore(join(folder, `${stores.length}.jsonl`));
  stores.push(store);
  return store;
});
