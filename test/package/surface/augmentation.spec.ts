import { describe, expect, it, jest } from '@jest/globals';
import { diagnosticsOf } from './diagnostics.js';

// Each test starts a compiler.
jest.setTimeout(60_000);

const AUGMENTATION = `
declare module 'nestjs-session-kit' {
  interface SessionClaims { email: string; role: 'admin' | 'user' }
  interface SessionData { theme?: 'dark' | 'light'; visits?: number }
}
`;

const APP = `
import { CurrentUser, type HttpExchange, type Session, type SessionService, type SessionUser } from 'nestjs-session-kit';

export class MeController {
  me(@CurrentUser() user: SessionUser, @CurrentUser('email') email: string): string {
    const role: 'admin' | 'user' = user.role;
    return user.id + user.email + role + email;
  }
}

export async function use(sessions: SessionService, http: HttpExchange, session: Session): Promise<void> {
  const theme: 'dark' | 'light' | undefined = session.data.theme;
  const role: 'admin' | 'user' = session.user.role;
  await sessions.update(session.handle, { theme: theme ?? 'dark' });
  await sessions.update(session.handle, (data) => ({ ...data, visits: (data.visits ?? 0) + 1 }));
  await sessions.updateClaims(session.user.id, { email: 'a@example.com', role });
  await sessions.login(http, {
    transport: 'bearer',
    userId: session.user.id,
    claims: { email: 'a@example.com', role: 'user' },
    data: { theme: 'light' },
  });
}
`;

/** Each line must be an error; otherwise the compiler reports the directive above it as unused. */
const MISTAKES = `
export async function mistakes(sessions: SessionService, http: HttpExchange, { handle, user, data }: Session): Promise<void> {
  // @ts-expect-error a claim that is not declared
  String(user.tenant);
  // @ts-expect-error a field that a user does not have
  CurrentUser('tenant');
  // @ts-expect-error a user is read-only
  user.role = 'admin';
  // @ts-expect-error data is read-only
  data.theme = 'dark';
  // @ts-expect-error a value that the theme cannot have
  await sessions.update(handle, { theme: 'pink' });
  // @ts-expect-error a field that is not declared
  await sessions.update(handle, { colour: 'dark' });
  // @ts-expect-error a function that returns other data
  await sessions.update(handle, (current) => ({ ...current, visits: 'many' }));
  // @ts-expect-error a role that does not exist
  await sessions.updateClaims(user.id, { email: 'a@example.com', role: 'root' });
  // @ts-expect-error a claim is missing
  await sessions.login(http, { transport: 'bearer', userId: user.id, claims: { email: 'a@example.com' } });
}
`;

const TRANSPORTS = `
import type { Session, SessionService, TokenService } from 'nestjs-session-kit';

export async function mistakes(sessions: SessionService, tokens: TokenService, session: Session): Promise<void> {
  // @ts-expect-error no transport
  await sessions.create({ userId: 'ada' });
  // @ts-expect-error a transport that needs the request of a browser
  await sessions.create({ userId: 'ada', transport: 'bearer-cookie' });
  // @ts-expect-error tokens of a session in a cookie
  String((await sessions.create({ userId: 'ada', transport: 'cookie' })).tokens);
  // @ts-expect-error tokens for a session of any transport
  await tokens.issue(session);
}
`;

describe('an augmentation of SessionClaims and SessionData', () => {
  it('types @CurrentUser(), login, update and updateClaims', () => {
    expect(diagnosticsOf(APP + AUGMENTATION)).toEqual([]);
  });

  it('makes the compiler report each mistake', () => {
    expect(diagnosticsOf(APP + MISTAKES + AUGMENTATION)).toEqual([]);
  });

  it('is necessary for the declared claims and data', () => {
    const diagnostics = diagnosticsOf(APP).join('\n');
    expect(diagnostics).toContain("Property 'email' does not exist on type 'SessionUser'");
    expect(diagnostics).toContain("Property 'theme' does not exist");
  });
});

describe('the types of SessionService and TokenService', () => {
  it('refuse an operation that the transport of a session does not have', () => {
    expect(diagnosticsOf(TRANSPORTS)).toEqual([]);
  });
});
