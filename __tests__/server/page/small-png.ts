import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
const MAX_COLOURS = 256;

/**
 * Reduces a screenshot to its 256 most frequent colours, a third of the bytes: PNG (W3C, third edition) of 8-bit
 * RGB without interlacing to one with a palette.
 */
export function smallPng(png: Buffer): Buffer {
  const parts = chunks(png);
  const header = Buffer.from(parts.find(({ type }) => type === 'IHDR')?.bytes ?? []);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header.readUInt32BE(8) !== 0x08020000) throw new Error('The picture is not an 8-bit RGB PNG.');
  const pixels = colours(
    inflateSync(Buffer.concat(parts.flatMap(({ type, bytes }) => (type === 'IDAT' ? [bytes] : [])))),
    width,
  );
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const frequent = [...counts].sort(([, one], [, other]) => other - one).slice(0, MAX_COLOURS);
  const palette = frequent.map(([colour]) => colour);
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]));
  const rows = Buffer.alloc((width + 1) * height);
  pixels.forEach((colour, at) => (rows[at + Math.floor(at / width) + 1] = places.get(colour) ?? 0));
  header[9] = 3;
  return Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunks(png: Buffer): { readonly type: string; readonly bytes: Buffer }[] {
  const found = [];
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const end = at + 8 + png.readUInt32BE(at);
    found.push({ type: png.toString('latin1', at + 4, at + 8), bytes: png.subarray(at + 8, end) });
    at = end + 4;
  }
  return found;
}

function chunk(type: string, bytes: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), bytes]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(bytes.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** The colours of the pixels, row by row, without the rows' filters. */
function colours(rows: Buffer, width: number): Uint32Array {
  const stride = width * 3;
  const height = rows.length / (stride + 1);
  const plain = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < 3 ? 0 : (plain[at - 3] ?? 0);
      const above = y === 0 ? 0 : (plain[at - stride] ?? 0);
      const corner = x < 3 || y === 0 ? 0 : (plain[at - stride - 3] ?? 0);
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0;
      plain[at] = (rows[at + y + 1] ?? 0) + predicted;
    }
  }
  return Uint32Array.from({ length: width * height }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = plain.subarray(pixel * 3, pixel * 3 + 3);
    return (red << 16) | (green << 8) | blue;
  });
}

function paeth(left: number, above: number, corner: number): number {
  const [byLeft, byAbove, byCorner] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}

function channels(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function nearest(palette: readonly number[], colour: number): number {
  let best = { place: 0, distance: Infinity };
  const wanted = channels(colour);
  palette.forEach((other, place) => {
    const distance = channels(other).reduce((sum, value, index) => sum + (value - (wanted[index] ?? 0)) ** 2, 0);
    if (distance < best.distance) best = { place, distance };
  });
  return best.place;
}
