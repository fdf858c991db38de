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
