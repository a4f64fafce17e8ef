// @ts-check
/** The words of the charts. */

export const charts = {
  none: "Nothing to show yet",
  table: "As a table",
  /** What a chart is called, for those who do not see it. @param {string} y @param {string} x */
  name: (y, x) => `${y} by ${x}. Arrow keys read its values.`,
  /** @param {string} low @param {string} high */
  between: (low, high) => `${low} to ${high}`,
  count: "count",
};
