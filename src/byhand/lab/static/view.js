// @ts-check
/**
 * Views and state: signals that know who read them, and elements that follow signals.
 *
 * A signal holds a value. A computed value is worked out when it is read, and again only after
 * something that it read has changed. An effect runs at once, and again after changes, once for
 * all changes of a moment; effects that were made inside it end when it runs again.
 *
 *   h("button", { type: "button", disabled: () => !possible.value, onclick: undo }, "Undo")
 */

/** @typedef {{stale: () => void, sources: Set<Set<Observer>>}} Observer */
/** @template T @typedef {{readonly value: T, peek: () => T}} Readable */
/** @template T @typedef {{value: T, peek: () => T}} Signal */
/** @typedef {Node | string | number | null | undefined | false} Leaf */
/** @typedef {Leaf | Leaf[] | (() => Leaf | Leaf[])} Child */

let reader = /** @type {Observer | null} */ (null);
let ends = /** @type {Array<() => void> | null} */ (null); // of the effect that runs
const waiting = /** @type {Map<Observer, () => void>} */ (new Map()); // effects, how each runs

/** @param {Set<Observer>} readers */
function follow(readers) {
  if (reader) reader.sources.add(readers.add(reader));
}

/** @param {Set<Observer>} readers */
const spread = (readers) => [...readers].forEach((each) => each.stale());

/** @template T @param {Observer | null} observer @param {() => T} f @returns {T} */
function readBy(observer, f, mine = ends) {
  if (observer) observer.sources.forEach((readers) => readers.delete(observer));
  observer?.sources.clear();
  const outer = { reader, ends };
  [reader, ends] = [observer, mine];
  try {
    return f();
  } finally {
    ({ reader, ends } = outer);
  }
}

/** What f returns, without following what it reads. @template T @param {() => T} f */
export const untracked = (f) => readBy(null, f);

/** @template T @param {T} value @returns {Signal<T>} `peek` reads without following */
export function signal(value) {
  const readers = /** @type {Set<Observer>} */ (new Set());
  return {
    get value() { return follow(readers), value; },
    set value(next) { if (!Object.is(next, value)) (value = next), spread(readers); },
    peek: () => value,
  };
}

/** @template T @param {() => T} f @returns {Readable<T>} */
export function computed(f) {
  const readers = /** @type {Set<Observer>} */ (new Set());
  let fresh = false;
  let value = /** @type {any} */ (null);
  const self = { sources: new Set(), stale: () => ((fresh = false), spread(readers)) };
  const peek = () => {
    if (!fresh) value = readBy(self, f);
    fresh = true;
    return value;
  };
  return { get value() { return follow(readers), peek(); }, peek };
}

/** Run f now and after changes. @param {() => void} f @returns {() => void} ends the effect */
export function effect(f) {
  const mine = /** @type {Array<() => void>} */ ([]);
  const self = { sources: new Set(), stale: () => {
    if (!waiting.size) queueMicrotask(flush);
    waiting.set(self, run);
  } };
  function end() {
    waiting.delete(self);
    readBy(self, () => mine.splice(0).forEach((inner) => inner()));
  }
  function run() {
    end();
    readBy(self, f, mine);
  }
  ends?.push(end);
  run();
  return end;
}

/** Run the effects that wait; an error of one is reported and does not stop the others. */
export function flush() {
  for (const [effect, run] of waiting) {
    waiting.delete(effect);
    try {
      run();
    } catch (error) {
      reportError(error);
    }
  }
}

/**
 * An element. Of the attributes, `on…` listens, `ref` gets the element, `style` is an object of
 * properties; a function is followed; false takes the attribute off.
 * @template {keyof HTMLElementTagNameMap} K @param {K} tag
 * @param {Record<string, any>} [attributes] @param {...Child} children
 */
export const h = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

/** The same for SVG.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...Child} children */
export const svg = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** @template {Element} E @param {E} element @param {Record<string, any>} attributes
 * @param {Child[]} children */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "ref") value(element);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "function") effect(() => put(element, name, value()));
    else put(element, name, value);
  }
  for (const child of children) {
    const end = element.appendChild(document.createComment(""));
    let shown = /** @type {ChildNode[]} */ ([]);
    const fill = () => {
      const next = nodes(typeof child === "function" ? child() : child);
      shown.forEach((node) => node.remove());
      end.before(...(shown = next));
    };
    if (typeof child === "function") effect(fill);
    else fill(), end.remove();
  }
  return element;
}

/** @param {any} element @param {string} name @param {any} value */
function put(element, name, value) {
  if (name === "value" || name === "checked") element[name] = value;
  else if (name === "style") for (const key in value) element.style.setProperty(key, value[key]);
  else if (value === false || value == null) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** @param {any} value @returns {any[]} */
const nodes = (value) => Array.isArray(value) ? value.flatMap(nodes)
  : value === false || value == null ? []
  : [value instanceof Node ? value : document.createTextNode(value)];
