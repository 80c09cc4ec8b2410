/** Content parts that a handler returns. */
export const CHART = [
  { type: 'input_text', text: 'the chart' },
  { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
  { type: 'input_file', file_id: 'file_1' },
] as const;
