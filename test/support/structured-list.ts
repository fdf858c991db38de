/** One member of a list of strings with whole numbers as parameters. */
export interface ListMember {
  readonly value: string;
  readonly parameters: Readonly<Record<string, number>>;
}

const STRING = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/;
const PARAMETER = /^; *([a-z*][a-z\d_.*-]*)=(-?\d{1,15})(?![\d.])/;

/**
 * Parses the structured fields (RFC 9651) `RateLimit` and `RateLimit-Policy`: a list of strings
 * with integers.
 * @throws Error if the field is not well-formed
 */
export function parseStructuredList(field: string): ListMember[] {
  const members: ListMember[] = [];
  let rest = field;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = pattern.exec(rest);
    if (found) rest = rest.slice(found[0].length);
    return found;
  };
  do {
    const string = take(STRING);
    if (!string) throw new Error(`no string at ${rest}`);
    const parameters: Record<string, number> = {};
    for (let found = take(PARAMETER); found; found = take(PARAMETER)) {
      parameters[found[1] as string] = Number(found[2]);
    }
    members.push({ value: string[1] as string, parameters });
  } while (take(/^[ \t]*,[ \t]*(?=.)/));
  if (rest !== '') throw new Error(`not well-formed: ${rest}`);
  return members;
}
