/** São Paulo: where the sample drivers drive. */
const centre = { latitude: -23.55, longitude: -46.633 };
const kmPerDegreeLatitude = 110.9;
const kmPerDegreeLongitude = 102.1;

export interface TrackPoint {
  readonly latitude: number;
  readonly longitude: number;
  readonly headingDegrees: number;
  readonly speedKmh: number;
}

/**
 * Where a driver is: everybody has a closed tour of their own through town, several kilometres wide, and heading and
 * speed are its derivative. A function of the time alone, so that any ping can be made without those before it.
 */
export function trackPoint(driver: number, timeMs: number): TrackPoint {
  const hours = (timeMs % (24 * 3_600_000)) / 3_600_000;
  const phase = driver * 2.399963; // the golden angle spreads the tours
  const home = { north: 9 * Math.sin(phase * 1.7), east: 9 * Math.cos(phase * 2.3) };
  const radiusKm = 2 + (driver % 7) * 0.5;
  const turnsPerHour = 1 + (driver % 5) * 0.3;
  const angle = phase + hours * turnsPerHour * 2 * Math.PI;
  const north = home.north + radiusKm * (Math.sin(angle) + 0.3 * Math.sin(3 * angle));
  const east = home.east + radiusKm * (Math.cos(angle) + 0.3 * Math.cos(2 * angle));
  const angularSpeed = turnsPerHour * 2 * Math.PI;
  const northKmh = radiusKm * angularSpeed * (Math.cos(angle) + 0.9 * Math.cos(3 * angle));
  const eastKmh = radiusKm * angularSpeed * (-Math.sin(angle) - 0.6 * Math.sin(2 * angle));
  return {
    latitude: centre.latitude + north / kmPerDegreeLatitude,
    longitude: centre.longitude + east / kmPerDegreeLongitude,
    headingDegrees: ((Math.atan2(eastKmh, northKmh) * 180) / Math.PI + 360) % 360,
    speedKmh: Math.hypot(northKmh, eastKmh),
  };
}

/** `[latitude, longitude]` with the six digits that a phone sends. */
export function coordinates(point: TrackPoint): readonly [number, number] {
  return [Math.round(point.latitude * 1e6) / 1e6, Math.round(point.longitude * 1e6) / 1e6];
}
