import { Controller, Get, Header, Query } from '@nestjs/common';
import { Exchange, type HttpExchange, Public, SessionService } from 'nestjs-session-kit';

/** The pages of the examples that log users in. */
@Controller()
export class HomeController {
  constructor(private readonly sessions: SessionService) {}

  @Get()
  @Public()
  @Header('Content-Type', 'text/html; charset=utf-8')
  async home(@Exchange() http: HttpExchange): Promise<string> {
    const identity = await this.sessions.identify(http);
    return identity.authenticated
      ? `<p>You are logged in as ${escapeHtml(identity.user.id)}.</p>`
      : '<p><a href="/login">Log in</a></p>';
  }

  @Get('login-failed')
  @Public()
  @Header('Content-Type', 'text/html; charset=utf-8')
  loginFailed(@Query('reason') reason: unknown): string {
    const text =
      reason === 'denied' ? 'You did not allow the login.' : 'The login did not succeed.';
    return `<p>${text} <a href="/login">Try again</a></p>`;
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
