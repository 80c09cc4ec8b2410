/** The model of every example and test. Code that the README or docs show writes it out; a test compares the two. */
export const MODEL = 'gpt-6.1-sol';
