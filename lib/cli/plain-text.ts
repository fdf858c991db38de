/**
 * What obeys these is a terminal: a stored User-Agent could redraw the screen with them, or turn the direction of what
 * follows (ASVS 16.4.1).
 */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The text on one line, with its controls to be seen and not obeyed. */
export function plain(text: string): string {
  return text.replaceAll(CONTROLS, unicodeEscape);
}

/** As `plain`, for text whose line feeds are meant. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => plain(line))
    .join('\n');
}

/** JSON that may be shown on a terminal: JSON.stringify leaves the controls above ASCII as they are. */
export function plainJson(value: unknown): string {
  return plainLines(JSON.stringify(value, null, 2));
}

/** Takes out what stands between `://` and `@`: a URL of Redis has its password there. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/:\/\/[^\s'"]*@/g, '://***@');
}

function unicodeEscape(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
