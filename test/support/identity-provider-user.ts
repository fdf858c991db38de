import { CookieJar } from 'tough-cookie';

/** The way in which the provider sends the browser back. */
export type Return =
  | { readonly method: 'GET'; readonly url: URL }
  | { readonly method: 'POST'; readonly url: URL; readonly fields: Record<string, string> };

/** A browser at the pages of the identity provider of the examples. */
export class IdentityProviderUser {
  readonly #jar = new CookieJar();

  /** @param name the user who logs in and consents; undefined: cancels the login */
  constructor(private readonly name: string | undefined) {}

  /** Follows the pages of the provider from its authorization endpoint until they lead back. */
  async answer(authorizationUrl: string): Promise<Return> {
    const { origin } = new URL(authorizationUrl);
    let url = new URL(authorizationUrl);
    let form: URLSearchParams | undefined;
    for (let step = 0; step < 12; step++) {
      const response = await this.#send(url, form);
      const location = response.headers.get('location');
      if (location !== null) {
        url = new URL(location, url);
        form = undefined;
        if (url.origin !== origin) return { method: 'GET', url };
        continue;
      }
      const page = await response.text();
      const action = attribute(page, /<form[^>]* action="([^"]+)"/);
      if (action === undefined) throw new Error(`no form at ${url.href}: ${page}`);
      const target = new URL(action, url);
      if (target.origin !== origin) {
        return { method: 'POST', url: target, fields: hiddenFields(page) };
      }
      if (this.name === undefined) {
        url = new URL(attribute(page, /href="([^"]+\/abort)"/) ?? '', url);
      } else {
        url = target;
        form = new URLSearchParams({ ...hiddenFields(page), login: this.name, password: 'any' });
      }
    }
    throw new Error(`the provider did not lead back from ${authorizationUrl}`);
  }

  async #send(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: await this.#jar.getCookieString(url.href) },
      ...(form && { method: 'POST', body: form }),
    });
    for (const one of response.headers.getSetCookie()) await this.#jar.setCookie(one, url.href);
    return response;
  }
}

function hiddenFields(page: string): Record<string, string> {
  const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, text(value)]));
}

function attribute(page: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(page)?.[1];
  return found === undefined ? undefined : text(found);
}

function text(html: string): string {
  return html.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
}
