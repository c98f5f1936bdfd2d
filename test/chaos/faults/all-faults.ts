import type { Fault } from './fault.ts';
import { networkFaults } from './network-faults.ts';
import { operatorFaults } from './operator-faults.ts';
import { serverFaults } from './server-faults.ts';
import { tableFaults } from './table-faults.ts';
import { topicFaults } from './topic-faults.ts';
import { workerFaults } from './worker-faults.ts';

export const allFaults: readonly Fault[] = [
  ...workerFaults,
  ...serverFaults,
  ...networkFaults,
  ...operatorFaults,
  ...tableFaults,
  ...topicFaults,
];
