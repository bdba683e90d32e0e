// So many routes, half of them with a param, as the areas of one large service: equally long whatever their number, so that a
// request for one costs the same to read.

/** @param {number} index */
const stem = (index) => `/area${String(index % 40).padStart(2, '0')}/things${String(index).padStart(6, '0')}`;

/** @param {number} count */
export const patterns = (count) => Array.from({ length: count }, (_, index) => stem(index) + (index % 2 === 0 ? '/all' : '/:id'));

/**
 * Paths that lead to so many of the routes, spread over all of them.
 * @param {number} count
 * @param {number} asked
 */
export function paths(count, asked) {
  return Array.from({ length: asked }, (_, turn) => {
    // Fixed and with a param in turn, whatever the distance.
    const index = Math.floor((turn * count) / asked / 2) * 2 + (turn % 2);
    return stem(index) + (index % 2 === 0 ? '/all' : '/abc');
  });
}
