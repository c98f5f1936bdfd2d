import { eventTimeMs, isoTime } from './event-time.ts';
import type { SampleEvent } from './sample-event.ts';
import { SeededRandom } from './seeded-random.ts';

const requestsPerMinute = { free: 60, pro: 600, enterprise: 6000 } as const;
const tenantCount = 120;
const stepMs = 40;
const endpoints = [
  ['GET', '/v1/reports/{id}'],
  ['GET', '/v1/users/{id}'],
  ['POST', '/v1/reports'],
  ['GET', '/v1/search'],
  ['PUT', '/v1/users/{id}/settings'],
  ['DELETE', '/v1/reports/{id}'],
  ['POST', '/v1/exports'],
] as const;
const places = [
  ['US', 'us-east', 'Ashburn'],
  ['BR', 'sa-east', 'São Paulo'],
  ['DE', 'eu-central', 'Köln'],
  ['JP', 'ap-northeast', '東京'],
  ['NG', 'af-west', 'Lagos'],
] as const;
const agents = ['python-requests/2.31.0', 'okhttp/4.12.0', 'axios/1.7.2', 'curl/8.9.1', 'Go-http-client/2.0'] as const;

/** One call of an API behind a gateway, with what the gateway knew about it. */
export function apiUsageEvent(random: SeededRandom, index: number): SampleEvent {
  const tenant = Math.floor(random.fraction() ** 2 * tenantCount); // a few tenants make most of the traffic
  const ofTenant = new SeededRandom(tenant, 1);
  const plan = ofTenant.pick(['free', 'pro', 'pro', 'enterprise'] as const);
  const limit = requestsPerMinute[plan];
  const used = random.int(Math.ceil(limit * 1.05));
  const limited = used >= limit;
  const [method, endpoint] = random.pick(endpoints);
  const status = limited ? 429 : random.pick([200, 200, 200, 200, 200, 201, 204, 304, 400, 404, 500]);
  const latencyMs = random.decimal(2, 60, 2) * (random.chance(0.05) ? 20 : 1);
  const isBot = random.chance(0.04);
  const [country, region, city] = random.pick(places);
  const tenantId = `tenant_${tenant}`;
  return {
    key: tenantId,
    body: {
      event_id: random.uuid(),
      event_version: '1.0',
      event_timestamp: isoTime(eventTimeMs(random, index, stepMs)),
      tenant_id: tenantId,
      subscription: { plan, status: ofTenant.pick(['active', 'active', 'trialing', 'past_due']), region },
      identity: {
        user_id: `u_${random.int(50_000)}`,
        api_key_id: `key_${ofTenant.int(1e6)}`,
        auth_method: random.pick(['api_key', 'api_key', 'oauth2', 'session']),
        scopes: method === 'GET' ? ['read'] : ['read', 'write'],
      },
      request: {
        request_id: random.uuid(),
        method,
        path: endpoint.replace('{id}', String(random.int(100_000))),
        endpoint,
        size_bytes: method === 'GET' ? 0 : random.int(20_000),
      },
      response: {
        status_code: status,
        latency_ms: Math.round(latencyMs * 100) / 100,
        size_bytes: status === 204 || status === 304 ? 0 : random.int(50_000),
        cached: status === 304 || random.chance(0.2),
      },
      client: {
        ip: `10.${random.int(256)}.${random.int(256)}.${1 + random.int(254)}`,
        user_agent: random.pick(agents),
        sdk_version: random.chance(0.3) ? null : `2.${random.int(12)}.${random.int(5)}`,
      },
      geo: { country, region, city },
      rate_limiting: { limit, remaining: Math.max(0, limit - used), limited },
      abuse_signals: {
        score: isBot ? random.decimal(0.7, 1, 3) : random.decimal(0, 0.3, 3),
        is_bot: isBot,
        reasons: isBot ? ['burst', 'no_cookies'].slice(0, 1 + random.int(2)) : [],
      },
      gateway: {
        node: `gw-${1 + random.int(6)}`,
        version: '3.4.1',
        upstream_latency_ms: Math.round(latencyMs * 80) / 100,
      },
      billing: {
        billable: status < 400,
        units: status < 400 ? 1 + random.int(4) : 0,
        unit_price: 0.0015,
        currency: 'USD',
      },
    },
  };
}
