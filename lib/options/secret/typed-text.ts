/** The most common letters after each letter in English text, most common first. */
const FOLLOWERS: Readonly<Record<string, string>> = {
  a: 'tnlrscdmgp',
  b: 'ealurojyps',
  c: 'otheakirlu',
  d: 'eioasudtgr',
  e: 'rnsdctalfx',
  f: 'oiaeufrlyt',
  g: 'eihunlsroa',
  h: 'etaioursml',
  i: 'ntsolmcfde',
  j: 'seaouihvwp',
  k: 'eiasfngoul',
  l: 'eiloasydut',
  m: 'aeipobgmlu',
  n: 'gtsdecoapi',
  o: 'nrmudpflwt',
  p: 'aserotlmpi',
  q: 'uslimatwdq',
  r: 'eaoistcrgn',
  s: 'teiosuchpa',
  t: 'hieotarpsy',
  u: 'rslntbemip',
  v: 'eaigovsurd',
  w: 'iehaosnwrt',
  x: 'patiecojyl',
  y: 'opnslamtwe',
  z: 'ezioahksdu',
};
/** Probability of the follower of each rank; the other letters share the rest. */
const BY_RANK = [0.25, 0.14, 0.11, 0.09, 0.08, 0.06, 0.05, 0.04, 0.04, 0.03];
const OTHER_LETTER = 0.1 / 16;
const SEPARATORS = ' _-.,!:/';

/** The rows of a US keyboard from top to bottom, without and with shift. */
const KEYS = ['`1234567890-=', ' qwertyuiop[]\\', " asdfghjkl;'", ' zxcvbnm,./'];
const SHIFTED = ['~!@#$%^&*()_+', ' QWERTYUIOP{}|', ' ASDFGHJKL:"', ' ZXCVBNM<>?'];
const KEY_OF = new Map(
  [KEYS, SHIFTED].flatMap((rows) =>
    rows.flatMap((row, y) => [...row].map((key, x) => [key, { x, y }] as const)),
  ),
);

/** Number of characters that can be typed. */
const TYPED = 95;
/** Probability that a typist follows the prevailing habit, and probability of an arbitrary character. */
const HABIT = 0.85;
const ANYTHING = 0.05;

/**
 * Returns the probability of `next` after `before` and `last` according to one habit. For each pair the probabilities
 * add up to at most 1.
 */
type Habit = (next: string, last: string, before: string) => number;

const word: Habit = (next, last) => {
  const follows = FOLLOWERS[last.toLowerCase()];
  if (SEPARATORS.includes(next)) return (follows ? 0.12 : 0.1) / SEPARATORS.length;
  const letter = next.toLowerCase();
  if (!FOLLOWERS[letter]) return 0;
  if (!follows) return 0.9 / 26 / 2;
  const likely = BY_RANK[follows.indexOf(letter)] ?? OTHER_LETTER;
  const sameCase = isLower(next) === isLower(last);
  return likely * (sameCase ? 0.82 : 0.06);
};

const count: Habit = (next, last, before) => {
  const step = next.charCodeAt(0) - last.charCodeAt(0);
  if (Math.abs(step) > 1) return 0;
  const goesOn = step === last.charCodeAt(0) - before.charCodeAt(0);
  return goesOn ? 0.8 : 0.2 / 3;
};

const keyboardWalk: Habit = (next, last, before) => {
  const [to, from, start] = [KEY_OF.get(next), KEY_OF.get(last), KEY_OF.get(before)];
  if (!to) return 0;
  const elsewhere = 0.2 / KEY_OF.size;
  if (!from) return elsewhere;
  const [x, y] = [to.x - from.x, to.y - from.y];
  if (Math.abs(x) > 1 || Math.abs(y) > 1) return elsewhere;
  const goesOn = start && x === from.x - start.x && y === from.y - start.y;
  // The key with or without shift.
  return (goesOn ? 0.5 : 0.3 / 9) / 2;
};

const HABITS = [word, count, keyboardWalk];
/** Probability of each habit while another one prevails. */
const OTHER_HABITS = (1 - HABIT - ANYTHING) / HABITS.length;

/**
 * Returns the number of guesses, in bits, needed to find a typed text: its improbability according to the habit that
 * explains it best.
 */
export function typedBits(text: string): number {
  const bits = HABITS.map(() => 0);
  let [last, before] = ['', ''];
  for (const next of text) {
    const likely = HABITS.map((habit) => habit(next, last, before));
    const rest = likely.reduce((sum, one) => sum + one, 0) * OTHER_HABITS + ANYTHING / TYPED;
    likely.forEach((one, at) => (bits[at]! -= Math.log2(HABIT * one + rest)));
    [before, last] = [last, next];
  }
  return Math.min(...bits) + Math.log2(HABITS.length);
}

function isLower(letter: string): boolean {
  return letter === letter.toLowerCase();
}
