import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import passportJwt from 'passport-jwt';
import { SESSION_STRATEGY } from '../auth/session-strategy.js';
import type { SessionUser } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { Authenticator } from '../sessions/authenticator.js';
import { RequestStateFactory } from '../http/request-state.js';
import { TokenCodec } from '../jwt/token-codec.js';
import type { AdapterRequest } from '../http/adapter/adapter-request.js';
import { exchangeOfRequest } from '../http/http-exchange-factory.js';

/** What is used of passport-jwt, written out: its types are not installed with it, so ours must not lead to them. */
interface PassportJwt {
  authenticate(request: unknown, options?: unknown): void;
  error(error: unknown): void;
  fail(challenge?: unknown, status?: number): void;
}

const PassportJwtStrategy = PassportStrategy(passportJwt.Strategy) as new (
  options: object,
) => PassportJwt;

/**
 * Strategies by the application of Express or Fastify that they belong to. Passport keeps one strategy of each name for
 * the process, the last one, and a process may run several applications.
 */
const STRATEGIES = new WeakMap<object, Map<string, JwtStrategy>>();

/**
 * The strategy `jwt` of passport, so that `@UseGuards(AuthGuard('jwt'))` accepts exactly what `SessionGuard` accepts: an
 * app that uses passport adds it to its providers. `request.user` is the `SessionUser`.
 *
 * For a second `SessionModule`, extend it under a name of its own: `override get name() { return 'staff-jwt'; }`.
 *
 * Without a token, or with one that names no key of this module, it fails: the next strategy of
 * `AuthGuard(['jwt', 'other'])` gets its turn, and without one passport answers 401. A token that names one of the keys and
 * is refused is a `SessionError`.
 */
@Injectable()
export class JwtStrategy extends PassportJwtStrategy {
  constructor(
    private readonly codec: TokenCodec,
    options: ResolvedOptions,
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
    adapterHost: HttpAdapterHost,
  ) {
    super({
      jwtFromRequest: (request: AdapterRequest) =>
        requests.of(exchangeOfRequest(request)).credentials.bearer ?? null,
      passReqToCallback: true,
      secretOrKeyProvider: (
        _request: unknown,
        token: string,
        done: (error: unknown, key?: Buffer) => void,
      ) => {
        const key = codec.verificationKey(token);
        // Without a key jsonwebtoken throws on an empty signature, which nobody would catch.
        if (!key) return done(new SessionError('TOKEN_INVALID'));
        // The types know strings and Buffers only; jsonwebtoken takes a KeyObject, and is 30 times faster with it.
        done(null, key as unknown as Buffer);
      },
      algorithms: [...codec.algorithms],
      issuer: options.tokens.issuer,
      audience: options.tokens.audience,
      // Judged in validate, with the clock of the store.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    } satisfies passportJwt.StrategyOptionsWithRequest);
    // A testing module gets its adapter after its providers.
    if (adapterHost.httpAdapter) this.#belongTo(adapterHost);
    else adapterHost.init$.subscribe(() => this.#belongTo(adapterHost));
  }

  /** @internal */
  get [SESSION_STRATEGY](): true {
    return true;
  }

  /** Name that passport knows the strategy by. */
  get name(): string {
    return 'jwt';
  }

  /** passport-jwt assigns its own name, which must not win over a subclass. */
  set name(_assigned: string) {}

  /** @internal Passport calls it on an object of its own for each request, so what is set on `this` ends with the request. */
  override authenticate(request: AdapterRequest, options?: unknown): void {
    const own = strategyFor(request, this.name);
    if (own) Object.setPrototypeOf(this, own);
    const { bearer, ambiguous } = this.requests.of(exchangeOfRequest(request)).credentials;
    if (ambiguous) return this.error(new SessionError('TOKEN_INVALID'));
    if (bearer !== undefined && this.codec.verificationKey(bearer)) {
      this.fail = () => this.error(new SessionError('TOKEN_INVALID'));
    }
    super.authenticate(request, options);
  }

  /** @internal @throws SessionError as `SessionGuard` */
  async validate(request: AdapterRequest): Promise<SessionUser> {
    const state = this.requests.of(exchangeOfRequest(request));
    const identity = await this.authenticator.authenticate(state.http);
    if (!identity.authenticated) throw identity.failure;
    state.admit();
    return identity.user;
  }

  #belongTo({ httpAdapter }: HttpAdapterHost): void {
    const app = httpAdapter.getInstance<object | undefined>();
    if (!app) return;
    const strategies = STRATEGIES.get(app) ?? new Map<string, JwtStrategy>();
    STRATEGIES.set(app, strategies.set(this.name, this));
  }
}

/** The strategy of the application that handles the request. In plugins of Fastify it has a child of the instance. */
function strategyFor(request: AdapterRequest, name: string): JwtStrategy | undefined {
  let app: object | null = request.app ?? request.server ?? null;
  for (; app; app = Object.getPrototypeOf(app) as object | null) {
    const strategies = STRATEGIES.get(app);
    if (strategies) return strategies.get(name);
  }
  return undefined;
}
