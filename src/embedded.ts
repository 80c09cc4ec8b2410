export { EmbeddedGateway } from './gateways/embedded.ts';
