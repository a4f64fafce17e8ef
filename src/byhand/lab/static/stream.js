// @ts-check
/**
 * The one stream of events of a page, open while something in the page listens.
 *
 * A browser has six connections to a server, over all its tabs: a stream that nobody needs is
 * closed. One that breaks is opened again by the browser; then listeners to "open" are called.
 */

/** @typedef {(found: any) => void} Listener */
/** @typedef {ReturnType<typeof eventStream>} Stream */

const NAMES = ["accuracy", "failed", "run"];

/** @param {number} page @param {(found: any) => any} check */
export function eventStream(page, check) {
  /** @type {Map<string, Set<Listener>>} */
  const listeners = new Map([...NAMES, "open"].map((name) => [name, new Set()]));
  let events = /** @type {EventSource | null} */ (null);
  let opened = Promise.resolve();

  const wanted = () => [...listeners.values()].some((set) => set.size);
  /** @param {string} name @param {any} found */
  const tell = (name, found) => [...listeners.get(name) ?? []].forEach((f) => f(found));

  function close() {
    events?.close();
    events = null;
  }

  function open() {
    if (events) return;
    const stream = events = new EventSource(`api/events?page=${page}`);
    for (const name of NAMES) {
      stream.addEventListener(name, (event) =>
        tell(name, check(JSON.parse(/** @type {MessageEvent} */ (event).data))));
    }
    opened = new Promise((resolve, reject) => {
      stream.addEventListener("open", () => (resolve(), tell("open", null)));
      stream.addEventListener("error", () => {
        reject(new Error("no events"));
        if (stream.readyState === EventSource.CLOSED && events === stream) close();
      });
    });
    opened.catch(() => {}); // whoever waits for it hears of it
  }

  addEventListener("pagehide", close);
  addEventListener("pageshow", () => wanted() && open());
  return {
    page,
    /** Resolves once events come. */
    opened: () => opened,
    /** @param {string} name of the event, or "open" @param {Listener} f
     * @returns {() => void} ends it */
    listen(name, f) {
      listeners.get(name)?.add(f);
      open();
      return () => {
        listeners.get(name)?.delete(f);
        if (!wanted()) close();
      };
    },
  };
}
