/** The board: the user's applications, a column for each state. */
import { read } from "./api.js";
import { button, byId, element, fill, prose, showLoading } from "./elements.js";
import { jobLink, rememberTitle } from "./jobs.js";
import { STATES, stateChoice, undo } from "./marks.js";
import * as words from "./words.js";

/** The states in which the deadline still matters. */
const BEFORE_THE_DEADLINE = ["saved", "applied"];

let isListening = false;

/** Show the board in `#applications-body`; it follows what the user changes. */
export function showApplications() {
  if (!isListening) document.addEventListener("marked", follow);
  isListening = true;
  return draw();
}

/** Read the board anew; `moved` is the last change, which can be taken back. */
async function draw(moved) {
  const body = byId("applications-body");
  if (!body.querySelector(".board")) showLoading(body);
  try {
    const board = await read("applications");
    const focused = focusedNumber(body);
    fill(body, moved && undoLine(moved), contents(board));
    if (focused) focusCard(body, focused);
  } catch (problem) {
    fill(
      body,
      element("p", { class: "problem", role: "alert" }, prose(problem.message)),
      problem.mayPass && button("Try again", () => draw()),
    );
  }
}

function follow({ detail: { job, before } }) {
  const { state, since } = job.mark;
  const isSame = state === before.state && since === before.since;
  if (!isSame && byId("applications-body").checkVisibility()) draw({ job, before });
}

function undoLine({ job, before }) {
  return element(
    "p",
    { class: "moved", "data-number": job.control_number },
    `“${job.PositionTitle}”: ${job.mark.in_words ?? "no longer followed"}. `,
    button("Undo", () => undo(job, before), { class: "quiet" }),
  );
}

function contents({ columns, left_out: leftOut }) {
  if (!leftOut.length && columns.every(({ total }) => !total)) {
    return element(
      "p",
      { class: "empty" },
      "No application yet. Press “Save” or “I applied” beside a job, and it stands here.",
    );
  }
  return [
    element("div", { class: "board" }, columns.map(column)),
    leftOut.length > 0 && element("p", { class: "hint" }, leftOutInWords(leftOut)),
  ];
}

function column({ state, total, jobs }) {
  const heading = `board-${state}`;
  return element(
    "section",
    { class: total ? "column" : "column nothing", "aria-labelledby": heading },
    element("h3", { id: heading }, `${STATES[state]} `, element("span", { class: "count" }, total)),
    jobs.length > 0 && element("ul", {}, jobs.map(card)),
    jobs.length < total &&
      element("p", { class: "hint" }, `And ${words.number(total - jobs.length)} more.`),
  );
}

function card(job) {
  rememberTitle(job);
  const { deadline, outcome } = job.in_words;
  const news = outcome ?? (BEFORE_THE_DEADLINE.includes(job.mark.state) && deadline);
  return element(
    "li",
    { class: "application", "data-number": job.control_number },
    element("h4", {}, jobLink(job.control_number)),
    job.organization && element("p", { class: "agency" }, job.organization),
    element("p", { class: "state" }, job.mark.in_words),
    news && element("p", { class: "outcome" }, news),
    job.mark.hidden && element("p", { class: "hint" }, "Hidden from the list"),
    job.mark.note && element("p", { class: "own-note" }, job.mark.note),
    stateChoice(job),
  );
}

function leftOutInWords(numbers) {
  return (
    `${words.count(numbers.length, "job")} can't be shown, because they are not stored or damaged: ` +
    `${numbers.join(", ")}.`
  );
}

function focusedNumber(body) {
  const focused = document.activeElement;
  return body.contains(focused) && focused.closest("[data-number]")?.dataset.number;
}

/** Leave the focus on a card that has moved to another column. */
function focusCard(body, number) {
  const moved = body.querySelector(`[data-number="${CSS.escape(number)}"] select`);
  (moved ?? byId("applications-heading")).focus();
}
