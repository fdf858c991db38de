import type { RequestCredentials } from './request-credentials.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { type AdapterRequest, isSentTwice } from './adapter/adapter-request.js';
import { bearerToken } from './parse-bearer-token.js';
import { readCookies } from './cookies/parse-cookies.js';

export type CredentialReader = (
  headers: AdapterRequest['headers'],
  rawHeaders: readonly string[],
) => RequestCredentials;

const NONE: readonly string[] = [];

/** Reads the credentials of a request, the same on both adapters, in one pass over its cookies. */
export function credentialReader({ cookie }: Pick<ResolvedOptions, 'cookie'>): CredentialReader {
  const { sessionName, accessName, refreshName, csrfName } = cookie;
  const names = [sessionName, accessName, refreshName, csrfName];
  return (headers, rawHeaders) => {
    const cookies = readCookies(headers.cookie, names);
    const [session = NONE, access = NONE, refresh = NONE, csrf = NONE] = cookies;
    // Node keeps the first header; an empty, invalid token represents all of them.
    const severalHeaders =
      headers.authorization !== undefined && isSentTwice('authorization', rawHeaders);
    return {
      bearer: severalHeaders ? '' : bearerToken(headers.authorization),
      secret: singleValue(session),
      accessCookie: singleValue(access),
      refreshCookie: singleValue(refresh),
      csrfCookie: singleValue(csrf),
      allCookies: { session, access, refresh, csrf },
      anyCookie: cookies.some((values) => values !== undefined),
      ambiguous:
        severalHeaders || cookies.some((values) => values !== undefined && values.length > 1),
    };
  };
}

function singleValue(values: readonly string[]): string | undefined {
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
