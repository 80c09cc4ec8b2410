/** An error of the OpenAI API, thrown inside the fake and sent in the API's format. */
export class ApiFault extends Error {
  override readonly name: string = 'ApiFault';
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    status: number,
    message: string,
    {
      type = 'invalid_request_error',
      param = null,
      code = null,
    }: { type?: string; param?: string | null; code?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  toJSON(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}

export function badRequest(message: string, details: { param?: string | null; code?: string | null } = {}): ApiFault {
  return new ApiFault(400, message, details);
}

export function notFound(kind: string, id: string): ApiFault {
  return new ApiFault(404, `No ${kind} found with id '${id}'.`);
}

/** An error for a request that does not fit the state of its object. */
export function conflict(message: string, code = 'conflict_error'): ApiFault {
  return new ApiFault(409, message, { type: code, code });
}

/** Throws an error inside an expression. */
export function raise(fault: ApiFault): never {
  throw fault;
}
