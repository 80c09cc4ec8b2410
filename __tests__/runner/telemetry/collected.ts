import { afterEach, beforeEach } from '@jest/globals';
import { context, metrics, trace, type Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** A span with its children, in the order of their starts. */
export interface Tree {
  readonly [name: string]: Tree;
}

export interface Point {
  readonly attributes: Attributes;
  /** A sum, or a histogram. */
  readonly value: unknown;
}

export interface Collected {
  /** The spans that have ended. */
  readonly spans: () => readonly ReadableSpan[];
  /** The one span of that name. */
  readonly span: (name: string) => ReadableSpan;
  /** The names of the spans, each under its parent's; several of one name are `name`, `name 2`, …. */
  readonly tree: () => Tree;
  /** The metric's points, by tool name. */
  readonly points: (metric: string) => Promise<readonly Point[]>;
  readonly allPoints: () => Promise<readonly Point[]>;
  /** Everything that was exported, as one string. */
  readonly text: () => Promise<string>;
  /** Spans that were started and have not ended. */
  readonly open: () => readonly string[];
}

/** The SDK with in-memory exporters, registered globally for each test, as an application registers it. */
export function collecting(): Collected {
  let exporter = new InMemorySpanExporter();
  let measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  let reader: PeriodicExportingMetricReader;
  const open = new Set<ReadableSpan>();

  beforeEach(() => {
    open.clear();
    exporter = new InMemorySpanExporter();
    measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const noted = {
      onStart: (span: ReadableSpan) => void open.add(span),
      onEnd: (span: ReadableSpan) => void open.delete(span),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    };
    const spanProcessors = [new SimpleSpanProcessor(exporter), noted];
    reader = new PeriodicExportingMetricReader({ exporter: measured });
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });

  afterEach(async () => {
    await reader.shutdown();
    trace.disable();
    metrics.disable();
    context.disable();
  });

  const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
  const under = (parent: string | undefined): Tree => {
    const tree: Record<string, Tree> = {};
    const children = spans().filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent);
    for (const child of children.sort(byStart)) {
      const { name } = child;
      const same = Object.keys(tree).filter((key) => key === name || key.startsWith(`${name} #`)).length;
      tree[same === 0 ? name : `${name} #${same + 1}`] = under(child.spanContext().spanId);
    }
    return tree;
  };
  const collect = async (): Promise<ReturnType<InMemoryMetricExporter['getMetrics']>> => {
    await reader.forceFlush();
    return measured.getMetrics();
  };

  const pointsOf = async (isMeant: (metric: string) => boolean): Promise<readonly Point[]> => {
    const all = (await collect()).at(-1)?.scopeMetrics.flatMap(({ metrics: of }) => of) ?? [];
    const found = all.filter(({ descriptor }) => isMeant(descriptor.name));
    const points = found.flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    );
    return points.sort((one, other) => (toolOf(one) < toolOf(other) ? -1 : 1));
  };

  return {
    spans,
    span(name) {
      const [found, ...others] = spans().filter((span) => span.name === name);
      if (!found || others.length > 0) throw new Error(`There are ${others.length + (found ? 1 : 0)} spans "${name}".`);
      return found;
    },
    tree: () => under(undefined),
    points: async (metric) => pointsOf((name) => name === metric),
    allPoints: async () => pointsOf(() => true),
    async text() {
      const exported = spans().map(({ name, attributes, events, status, links, resource, instrumentationScope }) => {
        return { name, attributes, events, status, links, resource: resource.attributes, instrumentationScope };
      });
      return JSON.stringify([exported, await collect()]);
    },
    open: () => [...open].map(({ name }) => name),
  };
}

function toolOf({ attributes }: Point): string {
  return String(attributes['gen_ai.tool.name']);
}

function byStart({ startTime: [s1, n1] }: ReadableSpan, { startTime: [s2, n2] }: ReadableSpan): number {
  return s1 - s2 || n1 - n2;
}
