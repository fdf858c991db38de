import { Controller, Get, Query, Redirect } from '@nestjs/common';
import { Exchange, type HttpExchange, Public } from 'nestjs-session-kit';
import { OidcLogin, type ProviderAnswer } from './oidc-login.service.js';

const CALLBACK = '/login/callback';

@Controller('login')
@Public()
export class LoginController {
  constructor(private readonly oidc: OidcLogin) {}

  /** `GET /login?returnTo=/orders` sends the browser to the provider. */
  @Get()
  @Redirect()
  async login(@Exchange() http: HttpExchange, @Query('returnTo') returnTo: unknown) {
    return { url: await this.oidc.begin(http, CALLBACK, returnTo) };
  }

  /** The provider sends the browser back to this route. */
  @Get('callback')
  @Redirect()
  async callback(@Exchange() http: HttpExchange, @Query() answer: ProviderAnswer) {
    return { url: await this.oidc.finish(http, CALLBACK, answer) };
  }
}
