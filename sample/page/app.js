/**
 * The session is in a cookie that no script can read. What is kept here is what the screen shows and a CSRF token,
 * both in memory and gone with the tab.
 */
const $ = (id) => document.getElementById(id);
const [login, account, email, password] = ['login', 'account', 'email', 'password'].map($);
const [proofForm, proof] = ['proof-form', 'proof'].map($);

/** `{ user, session }` as on the screen; undefined while nobody is logged in. */
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

/** Bound to the session, or before login to this browser. A page of another origin cannot read it. */
async function getCsrfToken() {
  csrfToken ??= (await api('GET', '/auth/csrf-token')).csrfToken;
  return csrfToken;
}

/** For requests that change something: a CSRF token that no longer fits is renewed once. */
async function change(method, path, body) {
  try {
    return await api(method, path, body);
  } catch (error) {
    if (error.code !== 'CSRF_REJECTED') throw error;
    csrfToken = undefined;
    // Another tab may have logged in since: nothing is done in a session that the user does not see.
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

/** Asks who is logged in and shows it. @returns the handle of the session */
async function refresh() {
  // Before all else: should another tab log in meanwhile, the token is of the session before and will be refused.
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
  // The focus stays on its device; where that is gone, it goes to the heading of the list.
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

// What the user agent says, and what to call it. In this order: each browser also claims to be the later ones.
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
  // A preference may be anything that some client wrote.
  const choice = choices.find(({ value }) => value === theme) ?? choices[0];
  choice.checked = true;
  document.documentElement.dataset.theme = choice.value;
}

function hideProof() {
  proofForm.hidden = true;
  proof.value = '';
  proof.ariaInvalid = null;
}

// --- What the user does ------------------------------------------------------

/** One thing after the other, so that no answer overtakes another. */
let tail = Promise.resolve();
const queue = (work) => (tail = tail.then(work).catch(failed));

function failed(error) {
  // Only errors of the kit have a code: a wrong password is a 401 without one.
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

/** Does `work` when the user asks for it by a button or form, and not again while it is being done. */
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
  // It was bound to the browser without a session.
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
  // The sessions are gone; this also takes away the cookie, and where it cannot, the cookie opens nothing.
  await api('POST', '/auth/logout').catch(() => {});
  showLogin(`You are logged out everywhere. Sessions ended: ${revoked}.`);
});

on($('devices'), 'click', async ({ dataset: { handle, name } }) => {
  await change('DELETE', `/auth/sessions/${handle}`).catch((error) => {
    // Somebody was faster.
    if (error.status !== 404) throw error;
  });
  await refresh();
  say(`The session of ${name} has ended.`);
});

$('theme').addEventListener('change', ({ target: { value: theme } }) => {
  document.documentElement.dataset.theme = theme;
  queue(async () => {
    if (!shown) return;
    const preferences = await change('PATCH', '/me/preferences', { theme });
    shown.session.data.preferences = preferences;
    showTheme(preferences.theme);
    say('The theme is saved in your session.');
  });
});

/** @returns whether it was done, or the server first wants to know that it is still the user who sits here */
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

// Somebody may have ended the session meanwhile. No polling: each question is counted by the rate limit.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') queue(refresh);
});

queue(refresh);
