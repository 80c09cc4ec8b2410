/** Hands the warnings of the real process, which a Jest sandbox does not see, to the tests. */
import { TestEnvironment } from 'jest-environment-node';

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
