export {
  conformance,
  type ConformanceTest,
  type Features,
  type Harness,
  type Place,
  type Sent,
  type Wanted,
} from './testing/conformance.ts';
export { MemoryBroker, type Published, type Stored } from './testing/memory-broker.ts';
export { memoryHarness } from './testing/memory-harness.ts';
export { MemoryMessage } from './testing/memory-message.ts';
export { Running } from './testing/running.ts';
