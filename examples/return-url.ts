/** Longer addresses would not fit into the state. */
const MAX_LENGTH = 500;

/**
 * Returns the address to show after the login: `returnTo` if it belongs to the app, otherwise the start page. Anyone can
 * send a user a link to the login with any `returnTo`.
 *
 * It compares scheme and host of the parsed address, because browsers also read `//evil.example` and `/\evil.example` as
 * another host. It returns an absolute address, because the path of `/.//evil.example` is `//evil.example`.
 */
export function returnUrl(returnTo: unknown, appUrl: string): string {
  const home = new URL('/', appUrl);
  if (typeof returnTo !== 'string' || !URL.canParse(returnTo, home.href)) return home.href;
  const url = new URL(returnTo, home);
  const isOwn = url.protocol === home.protocol && url.host === home.host;
  return isOwn && url.href.length <= MAX_LENGTH ? url.href : home.href;
}
