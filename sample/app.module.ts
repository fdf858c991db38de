import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { SessionModule } from 'nestjs-session-kit';
import { AdminController } from './admin/admin.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { HealthController } from './health.controller.js';
import { MeController } from './me/me.controller.js';
import { PageController } from './page/page.controller.js';
import { sessionOptions } from './session-options.js';
import './session-types.js';
import { UsersService } from './users/users.service.js';

@Module({
  imports: [
    SessionModule.forRootAsync({
      useFactory: () => sessionOptions(process.env),
      routes: { path: 'auth' },
      globalGuards: true,
    }),
  ],
  controllers: [AuthController, MeController, AdminController, PageController, HealthController],
  providers: [
    UsersService,
    { provide: APP_PIPE, useFactory: () => new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
