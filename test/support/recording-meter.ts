import type { Meter } from '../../src/observe/metrics/metrics.ts';

/** A meter that keeps what it is told, by `name{label=value,…}`: sums of counters, values of gauges, all of histograms. */
export class RecordingMeter implements Meter {
  readonly counters: Record<string, number> = {};
  readonly gauges: Record<string, number> = {};
  readonly histograms: Record<string, number[]> = {};

  createCounter(name: string): ReturnType<Meter['createCounter']> {
    return {
      add: (value, labels) => {
        const series = seriesOf(name, labels);
        this.counters[series] = (this.counters[series] ?? 0) + value;
      },
    };
  }

  createGauge(name: string): ReturnType<Meter['createGauge']> {
    return { set: (value, labels) => void (this.gauges[seriesOf(name, labels)] = value) };
  }

  createHistogram(name: string): ReturnType<Meter['createHistogram']> {
    return { record: (value, labels) => void (this.histograms[seriesOf(name, labels)] ??= []).push(value) };
  }
}

function seriesOf(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name.replace('kafka_bronze_', '')}{${pairs.join(',')}}`;
}
