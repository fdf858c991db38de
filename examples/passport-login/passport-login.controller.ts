import {
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Redirect,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { Exchange, type HttpExchange, Public, SessionService } from 'nestjs-session-kit';
import { OAuthGuard } from 'nestjs-session-kit/passport';
import type { Profile } from './example.strategy.js';
import { LoginFailedFilter } from './login-failed.filter.js';
import { returnUrl } from '../return-url.js';

/** Keeps `GET /login?returnTo=/orders` until the callback. */
@Injectable()
class ExampleGuard extends OAuthGuard('example') {
  readonly #appUrl = process.env['APP_URL'] ?? '';

  override stateOf(context: ExecutionContext) {
    const { query } = this.getRequest(context) as { query: { returnTo?: unknown } };
    return { returnTo: returnUrl(query.returnTo, this.#appUrl) };
  }
}

@Controller('login')
@Public()
@UseGuards(ExampleGuard)
@UseFilters(LoginFailedFilter)
export class LoginController {
  constructor(private readonly sessions: SessionService) {}

  /** The guard sends the browser to the provider. */
  @Get()
  login(): void {}

  /** The provider sends the browser back to this route. */
  @Get('callback')
  @Redirect()
  async callback(
    @Exchange() http: HttpExchange,
    @Req() request: { user: Profile; authInfo: { state: { returnTo: string } } },
  ) {
    await this.sessions.login(http, { transport: 'cookie', userId: request.user.id });
    return { url: request.authInfo.state.returnTo };
  }
}
