import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  UnauthorizedException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SessionError } from 'nestjs-session-kit';

/** Shows a page instead of JSON if the provider or the user refused the login, or its state is not valid. */
@Catch(UnauthorizedException, SessionError)
export class LoginFailedFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: UnauthorizedException | SessionError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    const isExpired = error instanceof SessionError && error.code === 'STATE_INVALID';
    if (error instanceof SessionError && !isExpired) {
      // An outage, for example: the same address may work in a second.
      httpAdapter.reply(response, error.getResponse(), error.getStatus());
      return;
    }
    httpAdapter.redirect(response, 302, `/login-failed?reason=${isExpired ? 'expired' : 'denied'}`);
  }
}
