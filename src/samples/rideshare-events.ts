import { coordinates, trackPoint } from './city-tracks.ts';
import { eventTimeMs, isoTime } from './event-time.ts';
import { driverProfile, riderProfile } from './rideshare-profiles.ts';
import type { SampleEvent } from './sample-event.ts';
import { SeededRandom } from './seeded-random.ts';

const driverCount = 500;
const riderCount = 2000;
const zones = ['centro', 'pinheiros', 'moema', 'itaim', 'vila-mariana', 'tatuape', 'santana', 'butanta'] as const;
const tripStages = [
  'trip.requested',
  'trip.driver_assigned',
  'trip.driver_en_route',
  'trip.driver_arrived',
  'trip.started',
  'trip.completed',
] as const;

/** A ping of each driver in turn, every few seconds. */
export function gpsPing(random: SeededRandom, index: number): SampleEvent {
  const timeMs = eventTimeMs(random, index, 10);
  const driver = index % driverCount;
  const point = trackPoint(driver, timeMs);
  const key = driverId(driver);
  return {
    key,
    body: {
      event_id: random.uuid(),
      driver_id: key,
      entity_type: 'driver',
      timestamp: isoTime(timeMs),
      location: coordinates(point),
      heading: Math.round(point.headingDegrees * 10) / 10,
      speed: Math.round((point.speedKmh + random.decimal(-2, 2, 1)) * 10) / 10,
      accuracy: random.decimal(3, 12, 2),
      trip_id: driver % 3 === 0 ? null : tripId(Math.floor(index / driverCount / 20) * driverCount + driver),
    },
  };
}

/** The life of one trip after another, told by several trips at a time; one in twelve is cancelled. */
export function tripEvent(random: SeededRandom, index: number): SampleEvent {
  const atOnce = 40;
  const round = Math.floor(index / (atOnce * tripStages.length));
  const trip = round * atOnce + (index % atOnce);
  const stage = Math.floor(index / atOnce) % tripStages.length;
  const ofTrip = new SeededRandom(trip, 0);
  const cancelled = ofTrip.chance(1 / 12) && stage === tripStages.length - 1;
  const timeMs = eventTimeMs(random, index, 90);
  const driver = ofTrip.int(driverCount);
  const surge = ofTrip.pick([1, 1, 1, 1.2, 1.5, 2]);
  const fare = Math.round((8 + ofTrip.fraction() * 60) * surge * 100) / 100;
  return {
    key: tripId(trip),
    body: {
      event_id: random.uuid(),
      event_type: cancelled ? 'trip.cancelled' : tripStages[stage],
      trip_id: tripId(trip),
      timestamp: isoTime(timeMs),
      rider_id: riderId(ofTrip.int(riderCount)),
      driver_id: stage === 0 ? null : driverId(driver),
      pickup_location: coordinates(trackPoint(driver, timeMs)),
      dropoff_location: coordinates(trackPoint(driver + 11, timeMs)),
      pickup_zone_id: ofTrip.pick(zones),
      dropoff_zone_id: ofTrip.pick(zones),
      surge_multiplier: surge,
      fare,
      ...(cancelled && { cancelled_by: ofTrip.pick(['rider', 'driver']), cancellation_reason: 'waited_too_long' }),
      ...(stage === tripStages.length - 1 &&
        !cancelled && { distance_km: ofTrip.decimal(1, 25, 2), duration_seconds: 300 + ofTrip.int(2700) }),
    },
  };
}

export function driverStatus(random: SeededRandom, index: number): SampleEvent {
  const timeMs = eventTimeMs(random, index, 120);
  const driver = random.int(driverCount);
  const [previous, next, trigger] = random.pick([
    ['offline', 'available', 'app_opened'],
    ['available', 'en_route_pickup', 'offer_accepted'],
    ['en_route_pickup', 'on_trip', 'trip_started'],
    ['on_trip', 'available', 'trip_completed'],
    ['available', 'offline', 'shift_ended'],
  ]);
  return {
    key: driverId(driver),
    body: {
      event_id: random.uuid(),
      driver_id: driverId(driver),
      timestamp: isoTime(timeMs),
      previous_status: previous,
      new_status: next,
      trigger,
      location: coordinates(trackPoint(driver, timeMs)),
    },
  };
}

export function surgeUpdate(random: SeededRandom, index: number): SampleEvent {
  const zone = zones[index % zones.length] ?? zones[0];
  const pending = random.int(60);
  const available = 1 + random.int(40);
  return {
    key: zone,
    body: {
      event_id: random.uuid(),
      zone_id: zone,
      timestamp: isoTime(eventTimeMs(random, index, 240)),
      previous_multiplier: random.pick([1, 1, 1.2, 1.5]),
      new_multiplier: Math.round(Math.min(2.5, Math.max(1, pending / available)) * 10) / 10,
      available_drivers: available,
      pending_requests: pending,
      calculation_window_seconds: 60,
    },
  };
}

export function rating(random: SeededRandom, index: number): SampleEvent {
  const ratesDriver = random.chance(0.6);
  const [driver, rider] = [driverId(random.int(driverCount)), riderId(random.int(riderCount))];
  return {
    key: tripId(index),
    body: {
      event_id: random.uuid(),
      trip_id: tripId(index),
      timestamp: isoTime(eventTimeMs(random, index, 240)),
      rater_type: ratesDriver ? 'rider' : 'driver',
      rater_id: ratesDriver ? rider : driver,
      ratee_type: ratesDriver ? 'driver' : 'rider',
      ratee_id: ratesDriver ? driver : rider,
      rating: random.pick([5, 5, 5, 5, 4, 4, 3, 2, 1]),
      ...(random.chance(0.2) && {
        comment: random.pick(['ótimo motorista', 'carro limpo', 'très bien 👍', 'too slow']),
      }),
    },
  };
}

export function payment(random: SeededRandom, index: number): SampleEvent {
  const fare = random.decimal(8, 90, 2);
  const fee = Math.round(fare * 25) / 100;
  return {
    key: tripId(index),
    body: {
      event_id: random.uuid(),
      payment_id: `pay_${index}`,
      trip_id: tripId(index),
      timestamp: isoTime(eventTimeMs(random, index, 240)),
      rider_id: riderId(random.int(riderCount)),
      driver_id: driverId(random.int(driverCount)),
      payment_method_type: random.pick(['credit_card', 'pix', 'wallet']),
      payment_method_masked: `**** ${1000 + random.int(9000)}`,
      fare_amount: fare,
      platform_fee_percentage: 0.25,
      platform_fee_amount: fee,
      driver_payout_amount: Math.round((fare - fee) * 100) / 100,
      currency: 'BRL',
    },
  };
}

export function driverProfileEvent(random: SeededRandom, index: number): SampleEvent {
  return { key: driverId(index % driverCount), body: driverProfile(random, index, driverId(index % driverCount)) };
}

export function riderProfileEvent(random: SeededRandom, index: number): SampleEvent {
  return { key: riderId(index % riderCount), body: riderProfile(random, index, riderId(index % riderCount)) };
}

function driverId(driver: number): string {
  return `drv_${driver}`;
}

function riderId(rider: number): string {
  return `rdr_${rider}`;
}

function tripId(trip: number): string {
  return new SeededRandom(0x7217, trip).uuid();
}
