// @ts-check
/** The views that need the server. An exported page has none of them, nor their modules:
 *  byhand.lab.page_file gives it an empty list instead of this one. */

import { lessonsView } from "./lessons_view.js";
import { resultsView } from "./results_view.js";
import { teachView } from "./teach_view.js";
import { trainView } from "./train_view.js";

/** @type {import("./views.js").View[]} */
export const SERVED = [
  { name: "train", show: trainView },
  { name: "results", show: resultsView },
  { name: "teach", show: teachView },
  { name: "lessons", show: lessonsView },
];
