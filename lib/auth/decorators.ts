import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { SessionError } from '../core/session-error.js';
import type { SessionUser } from '../core/session.js';
import { exchangeOf, knownExchange } from '../transport/http-exchange-factory.js';

const userParam = createParamDecorator((key: string | undefined, context: ExecutionContext) => {
  const user = knownExchange(context)?.authenticatedBy?.user;
  return key === undefined ? user : (user as Record<string, unknown> | undefined)?.[key];
});

const sessionParam = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const state = exchangeOf(context).authenticatedBy;
  if (!state) throw new SessionError('TOKEN_MISSING');
  return state.session();
});

/**
 * Hides the type of a parameter from pipes. A ValidationPipe that also validates custom decorators would otherwise copy the
 * exchange into a new object of its class, which belongs to no request.
 */
const withoutType: ParameterDecorator = (target, key, index) => {
  if (key === undefined) return;
  const types = Reflect.getOwnMetadata('design:paramtypes', target, key) as unknown[] | undefined;
  if (types) Reflect.defineMetadata('design:paramtypes', types.with(index, Object), target, key);
};

const exchangeParam = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => exchangeOf(context),
  [withoutType],
);

/**
 * The user a guard admitted (`SessionUser`), or with a key one field of it. Frozen and taken from the token, so it costs
 * no call to the store. Undefined where no guard of the kit authenticated the request, as on `@Public()` routes. With
 * several modules, the one whose guard ran last counts.
 */
export const CurrentUser = (key?: 'id' | keyof SessionUser | (string & {})): ParameterDecorator =>
  userParam(key);

/**
 * The `Session` of the request, read once per request.
 * @throws SessionError `TOKEN_MISSING` where no guard of the kit authenticated the request, `SESSION_ENDED`,
 * `STORE_UNAVAILABLE`
 */
export const CurrentSession = (): ParameterDecorator => sessionParam();

/** The `HttpExchange` of the request, which `login`, `logout` and `confirm` of `SessionService` take. */
export const Exchange = (): ParameterDecorator => exchangeParam();
