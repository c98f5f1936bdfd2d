/** `; did you mean <name>?`, for the end of a message about a name that is not there; empty when none is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/**
 * The only candidate that has `name` as a part, else the one that is most like it; `undefined` when none is near.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return onlyOneWith(name, all) ?? mostAlike(name, all);
}

function onlyOneWith(part: string, candidates: readonly string[]): string | undefined {
  if (part.length < leastPart) return undefined;
  const [first, ...others] = candidates.filter((candidate) => candidate.toLowerCase().includes(part.toLowerCase()));
  return others.length === 0 ? first : undefined;
}

/** Fewer letters are in many names by chance. */
const leastPart = 3;

function mostAlike(name: string, candidates: readonly string[]): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const near = distance <= Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (near && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `from` into `to`. */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = cell(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let distance = Math.min(replaced, cell(previous, column) + 1, cell(current, column - 1) + 1);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) distance = Math.min(distance, cell(beforePrevious, column - 2) + 1);
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return cell(previous, to.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
