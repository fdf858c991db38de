import { describe, expect, it } from '@jest/globals';
import { compile, literalsOf } from './compile.js';
import { code, rows } from './documents.js';

describe('the documented events table', () => {
  it('lists every event and no other', () => {
    const program = compile(new Map([['events.ts', "import 'nestjs-session-kit';\n"]]));
    const events = literalsOf(program, 'lib/events/session-event.ts', 'SessionEventType');
    const documented = rows('event', 'level', 'more', 'when').map(([name]) => code(name));
    expect(documented.toSorted()).toEqual(events.toSorted());
  });
});
