/** A way of writing that the house style avoids, see Language in CONTRIBUTING.md. */
export interface Pattern {
  readonly pattern: RegExp;
  /** Text that the pattern finds, and how to write it. */
  readonly wrong: string;
  readonly right: string;
}

export const PATTERNS: readonly Pattern[] = [
  {
    pattern:
      /(?<!\b(there|this|that|which) )\b(is|are|was|were) no\b(?! (longer|more|less|fewer)\b)/i,
    wrong: 'The value is no handle.',
    right: 'The value is not a handle. There is no handle.',
  },
  {
    pattern: /\bwhat (is|are|was|were|has|have|comes?|came|goes|went|stands?|needs?)\b/i,
    wrong: 'Deletes what was read.',
    right: 'Deletes the records read.',
  },
  {
    pattern: /\b(about|after|at|before|beside|by|for|from|in|of|on|than|to|with) what\b/i,
    wrong: 'The length of what is sent.',
    right: 'The length of the message.',
  },
  {
    pattern: /\bwho(ever|m?soever|se?soever|sever)\b/i,
    wrong: 'Whoever asks gets the same answer.',
    right: 'Every caller gets the same answer.',
  },
  {
    pattern:
      /\b(about|and|as|by|for|from|knows?|of|or|tells?|than|to|with) who\b|\bwho (asks?|comes?)\b/i,
    wrong: 'It tells who asks.',
    right: 'It returns the caller.',
  },
  {
    pattern: /\b(nobody|somebody|everybody)\b/i,
    wrong: 'Nobody waits for it.',
    right: 'No caller waits for it.',
  },
  {
    pattern: /\bof (ours|theirs|yours|one's|the (app|kit)'s)\b|\bone's own\b/i,
    wrong: 'A script of ours.',
    right: 'A script of this package.',
  },
  {
    pattern: /\b(owe[ds]?|owing)\b/i,
    wrong: 'The revocation is owed.',
    right: 'The revocation is pending.',
  },
  {
    pattern: /\b(shall|felt|mend(s|ed)?|knock(s|ed)?|overhear[ds]?|befalls?|astray|amiss)\b/i,
    wrong: 'A request shall cost nothing.',
    right: 'A request should cost nothing.',
  },
  {
    pattern: /\b(announce|announced|announces|announcing|announcements?)\b/i,
    wrong: 'The revocation is announced.',
    right: 'The revocation is published.',
  },
  {
    pattern: /\b(hears?|heard|spares?|spared)\b/i,
    wrong: 'The subscriber hears every revocation.',
    right: 'The subscriber receives every revocation.',
  },
  {
    pattern: /\b(is|are|was|were) over\b(?! \d)/i,
    wrong: 'It ends when the time is over.',
    right: 'It ends after the timeout.',
  },
  {
    pattern: /\bleaves? (it|them|that|this) out\b|\bleft out\b/i,
    wrong: 'Leave it out on Fastify.',
    right: 'Omit it on Fastify.',
  },
  {
    pattern: /\b(is|are) the most\b(?! \w)/i,
    wrong: 'A second is the most.',
    right: 'At most one second is allowed.',
  },
  {
    pattern: /\bin clear\b(?! \w+ (text|English))|\bin clear text\b/i,
    wrong: 'The token travels in clear.',
    right: 'The token is sent unencrypted.',
  },
  {
    pattern: /\bso (long|many|much|often|few)\b(?! (as|that)\b)/i,
    wrong: 'An entry lives so long.',
    right: 'An entry lives for one minute. It lives as long as the token.',
  },
  {
    pattern: /\bmatters? for the\b|\ba matter (for|of)\b/i,
    wrong: 'The token is a matter for the store.',
    right: 'The store decides about the token.',
  },
  {
    pattern: /\b(is|are|be|was|were|been|being) told\b|\b(hears?|heard|tells?) of\b/i,
    wrong: 'The client is told of once.',
    right: 'The client is logged once.',
  },
  {
    pattern: /\bstands? (before|beside|behind|between|here|in|there)\b/i,
    wrong: 'The length stands in the record.',
    right: 'The record contains the length.',
  },
  {
    pattern: /\b(all|none|nothing|no one|everything) but\b|\bbut for\b/i,
    wrong: 'All but the first are removed.',
    right: 'All except the first are removed.',
  },
  {
    pattern: /\b(FEWEST|HIGHEST|LATEST|LEAST|LONGEST|LOWEST|MOST|SHORTEST)_[A-Z]/,
    wrong: 'const MOST_LINES = 200;',
    right: 'const MAX_LINES = 200;',
  },
];
