/** Returns the fields of an entry, which Redis returns as a flat list. */
export function fieldsOf(flat: readonly string[]): [type: string, value: string][] {
  return flat.flatMap((type, i) => (i % 2 === 0 ? [[type, flat[i + 1] ?? '']] : []));
}
