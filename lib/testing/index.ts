export type { OptionalPort, StoreUnderTest } from './contract/subject.js';
export { FakeClock } from './fake-clock.js';
export { describeSessionStore, type PortsUnderTest } from './store-contract.js';
