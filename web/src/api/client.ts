// The calls of api/openapi.yaml that the page makes. Every call has a time limit, and fails with ApiError or UnreachableError.
// Addresses are relative to the page, so that it works under any BASE_PATH.
import { ApiError, readProblem, retryDelay, UnreachableError } from './errors';
import type { Capture, CaptureType, ClipRequest, Health, PlaybackSession, ScreenshotRequest } from './types';

/** Answers come in milliseconds; after this the connection counts as broken. */
const TIMEOUT_MS = 8_000;
/** A screenshot's answer may wait for the image, 10 s by contract. */
const SCREENSHOT_TIMEOUT_MS = 15_000;

interface CallOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  keepalive?: boolean;
}

export interface CapturePage {
  captures: Capture[];
  /** The number of captures on the server. */
  total: number;
}

export interface TimedHealth {
  health: Health;
  sentAt: number;
  receivedAt: number;
}

export async function getHealth(signal?: AbortSignal): Promise<TimedHealth> {
  const sentAt = Date.now();
  const response = await call('health', { signal });
  const receivedAt = Date.now();
  return { health: await json<Health>(response), sentAt, receivedAt };
}

export async function listSessions(signal?: AbortSignal): Promise<PlaybackSession[]> {
  return json(await call('sessions', { signal }));
}

export async function listCaptures(
  page: { limit: number; offset: number; type: CaptureType | null },
  signal?: AbortSignal,
): Promise<CapturePage> {
  const query = new URLSearchParams({ limit: String(page.limit), offset: String(page.offset) });
  if (page.type !== null) query.set('capture_type', page.type);
  const response = await call(`captures?${query.toString()}`, { signal });
  const captures = await json<Capture[]>(response);
  const total = Number.parseInt(response.headers.get('X-Total-Count') ?? '', 10);
  return { captures, total: Number.isNaN(total) ? page.offset + captures.length : total };
}

export async function getCapture(id: string, signal?: AbortSignal): Promise<Capture> {
  return json(await call(capturePath(id), { signal }));
}

/** Safe to retry over a bad network: requests with the same key make one capture. */
export async function captureScreenshot(request: ScreenshotRequest, key: string): Promise<Capture> {
  return json(await callWithRetry('capture/screenshot', { ...postOf(request, key), timeoutMs: SCREENSHOT_TIMEOUT_MS }));
}

export async function captureClip(request: ClipRequest, key: string): Promise<Capture> {
  return json(await callWithRetry('capture/clip', postOf(request, key)));
}

export async function cancelCapture(id: string): Promise<Capture> {
  return json(await call(`${capturePath(id)}/cancel`, { method: 'POST', body: {} }));
}

export async function retryCapture(id: string): Promise<Capture> {
  return json(await call(`${capturePath(id)}/retry`, { method: 'POST', body: {} }));
}

/** A capture that no longer exists counts as deleted. With `keepalive` the request outlives the page. */
export async function deleteCapture(id: string, keepalive: boolean): Promise<void> {
  try {
    await call(capturePath(id), { method: 'DELETE', keepalive });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** The address that downloads a capture, under a file name that the server makes from its title. */
export function downloadUrl(capture: Capture): string {
  return apiUrl(`${capturePath(capture.id)}/file`).href;
}

export function apiUrl(path: string, base: string = document.baseURI): URL {
  return new URL(`api/${path}`, base);
}

function capturePath(id: string): string {
  return `captures/${encodeURIComponent(id)}`;
}

function postOf(body: unknown, key: string): CallOptions {
  return { method: 'POST', body, headers: { 'Idempotency-Key': key } };
}

async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new UnreachableError('The answer was cut short.');
  }
}

async function callWithRetry(path: string, options: CallOptions): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call(path, options);
    } catch (error) {
      const delay = retryDelay(error, attempt);
      if (delay === null) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

async function call(path: string, options: CallOptions): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? TIMEOUT_MS);
  const forwardAbort = () => abort.abort();
  options.signal?.addEventListener('abort', forwardAbort);
  try {
    const response = await fetch(apiUrl(path), requestOf(options, abort.signal));
    if (!response.ok) throw await readProblem(response);
    return response;
  } catch (error) {
    if (error instanceof ApiError || options.signal?.aborted) throw error;
    throw new UnreachableError(abort.signal.aborted ? 'The server took too long.' : 'The server cannot be reached.');
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', forwardAbort);
  }
}

function requestOf(options: CallOptions, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  const request: RequestInit = { method: options.method ?? 'GET', headers, signal, keepalive: options.keepalive ?? false };
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    request.body = JSON.stringify(options.body);
  }
  return request;
}
