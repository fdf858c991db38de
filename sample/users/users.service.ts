import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, UnauthorizedException } from '@nestjs/common';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

export interface User {
  readonly id: string;
  readonly email: string;
  readonly role: 'admin' | 'user';
  /** The password, because this is a sample; a real application stores only the hash. */
  readonly hint: string;
  readonly salt: string;
  readonly passwordHash: string;
}

/** Replaces a database. Hashes are scrypt with the defaults of Node, 32 bytes, base64url. */
export const USERS: readonly [User, ...User[]] = [
  {
    id: 'ada',
    email: 'ada@example.com',
    role: 'admin',
    hint: 'analytical-engine',
    salt: '9VS_MWvBy7_LIZzc5-okDg',
    passwordHash: 'uAAYegHScxVIs_GvSs6omnuqsua9CckX9ZFCOQRGTWM',
  },
  {
    id: 'bob',
    email: 'bob@example.com',
    role: 'user',
    hint: 'bob-the-builder',
    salt: 'ExEt1hW3GKfiN2GiKKRe7g',
    passwordHash: 'CzQDHm6gkh0dO3YP5WxIL0HXMcEAHcLdiyAyfm1Ma7g',
  },
];

@Injectable()
export class UsersService {
  /**
   * Takes the same time for an unknown address and a wrong password, so that the time does not
   * reveal which addresses exist.
   * @throws UnauthorizedException "Invalid credentials"
   */
  async verify(email: string, password: string): Promise<User> {
    const user = USERS.find((candidate) => candidate.email === email.toLowerCase());
    const { salt, passwordHash } = user ?? USERS[0];
    const expected = Buffer.from(passwordHash, 'base64url');
    const given = await derive(password, Buffer.from(salt, 'base64url'), expected.length);
    if (!user || !timingSafeEqual(given, expected))
      throw new UnauthorizedException('Invalid credentials');
    return user;
  }
}
