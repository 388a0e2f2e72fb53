// The numbers of the rows.
export const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];
export const median = (values) => percentile(values, 0.5);
/** The median of the ratios of pairs, and the lowest and the highest. */
export const spread = (ratios) => `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
export const milliseconds = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
