/** The model of every example and test. `npm run readme` writes its name into the README and docs in place of `MODEL`. */
export const MODEL = 'gpt-6.1-sol';
