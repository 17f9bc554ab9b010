// Pure: what the API server answered when it refused, kept as data so that nobody has to read message texts.
import { Failure } from '../../failure.ts';

/** The cause of a Failure 'cluster' that a ClusterApi throws. */
export class ApiStatus extends Error {
  override readonly name = 'ApiStatus';
  /** HTTP status, or 0 when no answer came (refused, cut or late connection). */
  readonly status: number;
  /** Kubernetes' own word: 'NotFound', 'Conflict', 'Expired', 'Invalid', ...; empty when there was none. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.reason = reason;
  }
}

/** The refusal in the body of an answer, which need not be one of Kubernetes' own. */
export function readApiStatus(status: number, body: string): ApiStatus {
  try {
    const parsed = JSON.parse(body) as { reason?: unknown; message?: unknown };
    const message = typeof parsed.message === 'string' ? parsed.message : `HTTP ${status}`;
    return new ApiStatus(status, typeof parsed.reason === 'string' ? parsed.reason : '', message);
  } catch {
    const excerpt = body.trim().slice(0, 300);
    return new ApiStatus(status, '', excerpt === '' ? `HTTP ${status}` : `HTTP ${status}: ${excerpt}`);
  }
}

/** The API's refusal inside an error, if there is one. */
export function apiStatusOf(error: unknown): ApiStatus | undefined {
  return error instanceof Failure && error.cause instanceof ApiStatus ? error.cause : undefined;
}

/** Whether asking again later may help: no answer, too many requests, or a fault on the server's side. */
export function isTransient(error: unknown): boolean {
  const status = apiStatusOf(error)?.status;
  return status !== undefined && (status === 0 || status === 429 || status >= 500);
}
