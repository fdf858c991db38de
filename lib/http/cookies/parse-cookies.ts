/**
 * More characters than browsers send for one cookie (RFC 6265bis section 5.6); this package never sets a longer one.
 */
const MAX_COOKIE_LENGTH = 4096;

/**
 * The values of the requested cookies, read from a `Cookie` header, in the order of the names. Names match exactly,
 * including case. A cookie that was sent several times has several values: the caller must not pick one
 * (layered-cookies section 5.7).
 */
export function readCookies(
  header: string | undefined,
  names: readonly string[],
): readonly (readonly string[] | undefined)[] {
  const found = names.map((): string[] | undefined => undefined);
  if (header === undefined) return found;
  // Parsed in place, because this runs on every request and most cookies in the header are not requested.
  let equals = -1;
  for (let start = 0, end = 0; start < header.length; start = end + 1) {
    end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    if (equals < start) equals = header.indexOf('=', start);
    if (equals < 0) break;
    if (equals > end || end - start > MAX_COOKIE_LENGTH + 1) continue;
    const at = names.indexOf(withoutOuterSpace(header, start, equals));
    if (at < 0) continue;
    const value = withoutOuterSpace(header, equals + 1, end);
    const values = found[at];
    if (values) values.push(value);
    else found[at] = [value];
  }
  return found;
}

/** Names without the prefix, and values, of the cookies whose name begins with the prefix. */
export function readCookiesByPrefix(
  header: string | undefined,
  prefix: string,
): [name: string, value: string][] {
  return (header ?? '').split(';').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=');
    if (equals < 0) return [];
    const name = withoutOuterSpace(pair, 0, equals);
    if (!name.startsWith(prefix)) return [];
    return [[name.slice(prefix.length), withoutOuterSpace(pair, equals + 1, pair.length)]];
  });
}

/**
 * Strips the white space of RFC 6265 section 5.2. `trim` also strips U+00A0, which would break the guarantee of the
 * prefix: any subdomain may set a cookie whose name is that byte followed by `__Host-session`.
 */
function withoutOuterSpace(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return text.slice(start, end);
}

function isSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}
