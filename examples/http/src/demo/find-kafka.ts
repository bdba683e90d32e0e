import { type DemoKafka, startDemoKafka } from './kafka.ts';

/**
 * Kafka, where its client can be loaded; else, in a sentence, why it can't. Who has no compiler sees all the rest.
 *
 * @throws whatever else goes wrong
 */
export async function findKafka(): Promise<{ kafka?: DemoKafka; why?: string }> {
  // Said by the set-up, which knows what is missing.
  const missing = process.env['DEMO_WITHOUT_KAFKA'];
  if (missing !== undefined) return { why: missing };
  try {
    return { kafka: await startDemoKafka() };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (code !== 'PATRON_TESTING_RDKAFKA_MISSING') throw error;
    return { why: message };
  }
}
