import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { Session, SessionUser } from '../core/session.js';
import type { HttpExchange } from '../sessions/http-exchange.js';
import { HttpExchanges, knownExchange } from '../transport/http-exchanges.js';
import type { AdapterRequest } from '../transport/adapter-request.js';

/** A pipe, because parameter decorators have no injection and pipes do. */
@Injectable()
class ExchangePipe implements PipeTransform<ExecutionContext, HttpExchange> {
  constructor(private readonly exchanges: HttpExchanges) {}

  transform(context: ExecutionContext): HttpExchange {
    return this.exchanges.of(context);
  }
}

@Injectable()
class SessionPipe implements PipeTransform<ExecutionContext, Promise<Session>> {
  constructor(private readonly exchanges: HttpExchanges) {}

  transform(context: ExecutionContext): Promise<Session> {
    return this.exchanges.of(context).session();
  }
}

const contextParam = createParamDecorator((_data: unknown, context: ExecutionContext) => context);

const userParam = createParamDecorator((key: string | undefined, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<AdapterRequest & { user?: SessionUser }>();
  // With AuthGuard('jwt') the user stands where passport puts it.
  const user = knownExchange(request)?.user ?? request.user;
  return key === undefined ? user : (user as Record<string, unknown> | undefined)?.[key];
});

/**
 * The user a guard let in (`SessionUser`), or with a key one field of it. Frozen and taken from the token, so it costs
 * no call to the store. Undefined on `@Public()` routes.
 */
export const CurrentUser = (key?: 'id' | keyof SessionUser | (string & {})): ParameterDecorator =>
  userParam(key);

/** The `Session` of the request, read once per request. Answers 401 when there is none. */
export const CurrentSession = (): ParameterDecorator => contextParam(SessionPipe);

/** The `HttpExchange` of the request, which `login`, `logout` and `confirm` of `SessionService` take. */
export const Exchange = (): ParameterDecorator => contextParam(ExchangePipe);
