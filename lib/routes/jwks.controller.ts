import {
  Controller,
  Get,
  Header,
  Module,
  NotFoundException,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Public } from '../auth/public.decorator.js';
import { KeyRing } from '../jwt/key-ring.js';
import { type JsonWebKeySet, publicKeySet } from '../jwt/jwks.js';

/**
 * The public keys at the well-known path (RFC 8615), independent of the API versions of the app. An application has one
 * such path, so it lists the keys of all its modules.
 */
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController {
  constructor(private readonly modules: ModulesContainer) {}

  @Get('jwks.json')
  @Public()
  // Verifiers receive a new key within this time, so publish it at least that long before it signs.
  @Header('Cache-Control', 'public, max-age=300')
  keys(): JsonWebKeySet {
    const keys = [...this.modules.values()].flatMap(({ providers }) => {
      const ring = providers.get(KeyRing)?.instance as KeyRing | undefined;
      return ring ? publicKeySet(ring).keys : [];
    });
    if (keys.length === 0) throw new NotFoundException('Access tokens are signed by a secret');
    return { keys: [...new Map(keys.map((key) => [key.kid, key])).values()] };
  }
}

/**
 * A separate module, which Nest creates once regardless of how many modules import it: Fastify refuses a duplicate
 * route.
 */
@Module({ controllers: [JwksController] })
export class JwksModule {}
