/** RoaringFormatSpec: how the serialization of a 32-bit bitmap begins, with containers of runs or without. */
export const cookieWithRuns = 12347;
export const cookieWithoutRuns = 12346;
/** Bitmaps with runs have offsets of their containers only from so many containers on. */
export const fewestContainersWithOffsets = 4;
/** A container of more values is a bitmap, unless it has runs. */
export const largestArray = 4096;
