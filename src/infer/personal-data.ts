import type { Observation } from './observation.ts';

/** Words of names of fields that are often about a person, as whole words of the name. */
const words = new Set(
  (
    'email mail phone mobile tel telephone fax firstname lastname surname fullname username nickname name birth birthday ' +
    'birthdate dob gender address street zip zipcode postcode postal ssn passport iban bic card pan cvv ip ipaddress ip4 ' +
    'ip6 lat latitude lon lng long longitude coordinates location password secret token cookie session user customer ' +
    'rider driver patient employee person contact owner recipient sender'
  ).split(' '),
);

const shapes: readonly RegExp[] = [
  // An e-mail address, an IPv4 address, an IPv6 address, a telephone number, an IBAN, the number of a card.
  /[^\s@]+@[^\s@]+\.[^\s@]+/,
  /^\d{1,3}(\.\d{1,3}){3}$/,
  /^([0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}$/i,
  /^\+\d[\d ()/-]{6,}$/,
  /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/,
  /^(\d{4}[ -]){3}\d{1,7}$/,
];

/** Could the values of this field be about a person? Then none of them is shown. Rather once too often. */
export function looksPersonal(name: string, seen: Observation): boolean {
  const parts = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (parts.some((part) => words.has(part)) || words.has(parts.join(''))) return true;
  return [...seen.texts.keys()].some((text) => shapes.some((shape) => shape.test(text)));
}
