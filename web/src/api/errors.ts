// The errors of a request, and which of them are worth a retry.
import type { Problem } from './types';

/** The server answered, with an error. `message` is its sentence for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: Problem['code'] | null,
    detail: string,
    /** The capture that failed, where the problem names one. */
    readonly captureId: string | null,
    readonly retryAfterSeconds: number | null,
  ) {
    super(detail);
  }
}

/** There was no answer: the server or the network is down, or it took too long. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Reads a problem+json answer; anything else becomes an ApiError that names the status. */
export async function readProblem(response: Response): Promise<ApiError> {
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const problem: unknown = await response.json().catch(() => null);
  const fields = (typeof problem === 'object' && problem !== null ? problem : {}) as Partial<Problem>;
  const detail = typeof fields.detail === 'string' && fields.detail !== '' ? fields.detail : `The server answered ${response.status}.`;
  return new ApiError(
    response.status,
    typeof fields.code === 'string' ? fields.code : null,
    detail,
    typeof fields.id === 'string' ? fields.id : null,
    Number.isNaN(retryAfter) ? null : retryAfter,
  );
}

/** Waits between the attempts of a request that is safe to repeat; short, since a person is waiting. */
export const RETRY_DELAYS_MS = [300, 1000, 3000];
/** A server that asks for a longer wait is reported as busy instead. */
export const RETRY_AFTER_SECONDS_MAX = 5;

/** How long to wait before attempt `attempt` + 1 (counted from 0), or null to give up. */
export function retryDelay(error: unknown, attempt: number): number | null {
  const delay = RETRY_DELAYS_MS[attempt];
  if (delay === undefined) return null;
  if (error instanceof UnreachableError) return delay;
  if (!(error instanceof ApiError) || ![502, 503, 504].includes(error.status)) return null;
  const asked = error.retryAfterSeconds ?? 0;
  return asked > RETRY_AFTER_SECONDS_MAX ? null : Math.max(delay, asked * 1000);
}

/** A sentence to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof UnreachableError) return 'Matinee does not answer. Check that it runs and that this device is on its network.';
  return error instanceof Error ? error.message : String(error);
}
