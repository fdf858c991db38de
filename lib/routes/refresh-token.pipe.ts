import { type PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { SessionError } from '../core/session-error.js';
import { RefreshTokenDto } from './refresh-token.dto.js';

/**
 * Checks the body by `RefreshTokenDto`. A separate pipe, so that the answer does not depend on a ValidationPipe of the
 * app; the routes declare their parameter by an interface, which such a pipe ignores.
 */
export class RefreshTokenPipe implements PipeTransform<unknown, RefreshTokenDto> {
  /** @throws SessionError `REFRESH_TOKEN_REQUIRED`, the only possible error of this body */
  transform(value: unknown): RefreshTokenDto {
    const { refreshToken } = (
      typeof value === 'object' && value !== null ? value : {}
    ) as RefreshTokenDto;
    const body = Object.assign(new RefreshTokenDto(), { refreshToken: refreshToken ?? undefined });
    if (validateSync(body).length > 0) throw new SessionError('REFRESH_TOKEN_REQUIRED');
    return body;
  }
}
