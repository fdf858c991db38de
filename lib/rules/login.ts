import type { Session, Transport } from '../core/session.js';
import { requireObject, requireOneOf } from './arguments.js';
import type { CreateInput, SessionTransport } from './new-session.js';
import type { TokenPair } from './token-pair.js';

export interface LoginInput<T extends Transport = Transport> extends CreateInput {
  /**
   * `bearer`: the token pair goes into the body. `cookie`, `bearer-cookie`: the browser keeps cookies; the body has no
   * tokens.
   */
  transport: T;
  /** "Remember me": cookies survive the browser's close, with the lifetimes of `session.persistent`. Default false. */
  persistent?: boolean;
}

/** Contains tokens only if the transport puts them into the body. */
export type LoginResult<T extends Transport = Transport> = {
  session: Session<T>;
} & (T extends 'bearer' ? { tokens: TokenPair } : { tokens?: TokenPair });

/** @throws TypeError for another value, which only JavaScript, a cast or a request body can contain */
export function transportOf(input: LoginInput): SessionTransport {
  requireObject('input', input);
  const transport = requireOneOf('transport', input.transport, [
    'bearer',
    'cookie',
    'bearer-cookie',
  ]);
  const persistent = requireOneOf('persistent', input.persistent ?? false, [true, false]);
  return { transport, persistent: persistent && transport !== 'bearer' };
}

/** As `transportOf`, for a session that no request can receive in cookies. @throws TypeError likewise */
export function createTransportOf(input: { transport: Transport }): SessionTransport {
  requireObject('input', input);
  const transport = requireOneOf('transport', input.transport, ['bearer', 'cookie']);
  return { transport, persistent: false };
}
