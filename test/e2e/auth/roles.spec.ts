import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, Roles, RolesGuard, SessionGuard } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

const ran: string[] = [];

@Controller('reports')
@UseGuards(SessionGuard, RolesGuard)
@Roles('admin', 'auditor')
class ReportsController {
  @Get()
  read(): object {
    ran.push('read');
    return {};
  }

  @Get('owner')
  @Roles('owner')
  own(): object {
    ran.push('own');
    return {};
  }
}

/** RolesGuard works without another guard and ignores routes without roles. */
@Controller('alone')
@UseGuards(RolesGuard)
class AloneController {
  @Get('admin')
  @Roles('admin')
  admin(@CurrentUser('id') id: string): object {
    ran.push('admin');
    return { id };
  }

  /** Stands for a misspelt enum member in JavaScript, which is undefined. */
  @Get('misspelt')
  @Roles(undefined as never)
  misspelt(): object {
    ran.push('misspelt');
    return {};
  }

  @Get('open')
  open(): object {
    return { open: true };
  }
}

describe.each(MATRIX)('$adapter with $store: roles', (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController, ReportsController, AloneController],
  });

  beforeEach(() => {
    ran.length = 0;
  });

  it.each([
    { claims: { role: 'admin' }, path: '/reports', status: 200 },
    { claims: { role: 'auditor' }, path: '/reports', status: 200 },
    { claims: { roles: ['user', 'auditor'] }, path: '/reports', status: 200 },
    { claims: { role: 'user', roles: ['admin'] }, path: '/reports', status: 200 },
    { claims: { role: 'owner' }, path: '/reports/owner', status: 200 },
    { claims: { role: 'admin' }, path: '/alone/admin', status: 200 },
    { claims: {}, path: '/reports', status: 403 },
    { claims: { role: 'user' }, path: '/reports', status: 403 },
    { claims: { role: 'Admin' }, path: '/reports', status: 403 },
    { claims: { role: 'administrator' }, path: '/reports', status: 403 },
    { claims: { role: ['admin'] }, path: '/reports', status: 403 },
    { claims: { roles: 'admin' }, path: '/reports', status: 403 },
    { claims: { roles: [] }, path: '/reports', status: 403 },
    { claims: { admin: true }, path: '/reports', status: 403 },
    // The roles of a method replace those of the class.
    { claims: { role: 'admin' }, path: '/reports/owner', status: 403 },
    { claims: { role: 'user' }, path: '/alone/admin', status: 403 },
    // A user without a role does not match an undefined role.
    { claims: {}, path: '/alone/misspelt', status: 403 },
    { claims: { roles: [null] }, path: '/alone/misspelt', status: 403 },
  ])('answers $status to $claims on $path', async ({ claims, path, status }) => {
    const { accessToken } = await login(fixture.url, { userId: 'u1', claims });
    const answer = await send(fixture.url + path, { token: accessToken });
    expect(answer.status).toBe(status);
    expect(ran).toHaveLength(status === 200 ? 1 : 0);
  });

  it('answers 403 with a code and without a challenge to a missing role', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1', claims: { role: 'user' } });
    const { status, body, headers } = await send(`${fixture.url}/reports`, { token: accessToken });
    expect(status).toBe(403);
    expect(body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: 'Required role is missing',
      code: 'ROLE_REQUIRED',
    });
    expect(headers.get('www-authenticate')).toBeNull();
  });

  it('answers 401 like SessionGuard to an anonymous request if RolesGuard runs alone', async () => {
    const { status, body, headers } = await send(`${fixture.url}/alone/admin`);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(ran).toEqual([]);
  });

  it('identifies the user with one read if RolesGuard runs alone', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1', claims: { role: 'admin' } });
    fixture.calls.length = 0;
    const { body } = await send(`${fixture.url}/alone/admin`, { token: accessToken });
    expect(body).toEqual({ id: 'u1' });
    expect(fixture.calls).toEqual(['read']);
  });

  it('reads the store once for SessionGuard and RolesGuard together', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1', claims: { role: 'admin' } });
    fixture.calls.length = 0;
    expect((await send(`${fixture.url}/reports`, { token: accessToken })).status).toBe(200);
    expect(fixture.calls).toEqual(['read']);
  });

  it('admits requests to a route without @Roles()', async () => {
    const { status, body } = await send(`${fixture.url}/alone/open`);
    expect(status).toBe(200);
    expect(body).toEqual({ open: true });
  });
});
