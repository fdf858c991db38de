import type { PresentedCredentials } from '../sessions/http-exchange.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { type AdapterRequest, isSentTwice } from './adapter-request.js';
import { bearerToken } from './bearer.js';
import { readCookies } from './request-cookies.js';

export type CredentialReader = (
  headers: AdapterRequest['headers'],
  rawHeaders: readonly string[],
  body: unknown,
) => PresentedCredentials;

/** Reads what a request presents, the same on both adapters, in one pass over its cookies. */
export function credentialReader({ cookie }: Pick<ResolvedOptions, 'cookie'>): CredentialReader {
  const { sessionName, accessName, refreshName, csrfName } = cookie;
  const names = [sessionName, accessName, refreshName, csrfName];
  return (headers, rawHeaders, body) => {
    const cookies = readCookies(headers.cookie, names);
    const severalCookies = holdsSeveral(cookies);
    // Node keeps the first header; one that is no token stands for whatever was in the others.
    const severalHeaders = isSentTwice('authorization', rawHeaders);
    return {
      bearer: severalHeaders ? '' : bearerToken(headers.authorization),
      secret: theOnly(cookies.get(sessionName)),
      accessCookie: theOnly(cookies.get(accessName)),
      refreshCookie: theOnly(cookies.get(refreshName)),
      csrfCookie: theOnly(cookies.get(csrfName)),
      refreshToken: refreshTokenOf(body),
      anyCookie: cookies.size > 0,
      ambiguous: severalCookies || severalHeaders,
    };
  };
}

function holdsSeveral(cookies: ReadonlyMap<string, readonly string[]>): boolean {
  for (const values of cookies.values()) if (values.length > 1) return true;
  return false;
}

function theOnly(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 && values[0] !== '' ? values[0] : undefined;
}

/** Clients in JavaScript send null for what they do not have. */
function refreshTokenOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'refreshToken' in body
    ? (body.refreshToken ?? undefined)
    : undefined;
}
