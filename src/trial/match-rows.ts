/** Which expected item is which actual one; what is left over on either side has no counterpart. */
export interface Matching {
  /** Pairs of indexes; those that fit first. */
  readonly pairs: readonly (readonly [expected: number, actual: number])[];
  readonly missing: readonly number[];
  readonly unexpected: readonly number[];
}

/**
 * Pairs as many as possible that fit wholly (`distance` 0), then the rest by what is nearest, so that a difference is
 * shown between rows that were meant for each other. Pairs with an infinite distance are not made.
 */
export function matchUnordered(
  expectedCount: number,
  actualCount: number,
  distance: (expected: number, actual: number) => number,
): Matching {
  const actualOf = wholeMatches(expectedCount, actualCount, distance);
  const taken = new Set(actualOf.values());
  const open = range(expectedCount).filter((expected) => !actualOf.has(expected));
  const near = open
    .flatMap((expected) =>
      range(actualCount)
        .filter((actual) => !taken.has(actual))
        .map((actual) => ({ expected, actual, by: distance(expected, actual) })),
    )
    .filter(({ by }) => Number.isFinite(by))
    .toSorted((left, right) => left.by - right.by);
  for (const { expected, actual } of near) {
    if (actualOf.has(expected) || taken.has(actual)) continue;
    actualOf.set(expected, actual);
    taken.add(actual);
  }
  return {
    pairs: [...actualOf].toSorted(([left], [right]) => left - right),
    missing: range(expectedCount).filter((expected) => !actualOf.has(expected)),
    unexpected: range(actualCount).filter((actual) => !taken.has(actual)),
  };
}

/** A largest set of pairs that fit (augmenting paths): a loose expectation does not take the row of a strict one. */
function wholeMatches(
  expectedCount: number,
  actualCount: number,
  distance: (expected: number, actual: number) => number,
): Map<number, number> {
  const expectedOf = new Map<number, number>();
  const place = (expected: number, seen: Set<number>): boolean => {
    for (const actual of range(actualCount)) {
      if (seen.has(actual) || distance(expected, actual) !== 0) continue;
      seen.add(actual);
      const holder = expectedOf.get(actual);
      if (holder !== undefined && !place(holder, seen)) continue;
      expectedOf.set(actual, expected);
      return true;
    }
    return false;
  };
  for (const expected of range(expectedCount)) place(expected, new Set());
  return new Map([...expectedOf].map(([actual, expected]) => [expected, actual]));
}

function range(count: number): number[] {
  return [...new Array(count).keys()];
}
