const PARTS = ['header', 'payload', 'signature'] as const;

export interface BitFlip {
  readonly token: string;
  /** For messages: part, byte and bit. */
  readonly where: string;
}

/** Every token that differs from this one in a single bit of its decoded parts. */
export function bitFlips(token: string): BitFlip[] {
  const parts = token.split('.');
  return PARTS.flatMap((name, part) => {
    const bytes = Buffer.from(parts[part] as string, 'base64url');
    return Array.from({ length: bytes.length * 8 }, (_none, bit) => {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      return {
        token: parts.with(part, flipped.toString('base64url')).join('.'),
        where: `${name}, byte ${bit >> 3}, bit ${bit & 7}`,
      };
    });
  });
}
