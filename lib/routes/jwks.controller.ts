import { Controller, Get, Header, NotFoundException, VERSION_NEUTRAL } from '@nestjs/common';
import { Public } from '../auth/metadata.js';
import type { JsonWebKeySet } from '../keys/public-keys.js';
import { TokenService } from '../sessions/token.service.js';

/** The public keys, where other services look for them (RFC 8615), whatever the versions of the app's API. */
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController {
  constructor(private readonly tokens: TokenService) {}

  @Get('jwks.json')
  @Public()
  // Verifiers learn of a new key within this time, so it has to be published that long before it signs.
  @Header('Cache-Control', 'public, max-age=300')
  keys(): JsonWebKeySet {
    const set = this.tokens.publicKeys();
    if (set.keys.length === 0) throw new NotFoundException('Access tokens are signed by a secret');
    return set;
  }
}
