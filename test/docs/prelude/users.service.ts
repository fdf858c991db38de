interface User {
  readonly id: string;
  readonly email: string;
  readonly role: 'admin' | 'user';
}

/** The part of an app that the documentation does not show. */
export declare class UsersService {
  verify(email: string, password: string): Promise<User>;
  find(id: string): Promise<User | null>;
  sessionSecret(): Promise<string>;
}

export declare class UsersModule {}
