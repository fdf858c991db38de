/** A session as a credential names it. */
export interface CredentialSession {
  readonly handle: string;
  /** A session cookie is not signed, so only the record shows that this app opened the session. */
  readonly isUnsigned?: true;
  /** Of a token that has not expired: whose it is, and the name that stays when the session gets another handle. */
  readonly origin?: { readonly userId: string; readonly lineage: string } | undefined;
}
