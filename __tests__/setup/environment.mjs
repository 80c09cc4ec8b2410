/** Passes the warnings of the real process to the tests. A Jest sandbox does not receive them. */
import { TestEnvironment } from 'jest-environment-node';

// Each warning is handed to the tests, which fail on one that they do not take. Node would print it, too.
process.removeAllListeners('warning');

export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.processWarnings = [];
    this.onWarning = (warning) => {
      if (warning.name !== 'ExperimentalWarning') this.global.processWarnings.push(String(warning));
    };
    process.on('warning', this.onWarning);
  }

  async teardown() {
    process.off('warning', this.onWarning);
    await super.teardown();
  }
}
