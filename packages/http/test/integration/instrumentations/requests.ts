import type { Shop } from './visit.ts';

/** A caller's trace, and the id of the span that calls. */
export const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
export const UNSAMPLED = { traceId: '4bf92f3577b34da6a3ce929d0e0e4737', spanId: '00f067aa0ba902b8' };

/** What the shop answers to an order. */
export interface Order {
  correlationId: string;
  /** What patron's own call carried. */
  traceparent: string;
  asked: { correlationId: string; inListener?: string }[];
}

/** Orders with no caller's trace, with a sampled one, and with one that is not sampled. */
export async function orders({ url }: Shop): Promise<Order[]> {
  const order = async (headers: Record<string, string>): Promise<Order> =>
    (await (await fetch(`${url}/orders/7`, { headers })).json()) as Order;
  return [
    await order({}),
    await order({ traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`, 'x-correlation-id': 'order-1' }),
    await order({ traceparent: `00-${UNSAMPLED.traceId}-${UNSAMPLED.spanId}-00`, 'x-correlation-id': 'order-2' }),
  ];
}

/** All correlation ids of an order: the shop's own, the warehouse's for each call, that in the listener of an answer. */
export function correlationIds({ correlationId, asked }: Order): string[] {
  const all = [correlationId, ...asked.flatMap((one) => [one.correlationId, ...(one.inListener === undefined ? [] : [one.inListener])])];
  return [...new Set(all)];
}
