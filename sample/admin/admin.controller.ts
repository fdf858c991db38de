import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, Roles, RolesGuard, SessionGuard, SessionService } from 'nestjs-session-kit';

@Controller('admin')
@UseGuards(SessionGuard, RolesGuard)
@Roles('admin')
export class AdminController {
  constructor(private readonly sessions: SessionService) {}

  @Get('stats')
  async stats(@CurrentUser('id') userId: string): Promise<object> {
    const { rss } = process.memoryUsage();
    const yours = await this.sessions.list(userId);
    return {
      uptimeSeconds: Math.floor(process.uptime()),
      rssBytes: rss,
      yourSessions: yours.length,
    };
  }
}
