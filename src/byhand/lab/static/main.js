// @ts-check
/** The page: loads the model, keeps the state, and shows the pad, the answer and one view. */

import { apply, followAddress } from "./address.js";
import { header } from "./header.js";
import { followRows } from "./reading.js";
import { openSource } from "./source.js";
import { madeBy } from "./made_by.js";
import { makeStore } from "./store.js";
import { followStored } from "./stored.js";
import { tabs } from "./tabs.js";
import { readTensors } from "./tensors.js";
import { tour } from "./tour.js";
import { h } from "./view.js";
import { VIEWS } from "./views.js";
import { watch } from "./watch.js";
import { words } from "./words.js";
import { workspace } from "./workspace.js";

/** @param {...Node} children */
const show = (...children) => document.body.replaceChildren(...children);

/** @param {string} line @param {...Node} more */
const message = (line, ...more) => h("main", { class: "message" }, h("p", {}, line), ...more);

async function start() {
  show(message(words.app.loading));
  const source = openSource();
  const [lab, weights] = await Promise.all([source.lab(), source.weights()]);
  const store = makeStore(lab, readTensors(weights), source);
  watch(store);
  followStored(store);
  apply(store, location.hash);
  followAddress(store);
  followRows(store);
  show(header(store), h("main", { class: "lab" }, workspace(store), tabs(store, VIEWS)),
    ...madeBy(lab), tour(store));
}

start().catch((error) => {
  const again = h("button", { type: "button", onclick: () => location.reload() },
    words.app.reload);
  show(message(words.app.failed, h("p", { class: "muted" }, words.app.failedHelp), again));
  throw error;
});
