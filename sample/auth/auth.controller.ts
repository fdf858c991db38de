import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  CurrentUser,
  Exchange,
  HttpExchange,
  Public,
  SessionService,
  type SessionUser,
  SkipCsrf,
  type TokenPair,
} from 'nestjs-session-kit';
import { type User, UsersService } from '../users/users.service.js';
import { ConfirmDto, LoginDto } from './login.dto.js';

/**
 * The application implements login; SessionModule mounts refresh, logout and the list of sessions
 * (`routes`).
 */
@Controller('auth')
export class AuthController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionService,
  ) {}

  /** For browsers: the session is in a cookie, so the body contains no credential. */
  @Post('login')
  @Public()
  @HttpCode(200)
  async login(
    @Body() body: LoginDto,
    @Exchange() http: HttpExchange,
  ): Promise<{ user: SessionUser }> {
    const { id, email, role } = await this.#verified(http, body.email, body.password);
    const { session } = await this.sessions.login(http, {
      transport: 'cookie',
      userId: id,
      claims: { email, role },
    });
    return { user: session.user };
  }

  /**
   * For clients without cookies. It uses no cookie, so another site cannot make a browser call it.
   */
  @Post('token')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async token(@Body() body: LoginDto, @Exchange() http: HttpExchange): Promise<TokenPair> {
    const { id, email, role } = await this.#verified(http, body.email, body.password);
    const { tokens } = await this.sessions.login(http, {
      transport: 'bearer',
      userId: id,
      claims: { email, role },
    });
    return tokens;
  }

  /** Checks the password again, for routes that need a recent login. The session gets a new id. */
  @Post('confirm')
  @HttpCode(200)
  async confirm(
    @Body() { password }: ConfirmDto,
    @CurrentUser('email') email: string,
    @Exchange() http: HttpExchange,
  ): Promise<object> {
    await this.#verified(http, email, password);
    return this.sessions.confirm(http);
  }

  async #verified(http: HttpExchange, email: string, password: string): Promise<User> {
    try {
      return await this.users.verify(email, password);
    } catch (error) {
      await this.sessions.loginFailed(http, 'wrong-password');
      throw error;
    }
  }
}
