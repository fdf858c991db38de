interface Account {
  readonly id: string;
  readonly email: string;
  readonly role: 'admin' | 'user';
}

/** The part of an application that the documentation does not show. */
export declare class AccountsService {
  find(id: string): Promise<Account | null>;
  sessionSecret(): Promise<string>;
}

export declare class AccountsModule {}
