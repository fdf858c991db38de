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
import { TokenSignatures } from '../jwt/token-signatures.js';
import type { AdapterRequest } from '../http/adapter/adapter-request.js';
import { exchangeOfRequest } from '../http/http-exchange-factory.js';

/**
 * The used part of passport-jwt, declared here: its types are not installed with it, so the types of this package must
 * not depend on them.
 */
interface PassportJwt {
  authenticate(request: unknown, options?: unknown): void;
  error(error: unknown): void;
  fail(challenge?: unknown, status?: number): void;
}

const PassportJwtStrategy = PassportStrategy(passportJwt.Strategy) as new (
  options: object,
) => PassportJwt;

/**
 * Strategies by the application of Express or Fastify to which they belong. Passport keeps one strategy per name and
 * process, the last one registered, and a process may run several applications.
 */
const STRATEGIES = new WeakMap<object, Map<string, JwtStrategy>>();

/**
 * The strategy `jwt` of passport: `@UseGuards(AuthGuard('jwt'))` accepts exactly the requests that `SessionGuard`
 * accepts. An app that uses passport adds it to its providers. `request.user` is the `SessionUser`.
 *
 * For a second `SessionModule`, extend it under another name: `override get name() { return 'staff-jwt'; }`.
 *
 * Without a token, or with one that names no key of this module, it fails: passport tries the next strategy of
 * `AuthGuard(['jwt', 'other'])`, or answers 401 without one. A token that names one of the keys and is refused causes a
 * `SessionError`.
 */
@Injectable()
export class JwtStrategy extends PassportJwtStrategy {
  constructor(
    private readonly signatures: TokenSignatures,
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
        const key = signatures.verificationKey(token);
        // Without a key jsonwebtoken throws on an empty signature, and no caller would catch the error.
        if (!key) return done(new SessionError('TOKEN_INVALID'));
        // The types declare strings and Buffers only; jsonwebtoken accepts a KeyObject, and is 30 times faster with it.
        done(null, key as unknown as Buffer);
      },
      algorithms: [...signatures.algorithms],
      issuer: options.tokens.issuer,
      audience: options.tokens.audience,
      // Checked in validate, with the clock of the store.
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

  /** Name under which passport registers the strategy. */
  get name(): string {
    return 'jwt';
  }

  /** passport-jwt assigns its own name, which must not override that of a subclass. */
  set name(_assigned: string) {}

  /** @internal Passport calls it on a new object for each request, so fields set on `this` end with the request. */
  override authenticate(request: AdapterRequest, options?: unknown): void {
    const own = strategyFor(request, this.name);
    if (own) Object.setPrototypeOf(this, own);
    const { bearer, ambiguous } = this.requests.of(exchangeOfRequest(request)).credentials;
    if (ambiguous) return this.error(new SessionError('TOKEN_INVALID'));
    if (bearer !== undefined && this.signatures.verificationKey(bearer)) {
      this.fail = () => this.error(new SessionError('TOKEN_INVALID'));
    }
    super.authenticate(request, options);
  }

  /** @internal @throws SessionError as `SessionGuard` */
  async validate(request: AdapterRequest): Promise<SessionUser> {
    const http = exchangeOfRequest(request);
    const { user } = await this.authenticator.require(http);
    this.authenticator.admit(http);
    return user;
  }

  #belongTo({ httpAdapter }: HttpAdapterHost): void {
    const app = httpAdapter.getInstance<object | undefined>();
    if (!app) return;
    const strategies = STRATEGIES.get(app) ?? new Map<string, JwtStrategy>();
    STRATEGIES.set(app, strategies.set(this.name, this));
  }
}

/** The strategy of the application that handles the request. Plugins of Fastify have a child of the instance. */
function strategyFor(request: AdapterRequest, name: string): JwtStrategy | undefined {
  let app: object | null = request.app ?? request.server ?? null;
  for (; app; app = Object.getPrototypeOf(app) as object | null) {
    const strategies = STRATEGIES.get(app);
    if (strategies) return strategies.get(name);
  }
  return undefined;
}
