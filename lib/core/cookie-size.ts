/** Browsers silently drop a cookie whose name and value together are longer (RFC 6265bis section 5.6). */
const MAX_COOKIE_BYTES = 4096;

/** @throws TypeError when browsers would drop the cookie. Name and value are ASCII. */
export function requireCookieSize(name: string, value: string): void {
  const bytes = name.length + value.length;
  if (bytes <= MAX_COOKIE_BYTES) return;
  throw new TypeError(
    `the cookie ${name} would have ${bytes} bytes, browsers keep ${MAX_COOKIE_BYTES}; put fewer claims into the token, large values belong into the session data`,
  );
}
