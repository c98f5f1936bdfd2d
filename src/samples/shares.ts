/** Whole shares of `total` in proportion to the weights; they add up to `total` (largest remainders first). */
export function shares(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const floors = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  const rest = total - floors.reduce((a, b) => a + b, 0);
  const bonus = new Set(byRemainder.slice(0, rest).map(({ index }) => index));
  return floors.map((floor, index) => floor + (bonus.has(index) ? 1 : 0));
}
