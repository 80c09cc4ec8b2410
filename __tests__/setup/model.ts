export { MODEL } from '../../examples/model.ts';
