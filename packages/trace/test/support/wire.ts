/** The fields of a protobuf message by their number, as the wire has them: numbers of varints and fixed fields, bytes of the rest. */
export class WireMessage {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < bytes.length) {
      const key = Number(varint());
      const start = at;
      let value: bigint | Buffer;
      if ((key & 7) === 0) value = varint();
      else {
        const length = (key & 7) === 1 ? 8 : (key & 7) === 5 ? 4 : Number(varint());
        const from = (key & 7) === 2 ? at : start;
        value = bytes.subarray(from, from + length);
        if (value.length !== length) throw new RangeError(`field ${key >> 3} ends behind its message`);
        at = from + length;
      }
      this.#fields.set(key >> 3, [...(this.#fields.get(key >> 3) ?? []), value]);
    }
  }

  messages(field: number): WireMessage[] {
    return this.#bytes(field).map((bytes) => new WireMessage(bytes));
  }

  message(field: number): WireMessage {
    const [first] = this.messages(field);
    if (first === undefined) throw new Error(`there is no field ${field} among ${[...this.#fields.keys()].join(', ')}`);
    return first;
  }

  text(field: number): string {
    return this.#bytes(field)[0]?.toString() ?? '';
  }

  varint(field: number): number {
    return Number(this.#fields.get(field)?.[0] ?? 0);
  }

  /** 64 bits each, packed or not. */
  doubles(field: number): number[] {
    return this.#words(field).map((word) => word.readDoubleLE());
  }

  fixed64(field: number): number[] {
    return this.#words(field).map((word) => Number(word.readBigUInt64LE()));
  }

  #words(field: number): Buffer[] {
    const all = Buffer.concat(this.#bytes(field));
    return Array.from({ length: all.length / 8 }, (_, i) => all.subarray(i * 8, i * 8 + 8));
  }

  #bytes(field: number): Buffer[] {
    return (this.#fields.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
  }
}
