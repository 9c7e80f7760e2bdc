/** The page by keyboard: j and k walk the jobs, and other keys do what a job's buttons do. */
import { button, byId, element, fill, terms } from "./elements.js";

const KEYS = [
  ["j, k", "next job, previous job"],
  ["Enter", "open the job; Escape closes it"],
  ["s", "save the job, or take that back"],
  ["a", "applied for it, or take that back"],
  ["h", "hide the job, or show it again"],
  ["f", "filters"],
  ["?", "these keys"],
];

const MARKS = { s: "saved", a: "applied", h: "hidden" };
const ROW = ".rows > [data-number]";
const OFF = "job-tracker-keys-off";

/** Follow the keys; `open` opens a job in place of the one that is shown. */
export function followKeys(open) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaveJobBeside(event.target);
    if (areOff() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const modal = document.querySelector("dialog:modal");
    if (modal && modal !== byId("job-dialog")) return;
    const action = actions(open)[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Show which keys there are, and let single letters be switched off: speech may type them. */
export function showKeys() {
  const name = areOff() ? "Switch the keys on" : "Switch the keys off";
  fill(byId("keys-body"), terms(KEYS, { class: "terms" }), button(name, switchKeys));
}

function switchKeys() {
  try {
    if (areOff()) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "true");
  } catch {
    // Without storage they stay as they are.
  }
  showKeys();
  byId("keys-body").querySelector("button").focus();
}

function areOff() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

function actions(open) {
  const marks = Object.entries(MARKS).map(([key, mark]) => [key, () => press(mark)]);
  return {
    ...Object.fromEntries(marks),
    j: () => walk(1, open),
    k: () => walk(-1, open),
    f: () => byId("more-filters").click(),
    "?": () => (location.hash = "keys"),
  };
}

/** Go to the job so many rows further; where one is open, that one opens instead. */
function walk(by, open) {
  const rows = [...document.querySelectorAll(ROW)].filter((row) => row.checkVisibility());
  const next = rows[Math.max(rows.indexOf(currentRow()) + by, 0)];
  if (!next) return;
  // Of a job that was just hidden, a line is left.
  const control = next.querySelector("h3 a, button");
  if (control.hash && byId("job-dialog").open) open(control.hash);
  control.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Press a button of the job that is open, or else of the row that has the focus. */
function press(mark) {
  const job = byId("job-dialog").open ? byId("job-body") : currentRow();
  job?.querySelector(`[data-mark="${mark}"]`)?.click();
}

function currentRow() {
  return document.activeElement.closest(ROW) ?? document.querySelector(`${ROW}[aria-current]`);
}

/** Close the job beside the list, which is no modal dialog; a field elsewhere has its own Escape. */
function leaveJobBeside(target) {
  const job = byId("job-dialog");
  const isMeant = job.contains(target) || !isTyping(target);
  if (job.open && isMeant && !document.querySelector("dialog:modal")) job.close();
}

function isTyping(target) {
  return target.closest("input, select, textarea") !== null;
}
