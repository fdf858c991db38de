import { afterEach, describe, expect, it } from '@jest/globals';
import type { LogLevel } from '@nestjs/common';
import { type SessionEvent, SessionEvents, SessionService } from 'nestjs-session-kit';
import { escapeJson } from '../../../lib/core/escape-control-characters.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send } from '../../support/http-client.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { collectEvents } from './collect-events.js';
import { AdminAppController } from '../../support/apps/admin-app.controller.js';

/** The log level of each event, by which security teams and operators filter. */
const LEVELS: Record<SessionEvent['type'], LogLevel> = {
  'session.created': 'log',
  'session.refreshed': 'debug',
  'session.replayed': 'debug',
  'session.reused': 'warn',
  'session.regenerated': 'log',
  'session.revoked': 'log',
  'token.revoked': 'log',
  'everyone.revoked': 'warn',
  'session.expired': 'debug',
  'login.failed': 'warn',
  'csrf.rejected': 'warn',
  'rate-limit.exceeded': 'warn',
  'state.rejected': 'warn',
  'store.unavailable': 'error',
  'store.available': 'log',
};

const HOSTILE =
  'x\r\nforged line\u001b[31m\u0000\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066\u200b"}';
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let app: TestApp | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function audited(audit?: boolean): Promise<{ app: TestApp; lines: [string, string][] }> {
  const lines: [string, string][] = [];
  const logger = new CollectingLogger();
  for (const level of ['log', 'warn', 'error', 'debug'] as const) {
    logger[level] = (message: unknown, ...rest: unknown[]) => {
      if (rest.at(-1) === 'SessionAudit') lines.push([level, String(message)]);
    };
  }
  app = await startApp({
    controllers: [AdminAppController],
    options: { routes: { path: 'auth' }, ...(audit !== undefined && { audit }) },
    configure: (starting) => starting.useLogger(logger),
  });
  return { app, lines };
}

describe('the audit log', () => {
  it.each(Object.entries(LEVELS))('16.3.1 writes %s once at level %s', async (type, level) => {
    const { app: running, lines } = await audited();
    const received = collectEvents(running);
    running.get(SessionEvents).emit({ type, userId: 'ada' } as SessionEvent);
    expect(lines).toEqual([[level, JSON.stringify(received[0])]]);
    expect(JSON.parse(lines[0]![1])).toEqual({ type, userId: 'ada', time: expect.any(String) });
  });

  it('16.2.1 writes the time, type, user and address of an event', async () => {
    const { app: running, lines } = await audited(true);
    const { body } = await send(`${running.url}/admin/login`, {
      method: 'POST',
      json: { userId: 'ada', transport: 'bearer' },
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]![1])).toEqual({
      time: new Date(running.clock.nowMs()).toISOString(),
      type: 'session.created',
      transport: 'bearer',
      userId: 'ada',
      handle: body['handle'],
      lineage: expect.any(String),
      ip: '127.0.0.1',
    });
  });

  it('writes nothing if audit is false, while listeners receive the events', async () => {
    const { app: running, lines } = await audited(false);
    const received = collectEvents(running);
    await running.get(SessionService).create({ transport: 'cookie', userId: 'ada' });
    expect(received).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it('16.4.1 escapes text from clients and the application and keeps it on one line', async () => {
    const { app: running, lines } = await audited();
    await running
      .get(SessionService)
      .create({ transport: 'cookie', userId: HOSTILE, device: { ip: HOSTILE } });
    await send(`${running.url}/admin/wrong-password`, {
      method: 'POST',
      json: { reason: HOSTILE },
      headers: { 'user-agent': 'Browser\u0085 \u009b31m' },
    });
    expect(lines).toHaveLength(2);
    for (const [, line] of lines) expect(line).not.toMatch(CONTROLS);
    const [created, failed] = lines.map(([, line]) => JSON.parse(line) as Record<string, unknown>);
    expect(created).toMatchObject({ userId: HOSTILE, ip: HOSTILE });
    expect(failed).toMatchObject({ reason: HOSTILE });
  });

  it('16.4.1 escapes every control character and line separator without loss', () => {
    const codes = [
      ...Array(0xa0).keys(),
      0x200b,
      0x2028,
      0x2029,
      0x202a,
      0x202e,
      0x2066,
      0x2069,
      0xfeff,
    ];
    for (const code of codes) {
      const reason = `a${String.fromCharCode(code)}b`;
      const line = escapeJson({ type: 'login.failed', time: 'now', reason });
      expect(line).not.toMatch(CONTROLS);
      expect(JSON.parse(line)).toMatchObject({ reason });
    }
  });
});
