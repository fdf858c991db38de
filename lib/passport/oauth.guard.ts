import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type OnApplicationBootstrap,
  type Type,
  UnauthorizedException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AuthGuard, type IAuthGuard } from '@nestjs/passport';
import passport from 'passport';
import { SessionConfigError } from '../core/session-config-error.js';
import { exchangeOf } from '../http/http-exchange-factory.js';
import { OAuthStateStore } from './oauth-state-store.js';

/** `AuthGuard` with a method that its types lack. */
type AuthGuardClass = new () => IAuthGuard & { getResponse(context: ExecutionContext): unknown };

/** An instance of the class that `OAuthGuard` returns. Extend the class to keep something until the callback. */
export interface OAuthGuardInstance extends CanActivate {
  /**
   * Returns what the application needs again in the callback, where it is `request.authInfo.state`: JSON, at most about
   * 900 bytes. Default: undefined.
   * @param context of the request that begins the login
   */
  stateOf(context: ExecutionContext): object | undefined;
  /** The request of Express or Fastify. */
  getRequest(context: ExecutionContext): unknown;
  /** Decides on the outcome of the strategy: returns the user, or throws an error. */
  handleRequest<User>(
    error: unknown,
    user: User,
    info: unknown,
    context: ExecutionContext,
    status?: unknown,
  ): User;
}

/** The fields of a strategy of passport-oauth2 that decide whether it works. They have no public getters. */
interface OAuth2Strategy {
  readonly _callbackURL?: unknown;
  readonly _stateStore?: unknown;
}

/** The part of passport that has no types. */
interface StrategyRegistry {
  _strategy(name: string): OAuth2Strategy | undefined;
}

const GUARDS = new Map<string, Type<OAuthGuardInstance>>();

/**
 * Guards the two routes of a login with a strategy that extends passport-oauth2, on Express and Fastify: the one that
 * sends the browser to the provider, and the callback. On the callback `request.user` is what the strategy's `validate`
 * returned. Both routes are `@Public()`.
 *
 * The strategy needs `store: new OAuthStateStore(...)` and an absolute `callbackURL`; the start fails otherwise.
 *
 * It answers `STATE_INVALID` as `TransientState.take` does, and 401 if the provider or the user refused the login.
 * @param strategy its name in passport
 * @returns the guard; the same class for each call with this name
 * @see docs/oauth-login.md
 */
export function OAuthGuard(strategy: string): Type<OAuthGuardInstance> {
  const known = GUARDS.get(strategy);
  if (known) return known;
  const guard = oauthGuard(strategy);
  GUARDS.set(strategy, guard);
  return guard;
}

function oauthGuard(strategy: string): Type<OAuthGuardInstance> {
  @Injectable()
  class OAuthStrategyGuard
    extends (AuthGuard(strategy) as AuthGuardClass)
    implements OAuthGuardInstance, OnApplicationBootstrap
  {
    constructor(private readonly adapterHost: HttpAdapterHost) {
      super();
    }

    /** @throws SessionConfigError if the strategy cannot work */
    onApplicationBootstrap(): void {
      const message = problemOf(strategy);
      if (message === undefined) return;
      throw new SessionConfigError([{ path: `OAuthGuard('${strategy}')`, message }]);
    }

    stateOf(_context: ExecutionContext): object | undefined {
      return undefined;
    }

    /**
     * Passport hands an object to the store, and would send a string to the provider as it is. Its types allow only the
     * string, hence the cast.
     */
    override getAuthenticateOptions(context: ExecutionContext): { session: false; state: never } {
      return { session: false, state: this.stateOf(context) as never };
    }

    /** The store receives the request alone, so the exchange has to know its response before. */
    override getRequest(context: ExecutionContext): unknown {
      exchangeOf(context);
      return super.getRequest(context);
    }

    /** Passport redirects by methods of Node's response, which a reply of Fastify lacks. */
    override getResponse(context: ExecutionContext): RedirectResponse {
      const response = super.getResponse(context);
      const { httpAdapter } = this.adapterHost;
      return new RedirectResponse((status, url) => {
        httpAdapter.redirect(response, status, url);
      });
    }

    override handleRequest<User>(
      error: unknown,
      user: User,
      info: unknown,
      context: ExecutionContext,
      status?: unknown,
    ): User {
      const refused = isProviderRefusal(error);
      if (refused) throw new UnauthorizedException(undefined, { cause: error });
      return super.handleRequest(error, user, info, context, status);
    }
  }
  return OAuthStrategyGuard;
}

/** Receives the redirect to the provider from passport. */
class RedirectResponse {
  statusCode = 302;
  #location = '';

  constructor(private readonly redirect: (status: number, url: string) => void) {}

  setHeader(name: string, value: string): void {
    if (name === 'Location') this.#location = value;
  }

  end(): void {
    this.redirect(this.statusCode, this.#location);
  }
}

/** Undefined if the strategy works with the guard. */
function problemOf(name: string): string | undefined {
  const strategy = (passport as unknown as StrategyRegistry)['_strategy'](name);
  if (!strategy) return 'has no strategy; add a strategy with this name to the providers';
  const { _stateStore: store, _callbackURL: callbackUrl } = strategy;
  if (!OAuthStateStore.isInstance(store)) {
    return `needs a strategy that extends passport-oauth2, with the option store: new OAuthStateStore(states, '${name}')`;
  }
  if (typeof callbackUrl !== 'string' || !URL.canParse(callbackUrl)) {
    return 'needs a strategy with an absolute callbackURL, for example https://app.example.com/login/callback';
  }
  return undefined;
}

/** Errors of passport-oauth2 by which a provider answers: the login was denied, or the code is not valid. */
function isProviderRefusal(error: unknown): boolean {
  return error instanceof Error && /^(Authorization|Token)Error$/.test(error.name);
}
