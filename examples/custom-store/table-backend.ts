import type { StoreBackend, StoreContext } from 'nestjs-session-kit';
import type { Database } from './database.js';
import { TableRevocationLog } from './table-revocation-log.js';
import { TableSessionStore } from './table-session-store.js';

/** `SessionModule.forRoot({ secret, store: tableBackend(database) })` */
export function tableBackend(database: Database): (context: StoreContext) => StoreBackend {
  return ({ clock, revocation }) => {
    const store = new TableSessionStore(database, clock, revocation);
    return { store, revocationLog: new TableRevocationLog(database, clock, store, revocation) };
  };
}
