import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { SessionError } from '../core/session-error.js';
import { exchangeOf } from '../http/http-exchange-factory.js';

const sessionParam = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const state = exchangeOf(context).authenticatedBy;
  if (!state) throw new SessionError('TOKEN_MISSING');
  return state.session();
});

/**
 * The `Session` of the request, read once per request.
 * @throws SessionError `TOKEN_MISSING` if no guard of the kit authenticated the request, `SESSION_ENDED`,
 * `STORE_UNAVAILABLE`
 */
export const CurrentSession = (): ParameterDecorator => sessionParam();
