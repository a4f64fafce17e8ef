// @ts-check
/** Numbers as they are shown. Digits are those of the number, rounded; a minus is a real one. */

const MINUS = "\u2212";

/**
 * A number with five decimals, or in powers of ten where these would hide it.
 * @param {number} value
 * @param {number} [digits] decimals
 */
export function shown(value, digits = 5) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : sign(value, "∞");
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return sign(value, String(size));
  if (size < 10 ** -digits * 10 || size >= 1e6) return power(value, 2);
  return sign(value, size.toFixed(digits));
}

/** A number in little room: three digits. @param {number} value */
export function brief(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return shown(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e4) return power(value, 1);
  return sign(value, String(Number(size.toPrecision(3))));
}

/** Scientific: "1.23·10⁻⁴". @param {number} value @param {number} digits */
function power(value, digits) {
  const [digit, exponent] = Math.abs(value).toExponential(digits).split("e");
  const raised = [...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? "⁻")
    .join("");
  return sign(value, `${digit}·10${raised}`);
}

/**
 * The number that a text of `shown` says; not a number where it says none.
 * @param {string} text as a person may write it, with a comma or a real minus
 */
export function parsed(text) {
  const plain = text.trim().replaceAll(MINUS, "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

/** @param {number} value @param {string} text of its size */
const sign = (value, text) => (value < 0 ? MINUS + text : text);
