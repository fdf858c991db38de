import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { CurrentUser } from 'nestjs-session-kit';
import type { RequestState } from '../../../lib/http/request-state.js';
import type { AdapterRequest } from '../../../lib/http/adapter/adapter-request.js';
import { exchangeOfRequest } from '../../../lib/http/http-exchange-factory.js';

class Gateway {
  handle(_user: unknown): void {}
}
CurrentUser()(Gateway.prototype, 'handle', 0);

interface Parameter {
  readonly factory: (data: unknown, context: ExecutionContext) => unknown;
}

function currentUserOf(message: unknown, type = 'http'): unknown {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, Gateway, 'handle') as object;
  const [parameter] = Object.values(parameters) as [Parameter];
  const context = new ExecutionContextHost([message]);
  context.setType(type);
  return parameter.factory(undefined, context);
}

describe('@CurrentUser() in a context that Nest calls http and that has no request', () => {
  it('is undefined for any message', () => {
    const message = { user: { id: 'u1' }, rawHeaders: [], headers: {} };
    expect(currentUserOf(message)).toBeUndefined();
  });

  it.each([undefined, null, 'text', {}, Object.create(null)])('is undefined for %j', (message) => {
    expect(currentUserOf(message)).toBeUndefined();
  });
});

it('is undefined outside HTTP, even if the first argument is an authenticated request', () => {
  class Request {
    readonly headers = {};
    readonly rawHeaders = [];
  }
  const request = new Request();
  const exchange = exchangeOfRequest(request as unknown as AdapterRequest);
  exchange.authenticatedBy = { user: { id: 'u1' } } as RequestState;
  expect(currentUserOf(request)).toEqual({ id: 'u1' });
  for (const type of ['ws', 'rpc', 'graphql']) {
    expect(currentUserOf(request, type)).toBeUndefined();
  }
});
