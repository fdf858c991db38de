/** The token of an `Authorization` header, undefined for another scheme or none (RFC 6750 section 2.1). */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const space = authorization.indexOf(' ');
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  // Blanks alone, as RFC 6750 has it: trim() takes a no-break space too, and one token would have many spellings.
  let start = scheme.length;
  while (authorization[start] === ' ') start++;
  return start === authorization.length ? undefined : authorization.slice(start);
}
