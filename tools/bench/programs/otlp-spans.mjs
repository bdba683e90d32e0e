// opentelemetry/proto: ExportTraceServiceRequest.resource_spans = 1, ResourceSpans.scope_spans = 2, ScopeSpans.spans = 2.
const pathToSpans = [1, 2, 2];
const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/**
 * How many spans an ExportTraceServiceRequest holds.
 * @param {Buffer} message
 * @param {number} [depth]
 * @returns {number}
 */
export function countSpans(message, depth = 0) {
  if (depth === pathToSpans.length) return 1;
  let count = 0;
  for (const { field, content } of fields(message)) {
    if (content && field === pathToSpans[depth]) count += countSpans(content, depth + 1);
  }
  return count;
}

/**
 * The fields of a protobuf message; those that hold no bytes without their content.
 * @param {Buffer} message
 * @returns {Generator<{ field: number, content?: Buffer }>}
 */
function* fields(message) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends within a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = number();
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case varint:
        number();
        yield { field };
        break;
      case fixed64:
        at += 8;
        yield { field };
        break;
      case fixed32:
        at += 4;
        yield { field };
        break;
      case lengthDelimited: {
        const size = number();
        if (at + size > message.length) throw new Error(`field ${field} ends behind its message`);
        yield { field, content: message.subarray(at, (at += size)) };
        break;
      }
      default:
        throw new Error(`field ${field} has the wire type ${key % 8}, which is none`);
    }
  }
}
