import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  RequireRecentLogin,
  type Session,
  SessionService,
  type SessionUser,
} from 'nestjs-session-kit';
import { FlatObjectPipe } from './flat-object.pipe.js';

@Controller('me')
export class MeController {
  constructor(private readonly sessions: SessionService) {}

  @Get()
  me(@CurrentUser() user: SessionUser, @CurrentSession() session: Session): object {
    return { user, session };
  }

  @Patch('preferences')
  async prefer(
    @Body(FlatObjectPipe) changes: Record<string, unknown>,
    @CurrentSession() session: Session,
  ): Promise<object> {
    const { data } = await this.sessions.update(session.handle, (current) => ({
      ...current,
      preferences: { ...current.preferences, ...changes },
    }));
    return data.preferences ?? {};
  }

  /** Asks for the password again if the last login was more than five minutes ago. */
  @Delete('preferences')
  @HttpCode(204)
  @RequireRecentLogin({ maxAgeSeconds: 300 })
  async forget(@CurrentSession() session: Session): Promise<void> {
    await this.sessions.update(session.handle, ({ preferences: _forgotten, ...data }) => data);
  }
}
