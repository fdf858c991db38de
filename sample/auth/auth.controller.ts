import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Exchange, HttpExchange, Public, SessionService, type TokenPair } from 'nestjs-session-kit';
import { UsersService } from '../users/users.service.js';
import { LoginDto } from './login.dto.js';

/** Login is the app's; refresh, logout and the list of sessions are mounted by `routes` of SessionModule. */
@Controller('auth')
export class AuthController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionService,
  ) {}

  @Post('token')
  @Public()
  @HttpCode(200)
  async token(@Body() body: LoginDto, @Exchange() http: HttpExchange): Promise<TokenPair> {
    const { id, email, role } = await this.users.verify(body.email, body.password);
    const { tokens } = await this.sessions.login(http, {
      transport: 'bearer',
      userId: id,
      claims: { email, role },
    });
    return tokens;
  }
}
