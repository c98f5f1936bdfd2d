import { metricList, type LabelsOf, type MetricName, type MetricOf } from './metric-list.ts';

type Labels = Record<string, string>;

/** Where values go; the part of Temporal's `MetricMeter` that is used. */
export interface Meter {
  createCounter(name: string, unit?: string, description?: string): { add(value: number, labels?: Labels): void };
  createHistogram(
    name: string,
    valueType?: 'int' | 'float',
    unit?: string,
    description?: string,
  ): { record(value: number, labels?: Labels): void };
  createGauge(
    name: string,
    valueType?: 'int' | 'float',
    unit?: string,
    description?: string,
  ): { set(value: number, labels?: Labels): void };
}

/** The metrics of `metricList`, each with its own labels and no others. */
export class Metrics {
  readonly #meter: Meter;
  readonly #counters = new Map<MetricName, ReturnType<Meter['createCounter']>>();
  readonly #histograms = new Map<MetricName, ReturnType<Meter['createHistogram']>>();
  readonly #gauges = new Map<MetricName, ReturnType<Meter['createGauge']>>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** A series that has been added 0 is there: the first increase after that is one that Prometheus sees. */
  add<Name extends MetricOf<'counter'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const known = this.#counters.get(name);
    const counter = known ?? this.#meter.createCounter(name, undefined, metricList[name].meaning);
    if (!known) this.#counters.set(name, counter);
    counter.add(value, labels);
  }

  record<Name extends MetricOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const known = this.#histograms.get(name);
    const histogram = known ?? this.#meter.createHistogram(name, 'float', undefined, metricList[name].meaning);
    if (!known) this.#histograms.set(name, histogram);
    // A clock that was set back must not cost a batch.
    histogram.record(Math.max(0, value), labels);
  }

  set<Name extends MetricOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const known = this.#gauges.get(name);
    const gauge = known ?? this.#meter.createGauge(name, 'float', undefined, metricList[name].meaning);
    if (!known) this.#gauges.set(name, gauge);
    gauge.set(value, labels);
  }

  /** A series cannot be taken back; NaN is what queries pass over. */
  forget<Name extends MetricOf<'gauge'>>(name: Name, labels: LabelsOf<Name>): void {
    this.set(name, labels, Number.NaN);
  }
}
