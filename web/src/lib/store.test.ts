import { expect, it, vi } from 'vitest';
import { Store } from './store';

it('calls its listeners at each change, until they stop', () => {
  const store = new Store(1);
  const [first, second] = [vi.fn(), vi.fn()];
  const stop = store.subscribe(first);
  store.subscribe(second);
  store.set(2);
  expect(store.get()).toBe(2);
  stop();
  store.set(3);
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).toHaveBeenCalledTimes(2);
});
