import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from '../../support/test-app.js';
import { useFixture } from '../../support/fixture.js';
import { ApiAppController, type LoggedIn, login } from '../../support/apps/api-app.controller.js';

/** The headers with which a client declares an empty body, or no headers. */
const FRAMINGS: [framing: string, headers: Record<string, string>][] = [
  ['Content-Length: 0', { 'content-length': '0' }],
  ['neither a length nor chunks', {}],
  ['zero chunks', { 'transfer-encoding': 'chunked' }],
];

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/vnd.api+json',
  'multipart/form-data',
  'text/plain',
];

const authorized = ({ accessToken }: LoggedIn) => ({ authorization: `Bearer ${accessToken}` });

/** Sends exactly these headers; fetch adds and drops some. */
function sendExactly(
  url: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body?: string },
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
    if (headers['content-length'] === undefined && !headers['transfer-encoding']) {
      outgoing.useChunkedEncodingByDefault = false;
    }
    outgoing.end(body);
  });
}

describe.each(ADAPTERS)('%s: a request with a content type and no body', (adapter) => {
  const fixture = useFixture({ adapter, store: 'memory' }, { controllers: [ApiAppController] });

  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    sendExactly(fixture.url + path, { method, headers, ...(body !== undefined && { body }) });

  describe.each(FRAMINGS)('with %s', (_framing, framing) => {
    it.each(CONTENT_TYPES)(
      'and type %s is accepted by every route of the package',
      async (type) => {
        const headers = { ...framing, 'content-type': type };
        const mine = await login(fixture.url, { userId: 'u1' });
        const other = await login(fixture.url, { userId: 'u1' });
        const refresh = await send('POST', '/auth/refresh', headers);
        expect(JSON.parse(refresh.text)).toMatchObject({ code: 'REFRESH_TOKEN_REQUIRED' });
        const as = { ...headers, ...authorized(mine) };
        expect((await send('DELETE', `/auth/sessions/${other.handle}`, as)).status).toBe(204);
        expect(await fixture.sessions.find(other.handle)).toBeNull();
        expect((await send('POST', '/auth/logout', as)).status).toBe(200);
        expect(await fixture.sessions.find(mine.handle)).toBeNull();
        const third = await login(fixture.url, { userId: 'u1' });
        const all = await send('POST', '/auth/logout-all', { ...headers, ...authorized(third) });
        expect([all.status, JSON.parse(all.text)]).toEqual([200, { revoked: 1 }]);
      },
    );
  });

  it('does not affect requests with a body: chunks are read, invalid JSON is refused', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'u2' });
    const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const body = JSON.stringify({ refreshToken });
    expect((await send('POST', '/auth/refresh', chunked, body)).status).toBe(200);
    expect((await send('POST', '/auth/refresh', chunked, '{')).status).toBe(400);
    expect((await send('POST', '/auth/refresh', chunked, ' ')).status).toBe(400);
  });

  it('does not affect a body of a type that the adapter cannot read, which only Express ignores', async () => {
    const { accessToken, handle } = await login(fixture.url, { userId: 'u4' });
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/xml',
      'content-length': '4',
    };
    const { status } = await send('POST', '/auth/logout', headers, '<a/>');
    expect(status).toBe(adapter === 'fastify' ? 415 : 200);
    expect((await fixture.sessions.find(handle)) === null).toBe(status === 200);
  });

  it('is handled by the adapter on routes of the application', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u3' });
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const { status } = await send('POST', '/api/confirm', {
      ...headers,
      'content-length': '0',
    });
    expect(status).toBe(adapter === 'fastify' ? 400 : 200);
  });
});
