import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  Injectable,
  Module,
  Post,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  CsrfGuard,
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  Roles,
  RolesGuard,
  type Session,
  SessionError,
  SessionGuard,
  SessionModule,
  type SessionModuleOptions,
  SessionService,
  type SessionUser,
  SkipCsrf,
  type TokenPair,
} from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';

declare module 'nestjs-session-kit' {
  interface SessionClaims {
    role: 'admin' | 'user';
  }
  interface SessionData {
    visits?: number;
  }
}

/** Represents the configuration service of an application. */
@Injectable()
export class Settings {
  readonly secret = 'qM3vXw7LrT9bZ8yHc1nJs6pUk4eNg5aDf2iKx0oQdYE';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

/** Accepts every login. */
const ADA = { userId: 'ada', claims: { role: 'user' } } as const;

/** Catches the errors of the package by class, so it runs only if the package has one identity. */
@Catch(SessionError)
class SessionErrorFilter implements ExceptionFilter<SessionError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: SessionError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    httpAdapter.setHeader(response, 'x-caught-by', 'SessionErrorFilter');
    httpAdapter.reply(response, error.getResponse(), error.getStatus());
  }
}

@Controller()
@UseGuards(CsrfGuard, SessionGuard, RolesGuard)
class AppController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(@Exchange() http: HttpExchange): Promise<object> {
    const { session } = await this.sessions.login(http, { ...ADA, transport: 'cookie' });
    return session.user;
  }

  @Post('token')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async token(@Exchange() http: HttpExchange): Promise<TokenPair> {
    const { tokens } = await this.sessions.login(http, { ...ADA, transport: 'bearer' });
    return tokens;
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser, @CurrentUser('role') role: string): object {
    return { id: user.id, role, same: user.role === role };
  }

  @Post('visits')
  @HttpCode(200)
  async visit(@CurrentSession() session: Session): Promise<object> {
    const { data } = await this.sessions.update(session.handle, ({ visits = 0, ...rest }) => ({
      ...rest,
      visits: visits + 1,
    }));
    return data;
  }

  @Get('admin')
  @Roles('admin')
  admin(): object {
    return {};
  }
}

@Controller('passport')
@UseGuards(AuthGuard('jwt'))
class PassportController {
  @Get()
  me(@CurrentUser() user: SessionUser): SessionUser {
    return user;
  }
}

/** The application; `options` override the result of the factory. */
export function appModule(options: Partial<SessionModuleOptions> = {}): new () => object {
  @Module({
    imports: [
      SessionModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: ({ secret }: Settings) => ({
          secret,
          tokens: { reuseGraceSeconds: 0 },
          ...options,
        }),
        routes: { path: 'auth' },
      }),
    ],
    controllers: [AppController, PassportController],
    providers: [JwtStrategy, { provide: APP_FILTER, useClass: SessionErrorFilter }],
  })
  class AppModule {}
  return AppModule;
}
