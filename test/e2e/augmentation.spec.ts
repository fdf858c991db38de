import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import ts from 'typescript';

// A compiler starts in each test.
jest.setTimeout(60_000);

const ROOT = process.cwd();

/**
 * Checks a file that stands nowhere, in a program of its own: an augmentation counts for the whole program, and the
 * other tests must not see this one.
 * @returns what the compiler complains about
 */
function complaintsAbout(source: string): string[] {
  const path = join(ROOT, 'app-that-augments.ts');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? source : readFile(name));
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === path
      ? ts.createSourceFile(name, source, languageVersion, true)
      : getSourceFile(name, languageVersion, ...rest);
  const program = ts.createProgram([path], options, host);
  // Of this file alone: the rest of the program is checked by the lint.
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

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

/** Each line must be an error, or the compiler says that the directive above it is unused. */
const MISTAKES = `
export async function mistakes(sessions: SessionService, http: HttpExchange, { handle, user, data }: Session): Promise<void> {
  // @ts-expect-error a claim that is not declared
  String(user.tenant);
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

describe('an app that augments SessionClaims and SessionData', () => {
  it('has @CurrentUser(), login, update and updateClaims typed by them', () => {
    expect(complaintsAbout(APP + AUGMENTATION)).toEqual([]);
  });

  it('has each mistake told', () => {
    expect(complaintsAbout(APP + MISTAKES + AUGMENTATION)).toEqual([]);
  });

  it('knows none of it without the augmentation', () => {
    const complaints = complaintsAbout(APP).join('\n');
    expect(complaints).toContain("Property 'email' does not exist on type 'SessionUser'");
    expect(complaints).toContain("Property 'theme' does not exist");
  });
});
