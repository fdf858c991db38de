import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useBrowserApp } from '../support/apps/use-browser-app.js';
import { send } from '../support/http-client.js';
import { parseStructuredList } from '../support/structured-list.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';
import { RateLimitedController } from '../support/apps/rate-limited.controller.js';

const OPEN = '/limited/open';
const setup = (options: object) => ({ controllers: [RateLimitedController], options });
const remainingAt = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
  const answer = await send(url, { headers });
  return Number(/;r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
};

describe.each(ADAPTERS)('%s: clients without a session are limited by network', (adapter) => {
  let proxied: TestApp;

  beforeAll(async () => {
    proxied = await startApp({
      adapter,
      behindProxy: true,
      controllers: [RateLimitedController],
      options: { globalGuards: true },
    });
  });

  afterAll(() => proxied?.close());

  const remainingFor = (ip: string): Promise<number> =>
    remainingAt(proxied.url + OPEN, { 'x-forwarded-for': ip });

  it('each IPv4 address has a quota, in any notation', async () => {
    expect(await remainingFor('192.0.2.1')).toBe(2);
    expect(await remainingFor('192.0.2.2')).toBe(2);
    expect(await remainingFor('::ffff:192.0.2.1')).toBe(1);
    expect(await remainingFor('::ffff:c000:201')).toBe(0);
  });

  it('an IPv6 network of 64 bits has one quota for all its addresses', async () => {
    expect(await remainingFor('2001:db8:1:2::1')).toBe(2);
    expect(await remainingFor('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(1);
    expect(await remainingFor('2001:DB8:1:2:0:0:0:3')).toBe(0);
    expect(await remainingFor('2001:db8:1:3::1')).toBe(2);
  });

  it('public routes never use the quota of the session in a cookie or token', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.9' };
    const url = proxied.url + OPEN;
    expect(await remainingAt(url, headers)).toBe(2);
    expect(await remainingAt(url, { ...headers, cookie: '__Host-session=abc.junk' })).toBe(1);
    expect(await remainingAt(url, { ...headers, authorization: 'Bearer junk' })).toBe(0);
  });
});

describe.each(ADAPTERS)('%s: the headers of a rate limit', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' }, setup({ rateLimit: undefined }));

  it('15.3.4 4.1.3 X-Forwarded-For has no effect without a trusted proxy', async () => {
    const statuses = [];
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) {
      const headers = { 'x-forwarded-for': ip, forwarded: `for=${ip}`, 'x-real-ip': ip };
      statuses.push((await send(fixture.url + OPEN, { headers })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('are structured lists with the quota, the remaining requests and the reset time, and no id', async () => {
    const { secret } = await fixture.sessions.create({ transport: 'cookie', userId: 'ada' });
    const headers = { cookie: `__Host-session=${secret}` };
    for (const left of [1, 0, 0]) {
      const answer = await send(`${fixture.url}/limited/two`, { headers });
      const [state] = parseStructuredList(answer.headers.get('ratelimit') ?? '');
      const [policy] = parseStructuredList(answer.headers.get('ratelimit-policy') ?? '');
      expect(policy).toEqual({ value: 'RateLimitedController.two', parameters: { q: 2, w: 60 } });
      expect(state?.value).toBe(policy?.value);
      expect(Object.keys(state?.parameters ?? {})).toEqual(['r', 't']);
      expect(state?.parameters['r']).toBe(left);
      const seconds = state?.parameters['t'] as number;
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThanOrEqual(60);
      // Never earlier than t: a client that waits until then is admitted.
      const retryAfter = answer.headers.get('retry-after');
      expect(retryAfter).toBe(answer.status === 429 ? `${Math.max(1, seconds)}` : null);
      expect([...answer.headers].join()).not.toContain(secret.slice(4));
    }
  });

  it('are well-formed for a handler whose name is not valid in a header', async () => {
    const { secret } = await fixture.sessions.create({ transport: 'cookie', userId: 'ada' });
    const answer = await send(`${fixture.url}/limited/named`, {
      headers: { cookie: `__Host-session=${secret}` },
    });
    expect(answer.status).toBe(200);
    const [policy] = parseStructuredList(answer.headers.get('ratelimit-policy') ?? '');
    expect(policy).toEqual({
      value: expect.stringMatching(/^RateLimitedController\./),
      parameters: { q: 2, w: 900 },
    });
  });
});

describe.each(ADAPTERS)('%s: rateLimit.limit', (adapter) => {
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    setup({ rateLimit: { limit: 3, windowSeconds: 60 } }),
  );

  it('applies to every guarded route together, and to public ones by network', async () => {
    const { secret } = await fixture.sessions.create({ transport: 'cookie', userId: 'ada' });
    const headers = { cookie: `__Host-session=${secret}` };
    expect(await remainingAt(`${fixture.url}/limited/plain`, headers)).toBe(2);
    expect(await remainingAt(`${fixture.url}/me`, headers)).toBe(1);
    expect(await remainingAt(`${fixture.url}/auth/sessions`, headers)).toBe(0);
    expect((await send(`${fixture.url}/me`, { headers })).status).toBe(429);
    expect(await remainingAt(`${fixture.url}/limited/two`, headers)).toBe(1);
    expect(await remainingAt(`${fixture.url}/open`)).toBe(2);
  });
});

describe.each(ADAPTERS)('%s: rateLimit: false', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' }, setup({ rateLimit: false }));

  it('limits nothing, not even routes with the decorator', async () => {
    for (const path of [OPEN, OPEN, OPEN, OPEN, '/auth/csrf-token']) {
      const { status, headers } = await send(fixture.url + path);
      expect([status, headers.get('ratelimit')]).toEqual([200, null]);
    }
  });
});
