import { type PipeTransform } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString, validateSync } from 'class-validator';
import { SessionError } from '../core/session-error.js';

/** Body of `POST refresh` and `POST logout`, empty for a browser whose cookie holds the token. */
export class RefreshTokenDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  refreshToken?: string;
}

/**
 * Checks a body by its class. A pipe of our own, so that the answer is the same under whatever ValidationPipe the app
 * has; the routes declare their parameter by an interface, which such a pipe leaves alone.
 */
export class RefreshTokenPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(private readonly type: new () => T) {}

  /** @throws SessionError `REFRESH_TOKEN_REQUIRED`, the one thing a body here can lack */
  transform(value: unknown): T {
    const { refreshToken } = (
      typeof value === 'object' && value !== null ? value : {}
    ) as RefreshTokenDto;
    const body = Object.assign(new this.type(), { refreshToken: refreshToken ?? undefined });
    if (validateSync(body).length > 0) throw new SessionError('REFRESH_TOKEN_REQUIRED');
    return body;
  }
}
