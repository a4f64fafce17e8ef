"use strict";
// A review sheet: Enter checks a field and goes to the next; the button saves what was
// checked as corrections.csv.

const answers = [...document.querySelectorAll("[data-field]")];
const count = document.querySelector(".count");
const bar = document.querySelector("progress");
const saved = document.querySelector("#saved");
let unsaved = false;

function isDone(answer) {
  return answer.closest("li").classList.contains("done");
}

function check(answer) {
  answer.closest("li").classList.add("done");
  unsaved = true;
  const done = answers.filter(isDone).length;
  bar.value = done;
  count.textContent = `${done} of ${answers.length} checked`;
  saved.textContent = "";
}

function go(answer, step) {
  const next = answers[answers.indexOf(answer) + step];
  if (!next) {
    document.querySelector("button").focus();
    return;
  }
  next.focus({ preventScroll: true });
  next.closest("li").scrollIntoView({ block: "center" });
}

function quoted(text) {
  return `"${text.replaceAll('"', '""')}"`;
}

// Rows as byhand reads them, with the line ends that RFC 4180 has.
function corrections() {
  const rows = answers.filter(isDone).map(({ dataset, value }) =>
    [quoted(dataset.file), dataset.page, quoted(dataset.field), quoted(value.trim())]);
  return ["file,page,field,text", ...rows].map((row) => `${row}\r\n`).join("");
}

function save() {
  const link = document.createElement("a");
  const file = new Blob([corrections()], { type: "text/csv" });
  link.href = URL.createObjectURL(file);
  link.download = "corrections.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  unsaved = false;
  const done = answers.filter(isDone).length;
  saved.textContent = `corrections.csv saved, with ${done} checked.`;
}

for (const answer of answers) {
  answer.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (event.shiftKey) return go(answer, -1);
    check(answer);
    go(answer, 1);
  });
  answer.addEventListener("change", () => check(answer));
  answer.addEventListener("focus", () => answer.select?.());
}
document.querySelector("button").addEventListener("click", save);
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
if (answers.length) answers[0].focus({ preventScroll: true });
