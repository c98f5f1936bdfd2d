import { eventTimeMs, isoTime } from './event-time.ts';
import { hashText, SeededRandom } from './seeded-random.ts';

const stepMs = 100;
const userCount = 3000;
const hugeTextShare = 0.001;
const hugeText = 'Straße 🚗 '.repeat(8 * 1024);
const firstNames = ['Ana', 'João', 'Zoë', 'Björn', 'Aoife', '愛子', 'نور'] as const;
const hourMs = 3_600_000;

/** An event of a web shop as its many clients send it: sound, and still in every form that clients come up with. */
export interface UserEvent {
  readonly userId: string;
  readonly traceId: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly event_id: string };
}

/** The event of an index; the same whoever asks, so that it can be sent again. */
export function userEvent(seed: number, index: number): UserEvent {
  const random = new SeededRandom(seed ^ hashText('user_events'), index);
  const user = random.int(userCount);
  const userId = `u_${user}`;
  const ofUser = new SeededRandom(user, 3);
  // Phones that were offline for hours tell late.
  const lateMs = random.chance(0.01) ? random.int(48) * hourMs : 0;
  const type = random.pick(['page_view', 'page_view', 'click', 'search', 'add_to_cart', 'purchase', 'login']);
  return {
    userId,
    traceId: random.uuid(),
    body: {
      event_id: random.uuid(),
      event_type: type,
      event_timestamp: timeAsSent(random, eventTimeMs(random, index, stepMs) - lateMs),
      session_id: `s_${user}_${random.int(50)}`,
      user: person(random, ofUser, userId),
      device: {
        type: random.pick(['Mobile', ' desktop ', 'TABLET', 'mobile\n']),
        os: random.pick(['iOS', 'Android', '', null]),
      },
      page: {
        url: `https://shop.example.com/p/${random.int(500)}`,
        referrer: random.pick(['N/A', '-', '', 'https://search.example.com']),
      },
      ...(type === 'purchase' && { amount: amountAsSent(random), currency: random.pick(['eur', 'USD', ' brl']) }),
      properties: properties(random),
      // No column is for these: clients are ahead of the schema.
      ...(random.chance(0.05) && { experiment: { name: 'blue-button', arm: random.int(3) } }),
    },
  };
}

/** Email addresses that are none are flagged, and kept. */
function person(random: SeededRandom, ofUser: SeededRandom, userId: string): object {
  const email = `${userId}@customers.example.com`;
  return {
    id: userId,
    name: `${ofUser.pick(firstNames)} Geheim${userId}`,
    email: random.chance(0.02) ? email.replace('@', ' at ') : email,
    ip: `203.0.113.${ofUser.int(256)}`,
    birthday: `19${50 + ofUser.int(50)}-0${1 + ofUser.int(9)}-1${ofUser.int(10)}`,
    ...(ofUser.chance(0.5) && {
      contacts: [
        { kind: 'phone', value: `+49151${10_000_000 + ofUser.int(89_999_999)}` },
        { kind: 'work', value: `office-${userId}@customers.example.com` },
      ],
    }),
  };
}

function properties(random: SeededRandom): Readonly<Record<string, string>> {
  return {
    locale: random.pick(['de-DE', 'pt-BR', 'ja-JP', 'ar-EG']),
    ...(random.chance(hugeTextShare) && { comment: hugeText }),
    ...(random.chance(0.05) && { comment: 'שלום\u0000👋 "quoted" \\ back' }),
  };
}

/** Numbers and texts: seconds, milliseconds, microseconds; ISO 8601 extended and basic, in zones. */
function timeAsSent(random: SeededRandom, timeMs: number): string | number {
  const iso = isoTime(timeMs);
  switch (random.int(8)) {
    case 0:
      return Math.floor(timeMs / 1000);
    case 1:
      return timeMs;
    case 2:
      return timeMs * 1000;
    case 3:
      return String(timeMs);
    case 4:
      return isoTime(timeMs + 2 * hourMs).replace('Z', '+02:00');
    case 5:
      return iso.replace('T', ' ').replace('Z', '');
    case 6:
      return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    default:
      return iso;
  }
}

function amountAsSent(random: SeededRandom): string | number {
  const amount = random.decimal(1, 400, 2);
  return random.chance(0.5) ? amount.toFixed(2) : amount;
}
