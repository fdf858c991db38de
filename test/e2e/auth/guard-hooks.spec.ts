import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Controller, type ExecutionContext, Get, Injectable, UseGuards } from '@nestjs/common';
import {
  Public,
  RateLimit,
  RateLimitGuard,
  Roles,
  RolesGuard,
  SessionGuard,
  type SessionUser,
} from 'nestjs-session-kit';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { send } from '../../support/http-client.js';

@Injectable()
class ApiKeyRateLimitGuard extends RateLimitGuard {
  protected override async getTracker(context: ExecutionContext): Promise<string | undefined> {
    const { headers } = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined> }>();
    return headers['x-api-key'];
  }
}

/** An admin has the roles of an editor. */
@Injectable()
class InheritingRolesGuard extends RolesGuard {
  protected override getRoles(user: SessionUser): readonly string[] {
    const roles = super.getRoles(user);
    return roles.includes('admin') ? [...roles, 'editor'] : roles;
  }
}

@Controller('hooks')
class HooksController {
  @Get('keyed')
  @Public()
  @UseGuards(ApiKeyRateLimitGuard)
  @RateLimit({ limit: 2, windowSeconds: 60 })
  keyed(): object {
    return {};
  }

  @Get('edit')
  @UseGuards(SessionGuard, InheritingRolesGuard)
  @Roles('editor')
  edit(): object {
    return {};
  }
}

describe.each(MATRIX)('$adapter with $store: hooks of guards', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController, HooksController] });

  const statusFor = async (apiKey?: string): Promise<number> => {
    const headers = apiKey === undefined ? {} : { 'x-api-key': apiKey };
    return (await send(`${fixture.url}/hooks/keyed`, { headers })).status;
  };

  it('getTracker gives each key a quota, and the network one for requests without a key', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    for (const key of [one, other, undefined]) {
      expect([await statusFor(key), await statusFor(key), await statusFor(key)]).toEqual([
        200, 200, 429,
      ]);
    }
    const client = fixture.redis?.client();
    if (!client) return;
    const keys = await client.keys(`${fixture.keyPrefix}rl:*:tracker:*`);
    expect(keys).toHaveLength(2);
    // Only a digest of an API key is stored.
    expect(keys.filter((key) => key.includes(one) || key.includes(other))).toEqual([]);
  });

  it('getRoles decides about the roles of the user', async () => {
    for (const [role, status] of [
      ['admin', 200],
      ['editor', 200],
      ['user', 403],
    ] as const) {
      const { accessToken } = await login(fixture.url, { userId: 'ada', claims: { role } });
      const answer = await send(`${fixture.url}/hooks/edit`, { token: accessToken });
      expect(answer.status).toBe(status);
    }
  });
});
