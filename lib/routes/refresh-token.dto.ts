import { IsNotEmpty, IsOptional, IsString } from 'class-validator';

/** Body of `POST refresh` and `POST logout`; empty if the cookie of a browser holds the token. */
export class RefreshTokenDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  refreshToken?: string;
}
