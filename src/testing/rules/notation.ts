/**
 * The notation of the rules: TypeScript's types, with sizes. `string(1..64)` has 1 to 64 characters, `string(/^a/)`
 * matches the pattern, `integer(16..)` is 16 or more, `T[..20]` has at most 20 elements, and `map(..16, ..64)<T>` at
 * most 16 keys of at most 64 characters. `{ a?: T, ... }` allows fields besides `a`.
 *
 * A definition is `Name: T`, and continues on indented lines. `Name.field: T` replaces or adds one field of an object.
 */

export type Rule =
  | { readonly kind: 'any' | 'boolean' | 'null' }
  | { readonly kind: 'string'; readonly size: Size; readonly pattern: RegExp | undefined }
  | { readonly kind: 'integer' | 'number'; readonly size: Size }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'array'; readonly items: Rule; readonly size: Size }
  | ObjectRule
  | { readonly kind: 'map'; readonly values: Rule; readonly size: Size; readonly keySize: Size }
  | { readonly kind: 'union'; readonly options: readonly Rule[] };

export interface ObjectRule {
  readonly kind: 'object';
  readonly fields: Map<string, { readonly rule: Rule; readonly isRequired: boolean }>;
  readonly isOpen: boolean;
}

export interface Size {
  readonly min: number;
  readonly max: number;
}

const ANY_SIZE: Size = { min: -Infinity, max: Infinity };

const TOKEN = /'[^']*'|\(\/.+?\/\)|\.{2,3}|-?\d+|\w+|\S/g;

/** Reads definitions, of which later ones replace earlier ones, and links their names. */
export function readRules(definitions: string): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  const named = (name: string): Rule => {
    const rule = rules.get(name) ?? ({} as Rule);
    rules.set(name, rule);
    return rule;
  };
  for (const definition of definitions.trim().split(/\n(?=\S)/)) {
    const [head, name = '', field, optional] = /^(\w+)(?:\.(\w+))?(\?)?:/.exec(definition) ?? [''];
    const rule = new RuleReader(definition.slice(head.length), named).read();
    if (field === undefined) Object.assign(named(name), rule);
    else (named(name) as ObjectRule).fields.set(field, { rule, isRequired: optional === undefined });
  }
  return rules;
}

/** Reads one rule. */
class RuleReader {
  readonly #tokens: readonly string[];
  readonly #named: (name: string) => Rule;
  #at = 0;

  constructor(text: string, named: (name: string) => Rule) {
    this.#tokens = text.match(TOKEN) ?? [];
    this.#named = named;
  }

  read(): Rule {
    const options = [this.#item()];
    while (this.#skip('|')) options.push(this.#item());
    const values = options.flatMap((option) => (option.kind === 'choice' ? option.values : []));
    const others = options.filter(({ kind }) => kind !== 'choice');
    const all: Rule[] = values.length > 0 ? [{ kind: 'choice', values }, ...others] : others;
    return all.length === 1 && all[0] ? all[0] : { kind: 'union', options: all };
  }

  #item(): Rule {
    let rule = this.#atom();
    while (this.#skip('[')) rule = { kind: 'array', items: rule, size: this.#size(']') };
    return rule;
  }

  #atom(): Rule {
    const token = this.#next();
    switch (token) {
      case '(': {
        const rule = this.read();
        this.#next();
        return rule;
      }
      case '{':
        return this.#object();
      case 'object':
        return { kind: token, fields: new Map(), isOpen: true };
      case 'map':
        return this.#map();
      case 'any':
      case 'boolean':
      case 'null':
        return { kind: token };
      case 'string': {
        const pattern =
          this.#tokens[this.#at]?.startsWith('(/') === true ? RegExp(this.#next().slice(2, -2)) : undefined;
        return { kind: token, pattern, size: this.#sizeIfAny() };
      }
      case 'integer':
      case 'number':
        return { kind: token, size: this.#sizeIfAny() };
      default:
        if (token.startsWith("'")) return { kind: 'choice', values: [token.slice(1, -1)] };
        // The name may be defined later.
        return { kind: 'union', options: [this.#named(token)] };
    }
  }

  #map(): Rule {
    const isLimited = this.#skip('(');
    const size = isLimited ? this.#size(',') : ANY_SIZE;
    const keySize = isLimited ? this.#size(')') : ANY_SIZE;
    this.#next();
    const values = this.read();
    this.#next();
    return { kind: 'map', values, size, keySize };
  }

  #object(): Rule {
    const fields: ObjectRule['fields'] = new Map();
    let isOpen = false;
    while (!this.#skip('}')) {
      const name = this.#next();
      if (name === '...') {
        isOpen = true;
        continue;
      }
      const isRequired = !this.#skip('?');
      this.#next();
      fields.set(name, { rule: this.read(), isRequired });
      this.#skip(',');
    }
    return { kind: 'object', fields, isOpen };
  }

  #sizeIfAny(): Size {
    return this.#skip('(') ? this.#size(')') : ANY_SIZE;
  }

  /** Reads a size such as `1..64`, with the token after it. */
  #size(end: string): Size {
    if (this.#skip(end)) return ANY_SIZE;
    const first = this.#next();
    const min = first === '..' ? -Infinity : Number(first);
    if (first !== '..') this.#next();
    if (this.#skip(end)) return { min, max: Infinity };
    const max = Number(this.#next());
    this.#next();
    return { min, max };
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SyntaxError(`The rule ends too early: ${this.#tokens.join(' ')}`);
    this.#at += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}
