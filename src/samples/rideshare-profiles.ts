import { eventTimeMs, isoTime } from './event-time.ts';
import type { SeededRandom } from './seeded-random.ts';

const firstNames = ['Ana', 'João', 'Maria', 'Luís', 'Inês', 'Caio', 'Zoë', 'Björn', 'Aoife', '愛子'] as const;
const lastNames = ['Silva', 'Souza', "O'Brien", 'Conceição', 'Müller', 'Lima', 'Nguyễn', 'Costa'] as const;
const vehicles = ['Chevrolet Onix', 'Hyundai HB20', 'Fiat Argo', 'Volkswagen Polo', 'Renault Kwid'] as const;

/** The first event of each driver creates the profile, later ones change it. */
export function driverProfile(random: SeededRandom, index: number, driverId: string): object {
  const [make, model] = random.pick(vehicles).split(' ');
  return {
    ...person(random, index, index < 500 ? 'driver.created' : 'driver.updated'),
    driver_id: driverId,
    shift_preference: random.pick(['morning', 'afternoon', 'night', 'flexible']),
    vehicle_make: make,
    vehicle_model: model,
    vehicle_year: 2012 + random.int(14),
    license_plate: `ABC${random.int(10)}D${10 + random.int(90)}`,
  };
}

export function riderProfile(random: SeededRandom, index: number, riderId: string): object {
  return {
    ...person(random, index, index < 2000 ? 'rider.created' : 'rider.updated'),
    rider_id: riderId,
    payment_method_type: random.pick(['credit_card', 'pix', 'wallet']),
    home_location: [random.decimal(-23.7, -23.4, 6), random.decimal(-46.8, -46.4, 6)],
    behavior_factor: random.decimal(0, 1, 3),
  };
}

function person(random: SeededRandom, index: number, eventType: string): object {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
  return {
    event_id: random.uuid(),
    event_type: eventType,
    timestamp: isoTime(eventTimeMs(random, index, 700)),
    first_name: first,
    last_name: last,
    email: `person${random.int(1e6)}@example.com`,
    phone: `+5511${900000000 + random.int(99999999)}`,
  };
}
