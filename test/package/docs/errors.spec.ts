import { describe, expect, it } from '@jest/globals';
import { SessionError, type SessionErrorCode } from 'nestjs-session-kit';
import { compile, literalsOf } from './compile.js';
import { code, rows } from './documents.js';

const program = compile(new Map([['errors.ts', "import 'nestjs-session-kit';\n"]]));

describe('the documented errors table', () => {
  it('lists each code with its status and message', () => {
    const documented = rows('code', 'status', 'message').map(([name, status, message]) => [
      code(name),
      Number(status),
      message,
    ]);
    const codes = literalsOf(program, 'lib/core/session-error.ts', 'SessionErrorCode');
    const real = codes.map((name) => {
      const error = new SessionError(name as SessionErrorCode);
      return [name, error.getStatus(), error.message];
    });
    expect(documented.toSorted()).toEqual(real.toSorted());
  });
});
