export { openTelemetry, type OpenTelemetryOptions } from './runner/telemetry/open-telemetry.ts';
