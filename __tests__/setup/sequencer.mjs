/** Starts the longest test files first: Jest knows no durations on a machine that is new, and would start them last. */
import Sequencer from '@jest/test-sequencer';

const LONGEST = [
  'chaos/chaos.test.ts',
  'server/page/browser.test.ts',
  'contracts/driver-events.test.ts',
  'contracts/driver-ends.test.ts',
  'contracts/driver.test.ts',
  'runner/apis/responses-resent.test.ts',
  'runner/apis/responses-lost.test.ts',
];

export default class extends Sequencer {
  sort(tests) {
    const placeOf = ({ path }) => {
      const place = LONGEST.findIndex((file) => path.endsWith(`/__tests__/${file}`));
      return place < 0 ? LONGEST.length : place;
    };
    return super.sort(tests).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
