import { Module } from '@nestjs/common';
import { SessionModule } from 'nestjs-session-kit';
import { HomeController } from '../home.controller.js';
import { ExampleStrategy } from './example.strategy.js';
import { LoginController } from './passport-login.controller.js';

@Module({
  imports: [
    SessionModule.forRootAsync({
      useFactory: () => ({ secret: process.env['SESSION_SECRET'] ?? '' }),
      routes: { path: 'auth' },
      globalGuards: true,
    }),
  ],
  controllers: [HomeController, LoginController],
  providers: [ExampleStrategy],
})
export class AppModule {}
