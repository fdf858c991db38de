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

function currentUserOf(message: unknown): unknown {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, Gateway, 'handle') as object;
  const [parameter] = Object.values(parameters) as [Parameter];
  return parameter.factory(undefined, new ExecutionContextHost([message]));
}

describe('@CurrentUser() in a context that Nest calls http and that has no request', () => {
  it('is undefined, whatever the message says', () => {
    const message = { user: { id: 'u1' }, rawHeaders: [], headers: {} };
    expect(currentUserOf(message)).toBeUndefined();
  });

  it.each([undefined, null, 'text', {}, Object.create(null)])('is undefined for %j', (message) => {
    expect(currentUserOf(message)).toBeUndefined();
  });
});
