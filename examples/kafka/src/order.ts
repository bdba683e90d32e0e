import { z } from 'zod';

/** What comes in over HTTP, and what a record of the topic `orders` holds: checked in both places, as others may write there too. */
export const Order = z.object({ customer: z.string().min(1), item: z.string().min(1), amount: z.number().int().positive() });

export type Order = z.infer<typeof Order>;
