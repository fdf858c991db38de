/** More characters than browsers send for one cookie (RFC 6265bis section 5.6); what is longer was not set by us. */
const MAX_COOKIE_LENGTH = 4096;

const NONE: ReadonlyMap<string, readonly string[]> = new Map();

/**
 * The values of the cookies that were asked for, read from a `Cookie` header. Names match exactly, case included, and a
 * name that came several times is found several times: the caller must not pick (layered-cookies section 5.7).
 */
export function readCookies(
  header: string | undefined,
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  if (header === undefined) return NONE;
  const found = new Map<string, string[]>();
  // In place, with every request: most of what stands in the header is not ours.
  let equals = -1;
  for (let start = 0, end = 0; start < header.length; start = end + 1) {
    end = header.indexOf(';', start);
    if (end < 0) end = header.length;
    if (equals < start) equals = header.indexOf('=', start);
    if (equals < 0) break;
    if (equals > end || end - start > MAX_COOKIE_LENGTH + 1) continue;
    const name = withoutOuterSpace(header, start, equals);
    if (!names.includes(name)) continue;
    const value = withoutOuterSpace(header, equals + 1, end);
    const values = found.get(name);
    if (values) values.push(value);
    else found.set(name, [value]);
  }
  return found;
}

/**
 * The white space of RFC 6265 section 5.2. `trim` also takes U+00A0, and with it what the prefix promises. Any subdomain
 * may set a cookie whose name is that byte and then `__Host-session`.
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
