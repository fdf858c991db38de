import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Sse, UseGuards } from '@nestjs/common';
import { Public, RateLimit, RateLimitGuard, SessionGuard } from 'nestjs-session-kit';
import { type Observable, Subject } from 'rxjs';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { useBrowserApp } from '../../support/apps/use-browser-app.js';
import { useFixture } from '../../support/fixture.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, SECRET } from '../../support/test-app.js';
import { blocks, documents, rows } from './documents.js';

/** A section of a document, without line breaks. */
function section(path: string, heading: string): string {
  const [, text = ''] = documents.get(path)!.split(`\n## ${heading}\n`);
  const [found = ''] = text.split(/\n#+ /);
  expect(found).not.toBe('');
  return found.replaceAll(/\s+/g, ' ');
}

const quoted = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

@Controller('stream')
class StreamController {
  readonly events = new Subject<{ data: string }>();

  @Sse('events')
  @UseGuards(SessionGuard)
  stream(): Observable<{ data: string }> {
    return this.events;
  }

  @Get('limited')
  @Public()
  @UseGuards(RateLimitGuard)
  @RateLimit({ limit: 1, windowSeconds: 60 })
  limited(): object {
    return {};
  }
}

describe('the documentation is right about', () => {
  it('the names of cookies without Secure, for supertest', () => {
    const { cookie } = resolveOptions({ secret: SECRET, cookie: { secure: false } }, false);
    const names = [cookie.sessionName, cookie.accessName, cookie.refreshName, cookie.csrfName];
    const [, text = ''] = section('docs/testing.md', 'supertest').split('no prefix:');
    expect(quoted(text)).toEqual(names);
  });

  it('the name __session, which no cookie of the kit has', () => {
    const { cookie } = resolveOptions({ secret: SECRET }, false);
    const text = section('docs/cookies-and-proxies.md', 'Hosts that restrict cookies');
    expect(text).toContain('The kit does not use that name');
    expect(Object.values(cookie)).not.toContain('__session');
  });
});

describe.each(ADAPTERS)('on %s the documentation is right about', (adapter) => {
  const shop = useBrowserApp(
    { adapter, store: 'memory' },
    { options: { csrf: { require: 'origin' } } },
  );
  const fixture = useFixture({ adapter, store: 'memory' }, { controllers: [StreamController] });

  /** Whether a login with claims of this size succeeds. */
  const fits = async (bytes: number): Promise<boolean> => {
    const claims = { text: 'x'.repeat(bytes - '{"text":""}'.length) };
    const { status } = await shop.browser().act('/login', {
      json: { transport: 'bearer-cookie', claims },
    });
    return status === 200;
  };

  it.each([
    ['cookie', 1],
    ['bearer-cookie', 2],
  ] as const)('the Set-Cookie lines of a login with %s', async (transport, lines) => {
    const text = section('docs/cookies-and-proxies.md', 'Hosts that restrict cookies');
    expect(text).toContain('A login and a logout with the `cookie` transport set one');
    expect(text).toContain('`bearer-cookie` always needs two');
    const headers = { 'sec-fetch-site': 'same-origin' };
    const login = await send(`${shop.url}/login`, { method: 'POST', json: { transport }, headers });
    expect(login.headers.getSetCookie()).toHaveLength(lines);
    const browser = await shop.loggedIn({ transport });
    const { setCookies } = await browser.act('/auth/logout');
    expect(setCookies).toHaveLength(lines);
  });

  it('the headers that CORS has to expose', async () => {
    const source = blocks('ts').find(({ code }) => code.startsWith('// cors.ts'))!.code;
    const exposed = /exposedHeaders: \[([^\]]+)\]/.exec(source)![1]!;
    const names = [...exposed.matchAll(/'([^']+)'/g)].map(([, name]) => name!.toLowerCase());
    expect(names).toHaveLength(3);
    await send(`${fixture.url}/stream/limited`);
    const { status, headers } = await send(`${fixture.url}/stream/limited`);
    expect(status).toBe(429);
    const simple = /^(cache-control|content-(language|length|type)|expires|last-modified|pragma)$/;
    const kit = [...headers.keys()].filter((name) => /retry|rate/.test(name) && !simple.test(name));
    expect(kit.toSorted()).toEqual(names.toSorted());
  });

  it('streams, which outlive their session', async () => {
    expect(section('docs/revocation.md', 'Open connections')).toContain(
      'Open WebSockets and SSE streams outlive their session',
    );
    const { session, tokens } = await fixture.sessions.create({
      transport: 'bearer',
      userId: 'ada',
    });
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    const stop = new AbortController();
    const { body } = await fetch(`${fixture.url}/stream/events`, { headers, signal: stop.signal });
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (text: string): Promise<void> => {
      fixture.app.get(StreamController).events.next({ data: text });
      for (let seen = ''; !seen.includes(`data: ${text}`);) {
        const { value, done } = await reader.read();
        expect(done).toBe(false);
        seen += value;
      }
    };
    await next('before');
    expect(await fixture.sessions.revoke(session.handle)).toBe(true);
    expect((await fetch(`${fixture.url}/stream/events`, { headers })).status).toBe(401);
    await next('after');
    stop.abort();
  });

  it('the bytes of claims that fit into cookies', async () => {
    const row = rows('value', 'limit').find(([name]) => name === 'claims with `bearer-cookie`');
    const about = Number(/about (\d+) bytes/.exec(row![1]!)![1]);
    let [fitting, tooLarge] = [1000, 4000];
    while (tooLarge - fitting > 1) {
      const middle = Math.floor((fitting + tooLarge) / 2);
      if (await fits(middle)) fitting = middle;
      else tooLarge = middle;
    }
    // Longer names of users, issuers and keys take some of it.
    expect(fitting - about).toBeGreaterThan(0);
    expect(fitting - about).toBeLessThan(200);
  });
});
