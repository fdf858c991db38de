import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { SessionModule, SessionService } from 'nestjs-session-kit';
import { runCli } from '../../support/shell.js';

describe('secret', () => {
  it('prints a new secret of 256 random bits, and the advice on standard error', async () => {
    const first = await runCli(['secret']);
    const second = await runCli(['secret']);
    expect(first.out).toMatch(/^[\w-]{43}\n$/);
    expect(Buffer.from(first.out.trim(), 'base64url')).toHaveLength(32);
    expect(second.out).not.toBe(first.out);
    expect(first.err).toContain('SESSION_SECRET');
    expect(first.err).not.toContain(first.out.trim());
    expect(first.exitCode).toBe(0);
  });

  it('needs no Redis and prints JSON on request', async () => {
    const { exitCode, out } = await runCli(['secret', '--json'], {
      env: { REDIS_URL: 'nonsense' },
    });
    expect(JSON.parse(out)).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/) });
    expect(exitCode).toBe(0);
  });

  it('prints a secret that SessionModule accepts', async () => {
    const { out } = await runCli(['secret']);
    const imports = [SessionModule.forRoot({ secret: out.trim() })];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(module.get(SessionService)).toBeInstanceOf(SessionService);
    await module.close();
  });
});
