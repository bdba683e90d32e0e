export { parseLevel, LEVELS, severity } from './level.ts';
export type { Level } from './level.ts';
export type { Fields, Logger } from './logger.ts';
export { fromContext, log, withContext } from './log.ts';
export { flush } from './last-words.ts';

export { droppedLines, setup } from './setup.ts';
export type { BoundFields, LogEntry, LoggerFactory, LogSink } from './entry.ts';
export { winston } from './winston.ts';
export type { WinstonOptions } from './winston.ts';

export { getLevel, levelState, setLevel } from './level-control.ts';
export type { LevelState, SetLevelOptions } from './level-control.ts';

export { LogError, PanicError } from './errors.ts';
export type { LogErrorCode } from './errors.ts';

export { LINE_CHANNEL } from './line-channel.ts';
export type { LineMessage } from './line-channel.ts';

// For the other packages of patron, and for nobody else: these may change without notice.
export { childContext, contextStore, LOGGER_KEY } from './context.ts';
export type { Context, ContextBackend, ContextStore } from './context.ts';
export { shared } from './shared.ts';
