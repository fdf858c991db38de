import { Injectable, Logger } from '@nestjs/common';
import {
  type HttpExchange,
  SessionError,
  SessionService,
  TransientState,
} from 'nestjs-session-kit';
import * as oidc from 'openid-client';
import { returnUrl } from '../return-url.js';

/** What the app has to know again when the browser returns from the provider. */
interface PendingLogin {
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
}

/** The parameters of the callback, from its query or body. */
export type ProviderAnswer = Record<string, string>;

/** Logs users in with an OpenID Connect provider. */
@Injectable()
export class OidcLogin {
  readonly #logger = new Logger('OidcLogin');
  /** The address of the app in the browser. */
  readonly #appUrl = process.env['APP_URL'] ?? '';
  #discovery: Promise<oidc.Configuration> | undefined;

  constructor(
    private readonly states: TransientState,
    private readonly sessions: SessionService,
  ) {}

  /**
   * Returns the address of the provider's login page for this browser.
   * @param callback the path of the callback
   * @param mode how the provider sends the browser back; `form_post` needs https
   */
  async begin(
    http: HttpExchange,
    callback: string,
    returnTo: unknown,
    mode: 'query' | 'form_post' = 'query',
  ): Promise<string> {
    const provider = await this.#discover();
    const nonce = oidc.randomNonce();
    const codeVerifier = oidc.randomPKCECodeVerifier();
    const login: PendingLogin = {
      nonce,
      codeVerifier,
      returnTo: returnUrl(returnTo, this.#appUrl),
    };
    const sameSite = mode === 'form_post' ? 'none' : 'lax';
    const state = this.states.begin(http, 'oidc', login, { ttlSeconds: 600, sameSite });
    return oidc.buildAuthorizationUrl(provider, {
      redirect_uri: new URL(callback, this.#appUrl).href,
      response_mode: mode,
      scope: 'openid email',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    }).href;
  }

  /** Logs the user in if the provider confirms it, and returns the address to show next. */
  async finish(http: HttpExchange, callback: string, answer: ProviderAnswer): Promise<string> {
    try {
      const state = answer['state'] ?? '';
      const login = await this.states.take<PendingLogin>(http, 'oidc', state);
      const url = new URL(callback, this.#appUrl);
      url.search = new URLSearchParams(answer).toString();
      const tokens = await oidc.authorizationCodeGrant(await this.#discover(), url, {
        expectedState: state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.codeVerifier,
        idTokenExpected: true,
      });
      // `sub` identifies the user at this provider. With several providers, keep a table of issuer and `sub`.
      const userId = tokens.claims()?.sub ?? '';
      await this.sessions.login(http, { transport: 'cookie', userId });
      return login.returnTo;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      if (reason === 'failed') this.#logger.warn('the login with the provider failed', error);
      await this.sessions.loginFailed(http, reason);
      return new URL(`/login-failed?reason=${reason}`, this.#appUrl).href;
    }
  }

  /** Reads the endpoints of the provider at the first login, so that the app starts without the provider. */
  #discover(): Promise<oidc.Configuration> {
    this.#discovery ??= this.#discoverNow().catch((error: unknown) => {
      this.#discovery = undefined;
      throw error;
    });
    return this.#discovery;
  }

  #discoverNow(): Promise<oidc.Configuration> {
    const { OIDC_ISSUER = '', OIDC_CLIENT_ID = '', OIDC_CLIENT_SECRET = '' } = process.env;
    const issuer = new URL(OIDC_ISSUER);
    // Only for a provider on this machine.
    const execute = issuer.hostname === '127.0.0.1' ? [oidc.allowInsecureRequests] : [];
    return oidc.discovery(issuer, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, undefined, { execute });
  }
}

/** A code for the page after a login without success. Undefined for an error of the app, such as an outage. */
function reasonOf(error: unknown): 'denied' | 'expired' | 'failed' | undefined {
  if (error instanceof SessionError) return error.code === 'STATE_INVALID' ? 'expired' : undefined;
  if (error instanceof oidc.AuthorizationResponseError) {
    return error.error === 'access_denied' ? 'denied' : 'failed';
  }
  const isOfProvider = error instanceof oidc.ResponseBodyError || error instanceof oidc.ClientError;
  return isOfProvider ? 'failed' : undefined;
}
