const ASCII = /^[\0-\x7f]*$/;

/**
 * The URL that a text is; undefined for what is none.
 *
 * `URL.canParse`, which spares a thrown error, is asked about ASCII alone: once V8 has optimised its caller, Node 20.20 answers false for every URL with a
 * Latin-1 letter beyond it, such as `https://bücher.example` (measured).
 */
export function parseUrl(text: string): URL | undefined {
  if (ASCII.test(text) && !URL.canParse(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
