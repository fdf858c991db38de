import { Body, Controller, Get, Post, Query, Redirect } from '@nestjs/common';
import { Exchange, type HttpExchange, Public, SkipCsrf } from 'nestjs-session-kit';
import { OidcLogin, type ProviderAnswer } from './oidc-login.service.js';

const CALLBACK = '/form-post-login/callback';

@Controller('form-post-login')
@Public()
export class FormPostLoginController {
  constructor(private readonly oidc: OidcLogin) {}

  @Get()
  @Redirect()
  async login(@Exchange() http: HttpExchange, @Query('returnTo') returnTo: unknown) {
    return { url: await this.oidc.begin(http, CALLBACK, returnTo, 'form_post') };
  }

  /** A page of the provider posts to this route, so it has no CSRF token. The state takes its place. */
  @Post('callback')
  @SkipCsrf()
  @Redirect()
  async callback(@Exchange() http: HttpExchange, @Body() answer: ProviderAnswer) {
    return { url: await this.oidc.finish(http, CALLBACK, answer), statusCode: 303 };
  }
}
