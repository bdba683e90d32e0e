const FIRST_BYTES = 64;

/** Writes the little of the protobuf wire format that a profile is made of: varints, packed varints, bytes. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** A field with a whole number from 0 on; 0 is what a reader takes for a field that is not there. */
  integer(field: number, value: number | bigint): void {
    if (Number(value) === 0) return;
    this.#varint(field * 8);
    this.#varint(value);
  }

  text(field: number, text: string): void {
    this.#varint(field * 8 + 2);
    const size = Buffer.byteLength(text);
    this.#varint(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(text, this.#length);
  }

  packed(field: number, values: readonly number[]): void {
    const inner = new ProtobufWriter();
    for (const value of values) inner.#varint(value);
    this.#nested(field, inner);
  }

  message(field: number, write: (inner: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.#nested(field, inner);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #nested(field: number, inner: ProtobufWriter): void {
    this.#varint(field * 8 + 2);
    this.#varint(inner.#length);
    this.#reserve(inner.#length);
    this.#length += inner.#bytes.copy(this.#bytes, this.#length, 0, inner.#length);
  }

  #varint(value: number | bigint): void {
    this.#reserve(10);
    let rest = value;
    if (typeof rest === 'bigint') {
      for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    // Not with shifts: they end at 32 bits, and two seconds in nanoseconds do not.
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
