import type { ResolvedOptions } from '../options/resolved-options.js';
import { type AdapterRequest, isSentTwice } from './adapter/adapter-request.js';
import { readCookies } from './cookies/parse-cookies.js';
import type { RequestCredentials } from './request-credentials.js';

const NONE: readonly string[] = [];
const NO_COOKIES: ReturnType<typeof readCookies> = [];

export type CredentialReader = (
  headers: AdapterRequest['headers'],
  rawHeaders: readonly string[],
) => RequestCredentials;

/** Reads the credentials of a request, the same on both adapters, in one pass over its cookies. */
export function credentialReader({ cookie }: Pick<ResolvedOptions, 'cookie'>): CredentialReader {
  const { sessionName, accessName, refreshName, csrfName } = cookie;
  const names = [sessionName, accessName, refreshName, csrfName];
  return (headers, rawHeaders) => {
    const { cookie: header, authorization } = headers;
    const cookies = header === undefined ? NO_COOKIES : readCookies(header, names);
    const [session = NONE, access = NONE, refresh = NONE, csrf = NONE] = cookies;
    // Node keeps the first header; an empty, invalid token represents all of them.
    const severalHeaders = authorization !== undefined && isSentTwice('authorization', rawHeaders);
    return {
      bearer: severalHeaders ? '' : bearerToken(authorization),
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

/** The token of an `Authorization` header; undefined without one or with another scheme (RFC 6750 section 2.1). */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const space = authorization.indexOf(' ');
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  // Only spaces, as in RFC 6750: trim() also strips a no-break space, and one token would have many spellings.
  let start = scheme.length;
  while (authorization[start] === ' ') start++;
  return start === authorization.length ? undefined : authorization.slice(start);
}

function singleValue(values: readonly string[]): string | undefined {
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}
