export type { StoreUnderTest } from './contract/subject.js';
export { FakeClock } from './fake-clock.js';
export { describeSessionStore } from './store-contract.js';
