import { Controller, Get } from '@nestjs/common';
import { CurrentUser, Roles, SessionService } from 'nestjs-session-kit';

@Controller('admin')
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
