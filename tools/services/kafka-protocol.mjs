import { connect } from 'node:net';

// Two requests of Kafka's protocol, spoken to one given node: a client would choose the node by itself, and a tool of Kafka's
// takes two seconds for its own start. The versions are the newest without tagged fields, and Kafka 2.1 to 4.3 know them.
const METADATA = { key: 3, version: 8 };
const CREATE_TOPICS = { key: 19, version: 4 };

/**
 * @typedef {object} Metadata
 * @property {{ id: number, host: string, port: number }[]} brokers those that are alive
 * @property {number} controller -1: none is elected
 * @property {{ error: number, name: string, leaders: number[] }[]} topics a leader of -1: the partition has none
 */

/**
 * @param {number} port
 * @param {readonly string[]} topics
 * @returns {Promise<Metadata>}
 */
export async function metadata(port, topics = []) {
  const names = topics.map(string);
  const answer = await ask(port, METADATA, [int32(topics.length), ...names, bool(false), bool(false), bool(false)]);
  answer.int32(); // throttled
  const brokers = answer.array(() => {
    const broker = { id: answer.int32(), host: answer.string() ?? '', port: answer.int32() };
    answer.string(); // rack
    return broker;
  });
  answer.string(); // cluster
  const controller = answer.int32();
  const found = answer.array(() => {
    const topic = { error: answer.int16(), name: answer.string() ?? '' };
    answer.int8(); // internal
    const leaders = answer.array(() => {
      answer.int16(); // error
      answer.int32(); // partition
      const leader = answer.int32();
      answer.int32(); // leader's epoch
      for (let lists = 0; lists < 3; lists++) answer.array(() => answer.int32()); // replicas, in sync, offline
      return leader;
    });
    answer.int32(); // authorized operations
    return { ...topic, leaders };
  });
  return { brokers, controller, topics: found };
}

/**
 * @param {number} port
 * @param {{ name: string, partitions: number, replicas: number }} topic
 */
export async function createTopic(port, { name, partitions, replicas }) {
  const timeoutMs = 10_000;
  const topic = [string(name), int32(partitions), int16(replicas), int32(0), int32(0)];
  const answer = await ask(port, CREATE_TOPICS, [int32(1), ...topic, int32(timeoutMs), bool(false)], timeoutMs + 2000);
  answer.int32(); // throttled
  answer.array(() => {
    answer.string();
    const error = answer.int16();
    const message = answer.string();
    if (error !== 0) throw new Error(`the topic ${name} can't be created: ${message ?? `Kafka's error ${error}`}`);
  });
}

/**
 * @param {number} port
 * @param {{ key: number, version: number }} request
 * @param {readonly Buffer[]} body
 * @param {number} [timeoutMs]
 * @returns {Promise<Reader>}
 */
function ask(port, { key, version }, body, timeoutMs = 2000) {
  const message = Buffer.concat([int16(key), int16(version), int32(1), string('patron-services'), ...body]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(Buffer.concat([int32(message.length), message])));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      socket.destroy();
      resolve(new Reader(received, 8)); // behind its length and the number of the request
    });
    socket.on('timeout', () => socket.destroy(new Error(`no answer from port ${port} within ${timeoutMs} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`port ${port} closed the connection without an answer`)));
  });
}

class Reader {
  #bytes;
  #at;

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  constructor(bytes, at) {
    this.#bytes = bytes;
    this.#at = at;
  }

  int8() {
    return this.#bytes.readInt8(this.#skip(1));
  }

  int16() {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  int32() {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  string() {
    const length = this.int16();
    if (length < 0) return undefined;
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /**
   * @template T
   * @param {() => T} element
   * @returns {T[]}
   */
  array(element) {
    return Array.from({ length: Math.max(0, this.int32()) }, element);
  }

  /** @param {number} length */
  #skip(length) {
    this.#at += length;
    return this.#at - length;
  }
}

/** @param {boolean} value */
const bool = (value) => Buffer.from([Number(value)]);

/** @param {number} value */
function int16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

/** @param {number} value */
function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** @param {string} value */
const string = (value) => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
