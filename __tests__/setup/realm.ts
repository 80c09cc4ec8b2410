/**
 * Errors that Node itself makes (fetch, AbortSignal) belong to another realm than a Jest sandbox, so the SDK's
 * `instanceof Error` fails under Jest alone. This makes it true for them.
 */
import { types } from 'node:util';

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: object, thrown: unknown): boolean {
    if (this === Error) return types.isNativeError(thrown) || thrown instanceof DOMException;
    return Function.prototype[Symbol.hasInstance].call(this as () => void, thrown);
  },
});
