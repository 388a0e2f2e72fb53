import { webcrypto } from 'node:crypto';
import { expect, it } from 'vitest';
import { randomId } from './randomId';

it('makes UUIDs of version 4 without a secure context', () => {
  const ones = { getRandomValues: <T extends ArrayBufferView | null>(array: T): T => ((array as unknown as Uint8Array).fill(255), array) };
  expect(randomId(ones)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
});

it('makes a different one each time', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => randomId(webcrypto as Crypto)));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
