import type { Session, Transport } from '../core/session.js';
import type { CreateInput } from '../rules/new-session.js';
import type { TokenPair } from '../rules/token-pair.js';

export interface LoginInput<T extends Transport = Transport> extends CreateInput {
  /** `bearer`: the token pair goes into the body. `cookie`, `bearer-cookie`: nothing does, the browser keeps cookies. */
  transport: T;
  /** "Remember me": cookies survive the browser's close, with the lifetimes of `session.persistent`. Default false. */
  persistent?: boolean;
}

/** Tokens are in the answer only where the transport puts them into the body. */
export type LoginResult<T extends Transport = Transport> = {
  session: Session<T>;
} & (T extends 'bearer' ? { tokens: TokenPair } : { tokens?: TokenPair });
