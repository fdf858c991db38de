import { describe, expect, it } from '@jest/globals';
import { memoryBackend, SessionConfigError } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { secretOf } from '../../support/secret-of.js';
import { SECRET } from '../fixtures.js';
import { linesFor, problemsWith } from './option-problems.js';

const STORE = memoryBackend({ clock: new FakeClock(), maxSessions: 10 });

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}

describe('resolveOptions', () => {
  it('reports every problem at once, each with its path', () => {
    const written = {
      secret: 'short',
      keyPrefix: '{}',
      redis: { url: 'redis://localhost' },
      store: STORE,
      tokens: { accessTtlSeconds: 60, refreshTtlSeconds: 30, algorithm: 'none', typo: 1 },
      session: { idleTimeoutSeconds: 20, absoluteTimeoutSeconds: 10, maxPerUser: 0 },
      revocation: { check: 'sometimes' },
      memory: { maxSessions: 0.5 },
      claimsFor: 1,
      cookies: {},
    };
    const paths = problemsWith(written).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(
      [
        'claimsFor',
        'cookies',
        'keyPrefix',
        'memory.maxSessions',
        'revocation.check',
        'secret',
        'session.idleTimeoutSeconds',
        'session.maxPerUser',
        'store',
        'tokens.algorithm',
        'tokens.refreshTtlSeconds',
        'tokens.refreshTtlSeconds',
        'tokens.typo',
      ].toSorted(),
    );
  });

  it('reports an invalid duration before it compares it with others', () => {
    const tokens = { accessTtlSeconds: '2h', refreshTtlSeconds: 3600 };
    expect(linesFor({ tokens })).toEqual([
      'tokens.accessTtlSeconds: must be a whole number of seconds from 1 to 315360000',
    ]);
  });

  it.each([[undefined], [null], ['secret'], [5], [[]]])('refuses %j as options', (written) => {
    const problem = { path: 'options', message: expect.stringContaining('must be an object') };
    expect(problemsWith(written)).toContainEqual(problem);
  });

  it('validates computed and inherited values of a class like own values, because it reads both', () => {
    class Written {
      readonly secret = SECRET;
      get tokens(): object {
        return { accessTtlSeconds: -1 };
      }
      get keyPrefix(): string {
        return '{}';
      }
    }
    expect(problemsWith(new Written()).map(({ path }) => path)).toEqual([
      'keyPrefix',
      'tokens.accessTtlSeconds',
    ]);
  });

  it('leaves the given options unchanged, and accepts frozen ones', () => {
    const written = {
      secret: [SECRET, secretOf('the previous one')],
      tokens: { accessTtlSeconds: 60 },
      session: { maxPerUser: 5 },
      redis: { url: 'redis://localhost' },
      revocation: {},
      memory: {},
    };
    const before = structuredClone(written);
    resolveOptions(written, true);
    expect(written).toEqual(before);
    expect(Object.isFrozen(written.tokens)).toBe(false);
    expect(resolveOptions(deepFreeze(written), true)).toEqual(resolveOptions(before, true));
  });

  it('is deeply frozen, contains no secret and does not follow later changes', () => {
    const tokens = { accessTtlSeconds: 60 };
    const resolved = resolveOptions({ secret: SECRET, tokens }, false);
    tokens.accessTtlSeconds = 90;
    expect(resolved.tokens.accessTtlMs).toBe(60_000);
    const groups = Object.values(resolved).filter((value) => typeof value === 'object');
    expect(groups).toHaveLength(9);
    expect([resolved, ...groups].every(Object.isFrozen)).toBe(true);
    expect(JSON.stringify(resolved)).not.toContain(SECRET);
  });

  it('never repeats a secret or a password in its message', () => {
    const secrets = ['short-secret', 'another-short-one', 'pass-word'];
    const [one, two, password] = secrets;
    const url = `redis://user:${password}@localhost`;
    const messages = [
      { secret: one },
      { secret: [one, two] },
      { secret: { current: one } },
      { secret: [{ current: one }] },
      { secret: SECRET, redis: { url, client: {} } },
      { secret: SECRET, redis: { url }, store: STORE, tokens: { issuer: 5 } },
      { secret: SECRET, redis: url },
    ].map((written) => new SessionConfigError(problemsWith(written)).message);
    expect(messages.filter((message) => !message.includes('  - '))).toEqual([]);
    const all = messages.join('\n');
    expect([SECRET, ...secrets].filter((secret) => all.includes(secret ?? ''))).toEqual([]);
  });
});
