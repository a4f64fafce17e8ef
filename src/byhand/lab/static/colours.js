// @ts-check
/**
 * Colours for numbers: matplotlib's tables of 256 colours, red, green and blue a byte each.
 *
 * viridis is for numbers from 0 up. Numbers with a sign have 0 in the middle: RdBu_r on a
 * light page, berlin on a dark one, so that 0 has the colour of the page around it.
 * tests/lab/test_colours.py compares the tables with matplotlib's.
 */

const VIRIDIS = table(
  "RAFURAJVRANXRQVYRQZaRQhbRglcRgteRgxfRg5hRw9iRxFjRxJlRxRmRxVnRxZpRxhqSBlrSBpsSBxuSB1vSB5wSCBx" +
  "SCFySCJzSCN0RyV1RyZ2Ryd3Ryh4Ryp5Ryt6Ryx7Ri18Ri98RjB9RjF+RTJ/RTR/RTWARTaBRDeBRDmCQzqDQzuDQzyE" +
  "Qj2EQj6FQkCFQUGGQUKGQEOHQESHP0WHP0eIPkiIPkmJPUqJPUuJPUyJPE2KPE6KO1CKO1GKOlKLOlOLOVSLOVWLOFaL" +
  "OFeMN1iMN1mMNlqMNluMNVyMNV2MNF6NNF+NM2CNM2GNMmKNMmONMWSNMWWNMWaNMGeNMGiNL2mNL2qNLmuOLmyOLm2O" +
  "LW6OLW+OLHCOLHGOLHKOK3OOK3SOKnWOKnaOKneOKXiOKXmOKHqOKHqOKHuOJ3yOJ32OJ36OJn+OJoCOJoGOJYKOJYON" +
  "JISNJIWNJIaNI4eNI4iNI4mNIomNIoqNIouNIYyNIY2MIY6MII+MIJCMIJGMH5KMH5OLH5SLH5WLH5aLHpeKHpiKHpmK" +
  "HpmKHpqJHpuJHpyJHp2IHp6IHp+IHqCHH6GHH6KGH6OGIKSFIKWFIaaFIaeEIqeEI6iDI6mCJKqCJauBJqyBJ62AKK5/" +
  "Ka9/KrB+K7F9LLF9LrJ8L7N7MLR6MrV6M7Z5Nbd4Nrh3OLl2Obl2O7p1Pbt0PrxzQL1yQr5xRL5wRb9vR8BuScFtS8Js" +
  "TcJrT8NpUcRoU8VnVcZmV8ZlWcdkW8hiXslhYMlgYspfZMtdZ8xcacxba81Zbc5YcM5Wcs9VdNBUd9BSedFRfNJPftJO" +
  "gdNMg9NLhtRJiNVHi9VGjdZEkNZDktdBldc/l9g+mtg8ndk6n9k4oto3pdo1p9szqtsyrdwwr9wust0std0rt90put4n" +
  "vd4mv98kwt8ixd8hx+AfyuAezeAdz+Ec0uEb1OEa1+IZ2uIY3OIY3+MY4eMY5OMY5+QZ6eQZ7OQa7uUb8eUc8+Ue9uYf" +
  "+OYh+uYi/eck",
);

const RDBU = table(
  "BTBhBjJjBzRmCDZpCThsCjpvCzxyDD51DUB4DkN7D0V+EUeBEkmEE0uHFE2KFU+NFlGQF1STGFaVGViYGlqbHFyeHV6h" +
  "HmCkH2KnIGSqIWasI2itJGquJWyvJ22wKG+wKXGxK3OyLHWzLXa0L3i1MHq2MXy3M324NH+5NYG5N4O6OIS7OYa8O4i9" +
  "PIq+PYu/P43AQI/BQZHCQ5PDRpTESZbFTJjGT5rHUpzIVZ7JWKDKW6LLXqTMYabNZajOaKrPa6zQbq7RcbDSdLLTd7TV" +
  "erbWfbjXgLrYhLzZh77aisDbjcLckMTdk8XelcbfmMjfmsngncrhn8vhos3ipM7jp8/kqdDkq9LlrtPmsNTms9Xntdfo" +
  "uNjoutnpvdrqv9zrwt3rxN7sx9/tyeHtzOLuzuPv0eXw0uXw0+bw1efw1ufx2Ojx2enx2+nx3Ory3uvy3+zy4ezz4u3z" +
  "5O7z5e7z5+/06PD06vH06/H07fL17vP18PP18fT28/X29PX29vb29/b29/X09/Ty9/Pw+PLu+PDs+O/q+O7o+e3n+ezl" +
  "+evj+erh+enf+ujd+ufb+uXZ+uTX++PW++LU++HS++DQ/N/O/N7M/N3K/NzI/dvH/NjE/NbB+9S++9K8+9C5+s62+sy0" +
  "+sqx+ceu+cWr+cOp+MGm+L+j+L2h97ue97mb97eZ9rSW9rKT9bCQ9a6O9ayL9KqI9KiG9KaD86OA8qB+8Z5875t67ph4" +
  "7ZZ27JN065By6o5w6Itu54hs5oVq5YNo5IBl4n1j4Xth4Hhf33Vd3nJb3XBZ221X2mpV2WhT2GVR12JP1mBN1F1L01pK" +
  "0VdJ0FRHzlFGzU9FzExDyklCyUZBx0M/xkA+xT48wzs7wjg6wDU4vzI3vjA2vC00uyozuScyuCQxtiEvtR8utBwtshkr" +
  "sBcqrRYqqhUppxQppBMooRIonhEnmxAnmRAnlg8mkw4mkA0ljQwligskhwokhAkjgQgjfgciewYieAUhdQQhcgMgbwIg" +
  "bAEfaQAfZwAf",
);

