import type { AdapterRequest } from '../http/adapter/adapter-request.js';
import { exchangeOfRequest } from '../http/http-exchange-factory.js';
import type {
  TransientState,
  TransientStateOptions,
} from '../transient-state/transient-state.service.js';

/** What the strategy needs to know again when the browser returns. */
interface PendingLogin {
  /** PKCE code verifier (RFC 7636), if the strategy uses it. */
  readonly verifier: string | undefined;
  /** What the application passed as `state` to the strategy. */
  readonly state: unknown;
}

/** Callback of `store`: the state for the URL of the provider. */
type Stored = (error: unknown, state?: string) => void;
/** Callback of `verify`: the code verifier, or true without PKCE, and the `state` of the application. */
type Verified = (error: unknown, verifier?: string | boolean, state?: unknown) => void;

const TTL_SECONDS = 600;

/**
 * The state store of a strategy that extends passport-oauth2, kept in `TransientState` instead of express-session. Its
 * routes need `OAuthGuard`.
 * @example
 * constructor(states: TransientState) {
 *   super({ ...provider, callbackURL, store: new OAuthStateStore(states, 'github'), pkce: true });
 * }
 */
export class OAuthStateStore {
  /** Called by passport-oauth2, which passes the code verifier to five parameters. Its types declare fewer. */
  readonly store: (...parameters: never[]) => void;
  /** Called by passport-oauth2. */
  readonly verify: (...parameters: never[]) => void;
  readonly #options: TransientStateOptions;

  /**
   * @param purpose a constant, different for each strategy; 1 to 64 characters
   * @param options `ttlSeconds` until the user has to be back, default 600; `sameSite: 'none'` for a callback by
   * `form_post`
   */
  constructor(
    private readonly states: TransientState,
    private readonly purpose: string,
    options: Partial<TransientStateOptions> = {},
  ) {
    this.#options = { ttlSeconds: TTL_SECONDS, ...options };
    this.store = (
      request: AdapterRequest,
      verifier: string | undefined,
      state: unknown,
      _strategy: unknown,
      done: Stored,
    ) => this.#begin(request, { verifier, state }, done);
    this.verify = (request: AdapterRequest, state: unknown, _strategy: unknown, done: Verified) =>
      this.#end(request, state, done);
  }

  /** @internal */
  static isInstance(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #options in value;
  }

  #begin(request: AdapterRequest, login: PendingLogin, done: Stored): void {
    const http = exchangeOfRequest(request);
    if (!http.response) {
      done(new TypeError('OAuthStateStore needs OAuthGuard on the route instead of AuthGuard'));
      return;
    }
    done(null, this.states.begin(http, this.purpose, login, this.#options));
  }

  #end(request: AdapterRequest, state: unknown, done: Verified): void {
    this.states.take<PendingLogin>(exchangeOfRequest(request), this.purpose, state).then(
      (login) => done(null, login.verifier ?? true, login.state),
      (error: unknown) => done(error),
    );
  }
}
