/** What a line holds at most. A field that is larger is cut where the limit is, and says so. */
export const LIMITS = {
  /** Characters of one string, the message included. */
  string: 65_536,
  /** Characters of all fields of a line together, roughly. */
  line: 262_144,
  /** Levels of objects within objects, causes of errors included. */
  depth: 8,
  /** Items of one array, members of one object, fields of one line. */
  items: 1000,
  /** Bytes of a buffer that are shown, in hex. */
  bytes: 64,
} as const;
