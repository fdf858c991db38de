import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** The reason of the error, stable across versions: switch on it, never on the message. */
export type SessionErrorCode =
  | 'TOKEN_MISSING'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TOKEN_TYPE_INVALID'
  | 'REFRESH_TOKEN_REQUIRED'
  | 'REFRESH_REUSED'
  | 'SESSION_ENDED'
  | 'SESSION_LIMIT_REACHED'
  | 'CSRF_REJECTED'
  | 'ROLE_REQUIRED'
  | 'RECENT_LOGIN_REQUIRED'
  | 'RATE_LIMITED'
  | 'STATE_INVALID'
  | 'STORE_UNAVAILABLE';

/** Maps each code to its HTTP response; a code without a row does not compile. */
const ANSWERS: Record<SessionErrorCode, { readonly status: number; readonly message: string }> = {
  TOKEN_MISSING: { status: 401, message: 'No token provided' },
  TOKEN_EXPIRED: { status: 401, message: 'Token expired' },
  TOKEN_INVALID: { status: 401, message: 'Invalid token' },
  TOKEN_TYPE_INVALID: { status: 401, message: 'Invalid token type' },
  REFRESH_TOKEN_REQUIRED: { status: 400, message: 'Refresh token required' },
  REFRESH_REUSED: { status: 401, message: 'Refresh token was already used' },
  SESSION_ENDED: { status: 401, message: 'Session ended' },
  SESSION_LIMIT_REACHED: { status: 409, message: 'Session limit reached' },
  CSRF_REJECTED: { status: 403, message: 'Invalid CSRF token' },
  ROLE_REQUIRED: { status: 403, message: 'Required role is missing' },
  RECENT_LOGIN_REQUIRED: { status: 401, message: 'Recent login required' },
  RATE_LIMITED: { status: 429, message: 'Too many requests' },
  STATE_INVALID: { status: 400, message: 'Invalid or expired state' },
  STORE_UNAVAILABLE: { status: 503, message: 'Session store unavailable' },
};

/**
 * The only error that the package throws during a request. It is an HttpException, so every exception filter of the
 * application answers it correctly: `{ statusCode, error, message, code }`. It never contains a token, a key or a
 * stored value.
 */
export class SessionError extends HttpException {
  override readonly name = 'SessionError';
  /**
   * Headers of its response, such as `Retry-After` (RFC 9110 section 10.2.3) and `WWW-Authenticate` (RFC 6750 section 3).
   * The module sends them. A filter bound with `@UseFilters()` that catches the error sends them itself.
   */
  readonly headers: Readonly<Record<string, string>>;

  /** @param headers instead of those of the code */
  constructor(
    readonly code: SessionErrorCode,
    headers?: Readonly<Record<string, string>>,
  ) {
    const { status, message } = ANSWERS[code];
    super({ statusCode: status, error: STATUS_CODES[status], message, code }, status);
    this.headers = headers ?? headersOf(code);
  }
}

function headersOf(code: SessionErrorCode): Readonly<Record<string, string>> {
  const { status, message } = ANSWERS[code];
  if (status === 503) return { 'Retry-After': '1' };
  if (status !== 401) return {};
  // RFC 6750 section 3: no error code if there was no token, so that the client knows it only has to send one.
  const challenge =
    code === 'TOKEN_MISSING'
      ? 'Bearer'
      : `Bearer error="invalid_token", error_description="${message}"`;
  return { 'WWW-Authenticate': challenge };
}
