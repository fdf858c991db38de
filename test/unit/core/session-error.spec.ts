import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { SessionConfigError, SessionError, type SessionErrorCode } from 'nestjs-session-kit';

/** Documented for clients: they depend on the code, people read the message. */
const TABLE: Record<SessionErrorCode, [status: number, error: string, message: string]> = {
  TOKEN_MISSING: [401, 'Unauthorized', 'No token provided'],
  TOKEN_EXPIRED: [401, 'Unauthorized', 'Token expired'],
  TOKEN_INVALID: [401, 'Unauthorized', 'Invalid token'],
  TOKEN_TYPE_INVALID: [401, 'Unauthorized', 'Invalid token type'],
  REFRESH_TOKEN_REQUIRED: [400, 'Bad Request', 'Refresh token required'],
  REFRESH_REUSED: [401, 'Unauthorized', 'Refresh token was already used'],
  SESSION_ENDED: [401, 'Unauthorized', 'Session ended'],
  SESSION_LIMIT_REACHED: [409, 'Conflict', 'Session limit reached'],
  CSRF_REJECTED: [403, 'Forbidden', 'Invalid CSRF token'],
  RECENT_LOGIN_REQUIRED: [401, 'Unauthorized', 'Recent login required'],
  RATE_LIMITED: [429, 'Too Many Requests', 'Too many requests'],
  ROLE_REQUIRED: [403, 'Forbidden', 'Required role is missing'],
  STATE_INVALID: [400, 'Bad Request', 'Invalid or expired state'],
  STORE_UNAVAILABLE: [503, 'Service Unavailable', 'Session store unavailable'],
};
const ROWS = Object.entries(TABLE) as [SessionErrorCode, (typeof TABLE)[SessionErrorCode]][];

describe('SessionError', () => {
  it.each(ROWS)('maps %s to %j', (code, [statusCode, error, message]) => {
    const thrown = new SessionError(code);
    expect(thrown).toBeInstanceOf(HttpException);
    expect(thrown).toMatchObject({ code, name: 'SessionError', message });
    expect(thrown.getStatus()).toBe(statusCode);
    expect(thrown.getResponse()).toEqual({ statusCode, error, message, code });
  });
});

describe('SessionConfigError', () => {
  it('lists every problem with its path, on a line each', () => {
    const problems = [
      { path: 'secret', message: 'is missing' },
      { path: 'tokens.issuer', message: 'must be a string' },
    ];
    const error = new SessionConfigError(problems);
    expect(error).toMatchObject({ name: 'SessionConfigError', problems });
    expect(error.message.split('\n')).toEqual([
      'SessionModule cannot start, its options need a change:',
      '  - secret: is missing',
      '  - tokens.issuer: must be a string',
    ]);
  });
});
