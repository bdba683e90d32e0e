// A member of a group as a process of its own, to be stopped, frozen and killed. It writes a line for each record that it has handled.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { KafkaComponent } from '@patron/kafka';

const [brokers = '', topic = '', workMs = '0', more = '{}'] = process.argv.slice(2);
/**
 * All of it, also into a pipe that is full: a line that is missing looks like a record that is.
 * @param {string} line
 */
function tell(line) {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error;
    }
  }
}

const component = new KafkaComponent({
  name: 'member',
  brokers,
  group: topic,
  topics: topic,
  ...JSON.parse(more),
  handle: async ({ id, attempt }) => {
    await sleep(Number(workMs));
    tell(`handled ${id} ${attempt}`);
  },
});
const timer = setInterval(
  () => tell(`has ${Object.keys(component.info()['partitions'] ?? {}).length} ${JSON.stringify(component.ready())}`),
  100,
);
await new Service({ name: 'member', http: { port: 0 }, components: [component] }).run();
clearInterval(timer);
tell('ended');
