import { tagOf, userDigest } from '../../sessions/handle.js';

/** Every key of the kit in Redis. The tag in braces puts all keys of a user into one slot of a Cluster. */
export class RedisKeys {
  constructor(private readonly prefix: string) {}

  /** String: the record of a session. */
  record(handle: string): string {
    return this.recordPrefix(tagOf(handle)) + handle;
  }

  /** Start of the record keys of all users with this tag. */
  recordPrefix(tag: string): string {
    return `${this.prefix}{${tag}}:s:`;
  }

  /** Start of the record keys of one user, and of whoever shares the tag. */
  recordPrefixOf(userId: string): string {
    return this.recordPrefix(tagOf(userDigest(userId)));
  }

  /** Sorted set: handles of a user's sessions by the time they expire. */
  index(userId: string): string {
    const digest = userDigest(userId);
    return this.indexPrefix(tagOf(digest)) + digest;
  }

  /** Start of the index keys of all users with this tag. */
  indexPrefix(tag: string): string {
    return `${this.prefix}{${tag}}:u:`;
  }

  /** Glob for all records, of this prefix alone. */
  get everyRecord(): string {
    const literal = this.prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
    return `${literal}{???}:s:*`;
  }

  /** The handle in a record key. */
  handleIn(recordKey: string): string {
    return recordKey.slice(this.recordPrefix('???').length);
  }
}
