import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { SessionUser } from '../core/session.js';
import { knownExchange } from '../http/http-exchange-factory.js';

const userParam = createParamDecorator((key: string | undefined, context: ExecutionContext) => {
  const user = knownExchange(context)?.authenticatedBy?.user;
  return key === undefined ? user : (user as Record<string, unknown> | undefined)?.[key];
});

/**
 * The user that a guard admitted (`SessionUser`), or one field of it if a key is given. Frozen and taken from the
 * token, so it needs no call to the store. Undefined if no guard of the kit authenticated the request, as on
 * `@Public()` routes. With several modules, the one whose guard ran last is used.
 */
export const CurrentUser = (key?: keyof SessionUser): ParameterDecorator => userParam(key);
