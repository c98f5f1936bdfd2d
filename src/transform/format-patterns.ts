import type { ValueFormat } from '../model/job/validation-rule.ts';

const octet = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4 = String.raw`(${octet}\.){3}${octet}`;
const group = '[0-9a-fA-F]{1,4}';
const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/** RFC 4291, section 2.2: eight groups; `::` for one run of zeros; the last two perhaps as IPv4. */
const ipv6 = [
  `(${group}:){7}${group}`,
  `(${group}:){6}${ipv4}`,
  ...Array.from({ length: 8 }, (_, before) => {
    const head = before === 0 ? ':' : `(${group}:){${before}}`;
    const left = 7 - before;
    const tails = [`(${group}:){0,${Math.max(0, left - 1)}}${group}`];
    if (left >= 2) tails.push(`(${group}:){0,${Math.max(0, left - 2)}}${ipv4}`);
    return left === 0 ? `${head}:` : `${head}:(${tails.join('|')})?`;
  }),
].join('|');

/** RE2 for whole texts. An ISO 8601 text must be a time that exists as well. */
export const formatPatterns: Readonly<Record<Exclude<ValueFormat, 'iso8601'>, string>> = {
  uuid: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
  email: String.raw`[A-Za-z0-9.!#$%&'*+/=?^_\x60{|}~-]{1,64}@${label}(\.${label})+`,
  ipv4,
  ipv6,
  url: String.raw`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#]+[^\s]*`,
};
