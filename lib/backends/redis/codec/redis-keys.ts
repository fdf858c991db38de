import { tagOf, userDigest } from '../../../rules/handle.js';

/** The Redis keys of the package. The tag in braces puts all keys of a user into one slot of a Cluster. */
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

  /** String: the handle that a session moved to. */
  forward(oldHandle: string): string {
    return this.forwardPrefix(tagOf(oldHandle)) + oldHandle;
  }

  /** Start of the forward keys of all users with this tag. */
  forwardPrefix(tag: string): string {
    return `${this.prefix}{${tag}}:f:`;
  }

  /** Start of the record keys of one user, and of users that share the tag. */
  recordPrefixOf(userId: string): string {
    return this.recordPrefix(tagOf(userDigest(userId)));
  }

  /** Start of the forward keys of one user, and of users that share the tag. */
  forwardPrefixOf(userId: string): string {
    return this.forwardPrefix(tagOf(userDigest(userId)));
  }

  /** Sorted set: handles of the sessions of a user, scored by expiry. */
  index(userId: string): string {
    const digest = userDigest(userId);
    return this.indexPrefix(tagOf(digest)) + digest;
  }

  /** Start of the index keys of all users with this tag. */
  indexPrefix(tag: string): string {
    return `${this.prefix}{${tag}}:u:`;
  }

  /** String: the holder of the cleanup lease, and the time at which it was acquired. */
  get cleanupLease(): string {
    return `${this.prefix}lease:cleanup`;
  }

  /** Stream: recent revocations. One key, and therefore one slot, for all users. */
  get revocations(): string {
    return `${this.prefix}revocations`;
  }

  /** String: the epoch. In the slot of the stream, so that one script can write both. */
  get epoch(): string {
    return `${this.prefix}{${this.revocations}}:epoch`;
  }

  /** String: the time at which a sweep last completed. */
  get cleanupDone(): string {
    return `${this.prefix}done:cleanup`;
  }

  /** Glob for all indexes with this prefix. */
  get everyIndex(): string {
    return `${this.#literalPrefix}{???}:u:*`;
  }

  /** Glob for all records and indexes with this prefix. */
  get everyRecordAndIndex(): string {
    return `${this.#literalPrefix}{???}:[su]:*`;
  }

  /** Whether a key matched by `everyRecordAndIndex` is that of a record. */
  isRecord(key: string): boolean {
    return key.startsWith(':s:', this.prefix.length + '{???}'.length);
  }

  /** The handle in a record key. */
  handleIn(recordKey: string): string {
    return recordKey.slice(this.recordPrefix('???').length);
  }

  /** The digest of the user in an index key. */
  digestIn(indexKey: string): string {
    return indexKey.slice(this.indexPrefix('???').length);
  }

  get #literalPrefix(): string {
    return this.prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
  }
}
