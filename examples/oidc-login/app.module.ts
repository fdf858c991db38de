import { Module } from '@nestjs/common';
import { SessionModule } from 'nestjs-session-kit';
import { HomeController } from '../home.controller.js';
import { FormPostLoginController } from './form-post-login.controller.js';
import { LoginController } from './oidc-login.controller.js';
import { OidcLogin } from './oidc-login.service.js';

@Module({
  imports: [
    SessionModule.forRootAsync({
      useFactory: () => ({ secret: process.env['SESSION_SECRET'] ?? '' }),
      routes: { path: 'auth' },
      globalGuards: true,
    }),
  ],
  controllers: [HomeController, LoginController, FormPostLoginController],
  providers: [OidcLogin],
})
export class AppModule {}
