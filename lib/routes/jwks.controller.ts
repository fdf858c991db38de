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
 * The public keys, where other services look for them (RFC 8615), whatever the versions of the app's API. An application
 * has one such place, so it lists the keys of all its modules.
 */
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController {
  constructor(private readonly modules: ModulesContainer) {}

  @Get('jwks.json')
  @Public()
  // Verifiers learn of a new key within this time, so it has to be published that long before it signs.
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

/** A module of its own, which Nest makes once however many modules import it: Fastify refuses a route that is declared twice. */
@Module({ controllers: [JwksController] })
export class JwksModule {}
