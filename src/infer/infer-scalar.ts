import type { EpochUnit, InferredType } from './inferred-field.ts';
import type { NumberObservation, Observation } from './observation.ts';
import type { TextForm } from './text-form.ts';

export const exampleInstant = '2026-01-27T10:00:00Z';
export const exampleDay = '2026-01-27';

const longest = 2n ** 63n;
/** Far enough from the greatest `int` for what a sample has not shown. */
const safelyInt = 1_000_000n;
/** JSON that was written from a double has at most 17 digits. */
const digitsOfDouble = 17;
const moneyName = /(price|amount|total|cost|fare|fee|tax|balance|tip|discount|revenue|salary)(s|_[a-z]+)?$/i;
const timeName =
  /(time|timestamp|date|epoch|(^|_)(at|ts|on)|Time|Timestamp|Date|At|Ts)(_?(s|ms|us|sec|secs|seconds|millis|micros))?$/;

export function inferNumber(name: string, seen: NumberObservation, isPersonal: boolean): InferredType {
  const epochUnit = timeName.test(name) ? epochUnitOf(seen) : undefined;
  if (epochUnit !== undefined) {
    const example = Date.parse(exampleInstant) * { seconds: 0.001, milliseconds: 1, microseconds: 1000 }[epochUnit];
    return { type: 'long', remarks: [`a time, as ${epochUnit} since 1970`], example, epochUnit };
  }
  return seen.fractions + seen.exponents === 0 ? inferInteger(seen, isPersonal) : inferFraction(name, seen);
}

function inferInteger(seen: NumberObservation, isPersonal: boolean): InferredType {
  const { least = 0n, greatest = 0n, integerDigits } = seen;
  const remarks = isPersonal ? [] : [`${least} to ${greatest}`];
  if (-safelyInt <= least && greatest <= safelyInt) return { type: 'integer', remarks, example: 1 };
  if (-longest <= least && greatest < longest) return { type: 'long', remarks, example: 1 };
  if (integerDigits <= 38) return { type: 'decimal(38,0)', remarks: ['too large for bigint'], example: 1 };
  return { type: 'string', remarks: ['a number of more than 38 digits'], example: '1' };
}

function inferFraction(name: string, { exponents, integerDigits, scale }: NumberObservation): InferredType {
  if (exponents === 0 && integerDigits + scale > digitsOfDouble) {
    const room = Math.min(18, 38 - integerDigits);
    if (scale <= room) return { type: `decimal(38,${room})`, remarks: ['too many digits for double'], example: 1.5 };
    return { type: 'string', remarks: ['a number of more digits than a decimal has'], example: '1.5' };
  }
  if (exponents === 0 && moneyName.test(name) && scale <= 4 && integerDigits <= 12) {
    const remarks = [`a sum by its name, with up to ${scale} digits behind the point`];
    return { type: `decimal(18,${Math.max(2, scale)})`, remarks, example: 1.5 };
  }
  return { type: 'double', remarks: [], example: 1.5 };
}

const firstYear = BigInt(Date.UTC(2001, 0));
const lastYear = BigInt(Date.UTC(2101, 0));

/** The unit in which all numbers are times of this century. */
function epochUnitOf({ fractions, exponents, least, greatest }: NumberObservation): EpochUnit | undefined {
  if (fractions + exponents > 0 || least === undefined || greatest === undefined) return undefined;
  const isWithin = (perThousand: bigint): boolean =>
    least * 1000n >= firstYear * perThousand && greatest * 1000n < lastYear * perThousand;
  if (isWithin(1n)) return 'seconds';
  if (isWithin(1000n)) return 'milliseconds';
  return isWithin(1_000_000n) ? 'microseconds' : undefined;
}

export function inferText(seen: Observation, isPersonal: boolean): InferredType {
  const forms = [...seen.forms.keys()];
  const are = (...allowed: readonly TextForm[]): boolean => forms.every((form) => allowed.includes(form));
  if (are('date')) return { type: 'date', remarks: [], example: exampleDay };
  if (are('date', 'zonedTime', 'localTime')) {
    const remarks = are('date', 'zonedTime') ? [] : ['without an offset, so it is read as UTC'];
    return { type: 'timestamp', remarks, example: exampleInstant };
  }
  if (are('uuid')) return { type: 'string', remarks: ['UUIDs'], example: '00000000-0000-4000-8000-000000000001' };
  if (are('number')) return { type: 'string', remarks: ['numbers, as texts'], example: '1' };
  if (forms.includes('otherTime')) {
    return {
      type: 'string',
      remarks: ['looks like a time in a form that is not read; see steps.derive'],
      example: 'text',
    };
  }
  return { type: 'string', remarks: isPersonal ? [] : wordsOf(seen), example: 'text' };
}

/** Short words alone are shown: sentences may hold anything. */
function wordsOf({ texts, hasManyTexts, nonNull }: Observation): readonly string[] {
  const words = [...texts.keys()];
  if (hasManyTexts || !words.every((word) => /^[\w.:/+-]{1,24}$/.test(word))) return [];
  const isChoice = words.length <= 12 && nonNull >= Math.max(20, words.length * 5);
  return isChoice ? [`one of: ${words.toSorted().join(', ')}`] : [];
}
