import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiUrl, captureClip, captureScreenshot, deleteCapture, getCapture, listCaptures } from './client';
import { ApiError, messageOf, RETRY_AFTER_SECONDS_MAX, retryDelay, UnreachableError } from './errors';

const fetchMock = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { baseURI: 'http://nas.local:8787/matinee/#gallery' });
  vi.stubGlobal('fetch', fetchMock);
  fetchMock.mockReset();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

const problem = (status: number, code: string, more: object = {}) =>
  answer(status, { type: 'about:blank', title: 'x', status, detail: `It is ${code}.`, code, ...more });

const keysSent = () => fetchMock.mock.calls.map(([, init]) => (init?.headers as Record<string, string>)['Idempotency-Key']);

describe('addresses', () => {
  it('are below the page, whatever the base path', () => {
    expect(apiUrl('health', 'http://nas.local:8787/').href).toBe('http://nas.local:8787/api/health');
    expect(apiUrl('health', 'http://nas.local:8787/matinee/#now').href).toBe('http://nas.local:8787/matinee/api/health');
  });
});

describe('a capture over a bad network', () => {
  it('is sent again under the same key until it is answered', async () => {
    fetchMock
      .mockRejectedValueOnce(new TypeError('Failed to fetch'))
      .mockResolvedValueOnce(problem(502, 'bad_gateway'))
      .mockResolvedValueOnce(answer(200, { id: 'one' }));
    const capture = captureScreenshot({ session_id: 'plex-1', offset_seconds: 0 }, 'key-1');
    await vi.runAllTimersAsync();
    expect((await capture).id).toBe('one');
    expect(keysSent()).toEqual(['key-1', 'key-1', 'key-1']);
  });

  it('fails after the last attempt as unreachable', async () => {
    fetchMock.mockRejectedValue(new TypeError('Failed to fetch'));
    const capture = captureClip({ session_id: 'plex-1', relative_seconds: -30, precise: false, offset_seconds: 0 }, 'key-1');
    const refused = expect(capture).rejects.toBeInstanceOf(UnreachableError);
    await vi.runAllTimersAsync();
    await refused;
    expect(fetchMock).toHaveBeenCalledTimes(4);
  });

  it('is not sent again when the server refuses it', async () => {
    fetchMock.mockResolvedValueOnce(problem(422, 'media_error', { id: 'failed-one' }));
    const capture = captureScreenshot({ session_id: 'plex-1', offset_seconds: 0 }, 'key-1');
    await expect(capture).rejects.toMatchObject({ code: 'media_error', captureId: 'failed-one', message: 'It is media_error.' });
    expect(fetchMock).toHaveBeenCalledTimes(1);
  });
});

describe('the retry rule', () => {
  const busy = (retryAfterSeconds: number | null) => new ApiError(503, 'unavailable', '', null, retryAfterSeconds);

  it('waits as long as a busy server asks for', () => {
    expect(retryDelay(busy(2), 0)).toBe(2000);
    expect(retryDelay(busy(null), 0)).toBe(300);
  });

  it('does not wait for a server that asks for longer than a person waits', () => {
    expect(retryDelay(busy(RETRY_AFTER_SECONDS_MAX + 1), 0)).toBeNull();
  });

  it('does not retry errors of the request', () => {
    expect(retryDelay(new ApiError(404, 'not_found', '', null, null), 0)).toBeNull();
    expect(retryDelay(new Error('a bug in the page'), 0)).toBeNull();
  });
});

describe('answers', () => {
  it('carry how many captures there are', async () => {
    fetchMock.mockResolvedValueOnce(answer(200, [{ id: 'a' }], { 'X-Total-Count': '41' }));
    expect(await listCaptures({ limit: 1, offset: 0, type: 'clip' })).toEqual({ captures: [{ id: 'a' }], total: 41 });
    expect(String(fetchMock.mock.calls[0]?.[0])).toBe(
      'http://nas.local:8787/matinee/api/captures?limit=1&offset=0&capture_type=clip',
    );
  });

  it('that are not problem+json still become an error that can be shown', async () => {
    fetchMock.mockResolvedValueOnce(new Response('<html>Bad Gateway</html>', { status: 502 }));
    await expect(getCapture('a')).rejects.toThrow('The server answered 502.');
  });

  it('that stop half way count as no answer', async () => {
    fetchMock.mockResolvedValueOnce(new Response('{"id": "a', { status: 200 }));
    await expect(getCapture('a')).rejects.toBeInstanceOf(UnreachableError);
  });

  it('that never come are aborted', async () => {
    fetchMock.mockImplementationOnce(
      (_url, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    const refused = expect(getCapture('a')).rejects.toThrow('took too long');
    await vi.runAllTimersAsync();
    await refused;
  });
});

describe('deleting', () => {
  it('counts a capture that no longer exists as deleted', async () => {
    fetchMock.mockResolvedValueOnce(problem(404, 'not_found'));
    await expect(deleteCapture('a/b', true)).resolves.toBeUndefined();
    expect(String(fetchMock.mock.calls[0]?.[0])).toBe('http://nas.local:8787/matinee/api/captures/a%2Fb');
    expect(fetchMock.mock.calls[0]?.[1]?.keepalive).toBe(true);
  });

  it('reports any other failure', async () => {
    fetchMock.mockResolvedValueOnce(problem(500, 'internal'));
    const error = await deleteCapture('a', false).catch((thrown: unknown) => thrown);
    expect(messageOf(error)).toBe('It is internal.');
  });
});
