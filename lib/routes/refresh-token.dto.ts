import { IsNotEmpty, IsOptional, IsString } from 'class-validator';

/** Body of `POST refresh` and `POST logout`, empty for a browser whose cookie holds the token. */
export class RefreshTokenDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  refreshToken?: string;
}
