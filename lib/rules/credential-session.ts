/** A session as named by a credential. */
export interface CredentialSession {
  readonly handle: string;
  /** A session cookie is not signed, so only the record shows that this app opened the session. */
  readonly isUnsigned?: true;
  /** From a token that has not expired: the user, and the id that the session keeps when its handle changes. */
  readonly origin?: { readonly userId: string; readonly lineage: string } | undefined;
}