const BERLIN = table(
  "nq/+nK/9ma/8l6/7la76kq75kK74jq73i632ia31h630hK3ygqzxf6zwfazve6vueKvtdqrrc6rqcanpbqnnbKjmaajk" +
  "Z6fjZKbhYqbgX6XeXaTcWqPaWKLZVaHXU6DVUZ/TTp7RTJzOSpvMSJnKRpjIRJbFQpXDQJPAP5G+PZC7PI65Ooy2OYq0" +
  "N4mxNoevNYWsNIOqM4GnMn+lMX2jMHygL3qeLnibLnaZLXSWLHKUK3CRKm6PKm2NKWuKKGmIJ2eFJ2WDJmOBJWJ+JWB8" +
  "JF56I1x3I1p1IllzIVdwIFVuIFNsH1FpHlBnHk5lHUxjHUpgHEleG0dcG0VaGkRXGUJVGUBTGD5RFz1PFztMFjlKFjhI" +
  "FTZGFTVEFDNCFDFAEzA+Ey48Ei05Eis3Eio1ESgzEScxESUvECQuECIsECEqEB8oEB4mEB0kEBwiEBohEBkfEBgdEBcc" +
  "EBYaEBUZERQXERMWERIVEhETEhASEw8QFA4PFQ4OFg0MFwwLGAwKGQsIGgsHGwsGHAsFHQsEHgsEHwsDIAsCIQsCIgsC" +
  "IwwBJAwBJgwBJw0AKA0AKQ0AKg0ALA4ALQ4ALg4ALw4AMQ4AMg8AMw8ANQ8ANg8AOBAAORAAOhAAPBEAPREAPxEAQBIA" +
  "QhIAQxMBRRMBRhQBSBQBSRUBSxUCTBYCThYCUBcDUhgDUxkEVRkFVxoFWRsGWxwHXR0IXx4JYSALYyEMZSINZyMOaSUP" +
  "ayYRbigScCkUcisVdC0Xdi4YeTAaezIcfTMefzUggTchgzkjhTsliDwnij4pjEArjkIukEQwkkUylEc0lkk2mEs4mk06" +
  "nE88nlE/oFJBolRDpFZFpVhHp1pKqVxMq15OrWBQr2FTsWNVs2VXtWdZt2lcuWteu21gvW9jv3FlwnNnxHVqxndsyHhu" +
  "ynpxzHxzzn510IB40oJ61IR81oZ/2IiB2oqD3IyG346I4ZCL45KN5ZSP55aS6ZiU65qX7ZyZ756c8qGe9KOh9qWj+Kel" +
  "+qmo/Kuq/q2t",
);

const GREY = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

/** A table by its name in matplotlib. @type {Record<string, Uint8Array>} */
export const TABLES = { viridis: VIRIDIS, RdBu_r: RDBU, berlin: BERLIN };

/**
 * The scale on which numbers become colours.
 * @typedef {object} Scale
 * @property {"viridis" | "signed" | "grey"} kind
 * @property {number} low the number at the first colour
 * @property {number} high the number at the last colour
 */

/**
 * The scale that holds all numbers: from 0 up, or with 0 in the middle where some are negative.
 * @param {ArrayLike<number>} values
 * @param {boolean} [signed] 0 in the middle in any case
 * @returns {Scale}
 */
export function scaleOf(values, signed = false) {
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (!signed && low === 0) return { kind: "viridis", low, high: high || 1 };
  const limit = Math.max(-low, high) || 1;
  return { kind: "signed", low: -limit, high: limit };
}

/**
 * The 256 colours of a scale.
 * @param {Scale} scale
 * @param {boolean} dark whether the page is dark
 * @returns {Uint8Array}
 */
export function coloursOf(scale, dark) {
  if (scale.kind === "grey") return GREY;
  if (scale.kind === "viridis") return VIRIDIS;
  return dark ? BERLIN : RDBU;
}

/**
 * The place of a number in a table of 256 colours.
 * @param {number} value
 * @param {Scale} scale
 */
export function placeOf(value, scale) {
  const share = (value - scale.low) / (scale.high - scale.low);
  return Math.max(0, Math.min(255, Math.floor(share * 256)));
}

/**
 * A number's colour as CSS has it.
 * @param {number} value
 * @param {Scale} scale
 * @param {boolean} dark whether the page is dark
 */
export function cssColour(value, scale, dark) {
  const table = coloursOf(scale, dark);
  const at = 3 * placeOf(value, scale);
  return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
}

/** @param {string} base64 */
function table(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
