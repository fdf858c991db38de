import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { CurrentUser } from 'nestjs-session-kit';

class Gateway {
  handle(_user: unknown): void {}
}
CurrentUser()(Gateway.prototype, 'handle', 0);

interface Parameter {
  readonly factory: (data: unknown, context: ExecutionContext) => unknown;
}

function currentUserOf(client: object): unknown {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, Gateway, 'handle') as object;
  const [parameter] = Object.values(parameters) as [Parameter];
  return parameter.factory(undefined, new ExecutionContextHost([client]));
}

describe('@CurrentUser() where the handler is asked by no request of HTTP', () => {
  it('is the user whom a guard of the app put on the client', () => {
    const user = { id: 'u1' };
    expect(currentUserOf({ user })).toBe(user);
  });

  it('is undefined on a client without a user', () => {
    expect(currentUserOf({})).toBeUndefined();
  });
});
