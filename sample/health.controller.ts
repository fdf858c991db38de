import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Public, SessionHealthIndicator, SkipRateLimit } from 'nestjs-session-kit';

/**
 * For a load balancer. An application with @nestjs/terminus passes the indicator to its
 * HealthCheckService instead.
 */
@Controller('health')
@Public()
@SkipRateLimit()
export class HealthController {
  constructor(private readonly sessions: SessionHealthIndicator) {}

  @Get()
  async health(): Promise<object> {
    const details = await this.sessions.isHealthy('sessions');
    if (details.sessions.status === 'down') {
      throw new ServiceUnavailableException({ status: 'error', details });
    }
    return { status: 'ok', details };
  }
}
