import type { Session, Transport } from '../core/session.js';
import type { CreateInput } from '../rules/new-session.js';
import type { TokenPair } from '../rules/token-pair.js';

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
