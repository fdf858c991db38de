/**
 * The session is in a cookie that scripts cannot read. This script keeps the displayed data and a
 * CSRF token, both in memory only.
 */
const $ = (id) => document.getElementById(id);
const [login, account, email, password] = ['login', 'account', 'email', 'password'].map($);
const [proofForm, proof] = ['proof-form', 'proof'].map($);

/** `{ user, session }` as displayed; undefined without a login. */
let shown;
let csrfToken;

// --- The API -----------------------------------------------------------------

class Refusal extends Error {
  constructor(response, { code, message = '' }) {
    super([message].flat().join('. '));
    this.status = response.status;
    this.code = code;
    this.retryAfterSeconds = Number(response.headers.get('retry-after')) || 1;
  }
}

async function api(method, path, body) {
  const headers = {};
  if (body) headers['content-type'] = 'application/json';
  if (method !== 'GET') headers['x-csrf-token'] = await getCsrfToken();
  const request = { method, headers, body: body && JSON.stringify(body), cache: 'no-store' };
  const response = await fetch(path, request).catch(() => {
    throw new Error('The server cannot be reached.');
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response, answer);
  return answer;
}

/**
 * Bound to the session or, before login, to this browser. A page of another origin cannot read it.
 */
async function getCsrfToken() {
  csrfToken ??= (await api('GET', '/auth/csrf-token')).csrfToken;
  return csrfToken;
}

/** For requests that change something. Renews a CSRF token that is no longer valid once. */
async function change(method, path, body) {
  try {
    return await api(method, path, body);
  } catch (error) {
    if (error.code !== 'CSRF_REJECTED') throw error;
    csrfToken = undefined;
    // Another tab may have logged in since: change nothing in a session that the user does not see.
    const handle = shown?.session.handle;
    if (handle && (await refresh()) !== handle) {
      const words = 'You logged in again in another tab. Nothing was changed.';
      throw new Error(words, { cause: error });
    }
    return api(method, path, body);
  }
}

function inWords({ status, code, message, retryAfterSeconds }) {
  if (status === undefined) return message;
  if (status === 401) return `${shown ? 'The password' : 'Email or password'} is wrong.`;
  if (code === 'CSRF_REJECTED') {
    return 'The server does not accept this as coming from this page. Are cookies blocked?';
  }
  if (status === 403) return 'You are not allowed to do that.';
  if (status === 429) return `Too many requests. Try again ${later(retryAfterSeconds)}.`;
  if (status === 503) {
    return `The server cannot look up sessions right now. Try again ${later(retryAfterSeconds)}.`;
  }
  return (status < 500 && message) || `Something went wrong on the server (${status}).`;
}

function later(seconds) {
  const format = new Intl.RelativeTimeFormat('en');
  return seconds < 90
    ? format.format(seconds, 'second')
    : format.format(Math.ceil(seconds / 60), 'minute');
}

// --- The screen --------------------------------------------------------------

function say(text, isError = false) {
  $('status').textContent = text;
  $('status').classList.toggle('error', isError);
}

function showLogin(text) {
  shown = undefined;
  csrfToken = undefined;
  account.hidden = true;
  login.hidden = false;
  hideProof();
  $('devices').replaceChildren();
  showTheme();
  say(text);
  if (text) email.focus();
}

/** Requests the current user and displays it. @returns the handle of the session */
async function refresh() {
  // First: if another tab logs in meanwhile, the token belongs to the earlier session and is
  // refused.
  await getCsrfToken();
  const me = await api('GET', '/me');
  const sessions = await api('GET', '/auth/sessions');
  shown = me;
  $('me-title').textContent = me.user.email;
  $('role').textContent = me.user.role;
  showTime($('since'), me.session.createdAt);
  showTime($('until'), me.session.expiresAt);
  showTheme(me.session.data.preferences?.theme);
  showDevices(sessions);
  say('');
  password.value = '';
  login.hidden = true;
  account.hidden = false;
  return me.session.handle;
}

function showDevices(sessions) {
  const list = $('devices');
  const held = list.contains(document.activeElement) && document.activeElement.dataset.handle;
  const thisOneFirst = sessions.toSorted((a, b) => b.current - a.current);
  list.replaceChildren(...thisOneFirst.map(deviceItem));
  // Keep the focus on its device. If the device is gone, focus the heading of the list.
  if (held) (list.querySelector(`[data-handle="${held}"]`) ?? $('devices-title')).focus();
}

function deviceItem({ handle, device, createdAt, lastSeenAt, current }) {
  const item = $('device').content.cloneNode(true);
  const part = (selector) => item.querySelector(selector);
  const name = nameOf(device.userAgent ?? '');
  part('.name').textContent = name;
  part('.address').textContent = device.ip ?? 'unknown';
  showTime(part('.created'), createdAt);
  showTime(part('.seen'), lastSeenAt);
  part('.badge').hidden = !current;
  const end = part('button');
  if (current) end.remove();
  Object.assign(end.dataset, { handle, name });
  end.ariaLabel = `End the session of ${name}, created ${part('.created').textContent}`;
  return item;
}

// Pattern in the user agent, and name. The order matters: each browser also claims to be the later
// ones.
const BROWSERS = ['Edg Edge', 'OPR Opera', 'Firefox Firefox', 'Chrome Chrome', 'Safari Safari'];
const SYSTEMS = ['Windows Windows', 'Android Android', 'iPhone iPhone', 'Mac macOS', 'Linux Linux'];

function nameOf(userAgent) {
  const named = (names) =>
    names.map((pair) => pair.split(' ')).find(([word]) => userAgent.includes(word))?.[1];
  const browser = named(BROWSERS) ?? (userAgent.split('/')[0] || 'Unknown device');
  const system = named(SYSTEMS);
  return system ? `${browser} on ${system}` : browser;
}

function showTime(element, iso) {
  const format = { dateStyle: 'medium', timeStyle: 'short' };
  element.dateTime = iso;
  element.textContent = new Date(iso).toLocaleString('en', format);
}

function showTheme(theme = 'auto') {
  const choices = [...document.querySelectorAll('[name="theme"]')];
  // Any client may have written the preference.
  const choice = choices.find(({ value }) => value === theme) ?? choices[0];
  choice.checked = true;
  document.documentElement.dataset.theme = choice.value;
}

function hideProof() {
  proofForm.hidden = true;
  proof.value = '';
  proof.ariaInvalid = null;
}

// --- User actions ------------------------------------------------------------

/** Runs one action after the other, so that answers arrive in order. */
let tail = Promise.resolve();
const queue = (work) => (tail = tail.then(work).catch(failed));

function failed(error) {
  // Only errors of the package have a code: a wrong password is a 401 without one.
  if (error.status === 401 && error.code) return signedOut(error.code);
  if (shown) showTheme(shown.session.data.preferences?.theme);
  say(inWords(error), true);
}

function signedOut(code) {
  if (!login.hidden) return;
  if (!shown) {
    const gone = 'You were signed out on another device, or your session expired.';
    return showLogin(code === 'SESSION_ENDED' ? gone : '');
  }
  if (code !== 'SESSION_ENDED') return showLogin('You were signed out in another tab.');
  const expired = Date.now() >= Date.parse(shown.session.expiresAt);
  showLogin(expired ? 'Your session has expired.' : 'You were signed out on another device.');
}

/**
 * Runs `work` when the user presses a button or sends a form, and not again before it has finished.
 */
function on(element, event, work) {
  element.addEventListener(event, async (happened) => {
    happened.preventDefault();
    const target = happened.target.closest('button, form');
    if (!target || target.ariaBusy) return;
    target.ariaBusy = 'true';
    await queue(() => work(target));
    target.ariaBusy = null;
  });
}

on($('login-form'), 'submit', async () => {
  password.ariaInvalid = null;
  try {
    await change('POST', '/auth/login', { email: email.value, password: password.value });
  } catch (error) {
    if (error.status === 401) {
      password.ariaInvalid = 'true';
      password.select();
    }
    throw error;
  }
  // The CSRF token was bound to the browser without a session.
  csrfToken = undefined;
  await refresh();
  say('You are logged in.');
  $('me-title').focus();
});

on($('samples'), 'click', ({ dataset }) => {
  email.value = dataset.email;
  password.value = dataset.password;
  $('login-button').focus();
});

on($('logout'), 'click', async () => {
  await change('POST', '/auth/logout');
  showLogin('You are logged out.');
});

on($('logout-all'), 'click', async () => {
  const { revoked } = await change('POST', '/auth/logout-all');
  // The sessions have ended. This also removes the cookie; if that fails, the cookie is no longer
  // valid.
  await api('POST', '/auth/logout').catch(() => {});
  showLogin(`You are logged out everywhere. Sessions ended: ${revoked}.`);
});

on($('devices'), 'click', async ({ dataset: { handle, name } }) => {
  await change('DELETE', `/auth/sessions/${handle}`).catch((error) => {
    // Another client has already ended it.
    if (error.status !== 404) throw error;
  });
  await refresh();
  say(`The session of ${name} has ended.`);
});

$('theme').addEventListener('change', ({ target: { value: theme } }) => {
  document.documentElement.dataset.theme = theme;
  void queue(async () => {
    if (!shown) return;
    const preferences = await change('PATCH', '/me/preferences', { theme });
    shown.session.data.preferences = preferences;
    showTheme(preferences.theme);
    say('The theme is saved in your session.');
  });
});

/** @returns whether the action succeeded; false if the server asks for the password first */
async function forget() {
  try {
    await change('DELETE', '/me/preferences');
  } catch (error) {
    if (error.code !== 'RECENT_LOGIN_REQUIRED') throw error;
    return false;
  }
  await refresh();
  say('Your preferences are forgotten.');
  return true;
}

on($('forget'), 'click', async () => {
  if (await forget()) return;
  proofForm.hidden = false;
  say('Your login is a while ago: enter your password to go on.');
  proof.focus();
});

on(proofForm, 'submit', async () => {
  proof.ariaInvalid = null;
  try {
    await change('POST', '/auth/confirm', { password: proof.value });
  } catch (error) {
    if (error.status === 401 && !error.code) {
      proof.ariaInvalid = 'true';
      proof.select();
    }
    throw error;
  }
  hideProof();
  // The session has a new id, and the CSRF token was bound to the old one.
  csrfToken = undefined;
  await forget();
  $('forget').focus();
});

// Another client may have ended the session meanwhile. Do not poll: the rate limit counts each
// request.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void queue(refresh);
});

void queue(refresh);
