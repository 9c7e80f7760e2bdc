/** What the user notes about jobs. The page learns of a change by the event `marked`. */
import { send } from "./api.js";
import { announce, button, element, fill, prose } from "./elements.js";
import { sentence } from "./words.js";

/** The states of an application, in their order, with their names. */
export const STATES = {
  saved: "Saved",
  applied: "Applied",
  interview: "Interview",
  offer: "Offer",
  rejected: "Rejected",
  withdrawn: "Withdrawn",
};

/** Make the buttons that mark a job; those of the same job elsewhere on the page follow them. */
export function markButtons(job) {
  return following(job, () => [saveButton(job), appliedButton(job), hideButton(job)]);
}

/** Make the button that hides a job, or shows it again. */
export function hiding(job) {
  return following(job, () => [hideButton(job)]);
}

/** Make all that is known of the user's application, and the buttons for each of its states. */
export function application(job) {
  return following(job, () => [
    element(
      "div",
      { class: "states", role: "group", "aria-label": "State of your application" },
      Object.keys(STATES).map((state) => stateButton(job, state)),
    ),
    job.mark.in_words && element("p", { class: "state" }, sentence(job.mark.in_words)),
    job.mark.history.length > 0 &&
      element(
        "details",
        {},
        element("summary", {}, "Day and history"),
        job.mark.state && dayForm(job),
        element(
          "ol",
          { class: "states-history" },
          job.mark.history.map(({ in_words: words }) => element("li", {}, sentence(words))),
        ),
      ),
  ]);
}

/** Make the choice of a state, for a card that has no room for buttons. */
export function stateChoice(job) {
  return following(job, () => [
    element(
      "select",
      {
        "aria-label": `State of “${job.PositionTitle}”`,
        "data-key": "choice",
        change: ({ currentTarget }) => act(job, { state: currentTarget.value || null }, currentTarget),
      },
      Object.entries({ ...STATES, "": "No longer followed" }).map(([state, name]) =>
        element("option", { value: state, selected: state === job.mark.state }, name),
      ),
    ),
  ]);
}

/** Make the question whether a mark on an earlier announcement holds; false where there is none. */
export function markQuestion(job) {
  const question = job.announced_again?.question;
  if (!question) return false;
  const answer = (holds) => async ({ currentTarget }) => {
    const asked = currentTarget.parentElement;
    const problem = await change(job, { [question.mark]: holds });
    asked.querySelector(".problem")?.remove();
    if (problem) asked.append(element("p", { class: "problem", role: "alert" }, prose(problem)));
  };
  return element(
    "div",
    { class: "question", role: "group", "aria-label": "Announced again" },
    element("span", {}, question.in_words),
    button("Yes", answer(true)),
    button("No", answer(false)),
  );
}

/** Make the field for a note; it is saved by its button, and when it is left. */
export function noteField(job) {
  const said = element("span", { class: "said", role: "status" });
  const text = element(
    "textarea",
    { id: "note", rows: 4, maxlength: 4000, change: () => save(), placeholder: "Only you see it." },
    job.mark.note,
  );
  const save = async () => {
    fill(said, "Saving…");
    const problem = await change(job, { note: text.value });
    fill(said, problem ? element("span", { class: "problem" }, prose(problem)) : "Note saved");
  };
  return element(
    "div",
    { class: "note" },
    element("label", { for: "note" }, "Your note"),
    text,
    element("div", { class: "row" }, button("Save note", save), said),
  );
}

const latestChanges = new Map();

/**
 * Change a job's mark; returns what went wrong, null if nothing did. Changes of one job are sent one
 * after another, so that the answer to an earlier one never undoes a later one on the page.
 */
export function change(job, changes) {
  const number = job.control_number;
  const changed = (latestChanges.get(number) ?? Promise.resolve()).then(() => sendChange(job, changes));
  latestChanges.set(number, changed.catch(() => null));
  return changed;
}

async function sendChange(job, changes) {
  const before = job.mark;
  try {
    job.mark = await send("PATCH", `stored_jobs/${job.control_number}/mark`, changes);
  } catch (problem) {
    return problem.message;
  }
  for (const shown of controlsOf(job)) shown.follow(job.mark);
  if ("hidden" in changes || "applied" in changes || job.mark.applied) closeQuestion(job);
  document.dispatchEvent(new CustomEvent("marked", { detail: { job, changes, before } }));
  return null;
}

/** Give a job back the state that it had with an earlier mark. */
export function undo(job, { state, since, history }) {
  const isExact = state && since && !history.at(-1).is_estimated;
  return change(job, { state, ...(isExact && { since }) });
}

function saveButton(job) {
  const { saved } = job.mark;
  return toggle("Save", job, { key: "saved", pressed: saved, changes: { saved: !saved } });
}

/** What came after an application is not lost by one click: the details have all states. */
function appliedButton(job) {
  const { applied, state } = job.mark;
  if (applied && state !== "applied") {
    return element(
      "a",
      { class: "button toggle later", href: `#job=${job.control_number}`, "data-mark": "applied" },
      STATES[state],
    );
  }
  return toggle("I applied", job, {
    key: "applied",
    pressed: applied,
    changes: { applied: !applied },
  });
}

function hideButton(job) {
  const { hidden } = job.mark;
  return toggle("Hide", job, { key: "hidden", pressed: hidden, changes: { hidden: !hidden } });
}

function stateButton(job, state) {
  const pressed = job.mark.state === state;
  return toggle(STATES[state], job, { key: state, pressed, changes: { state: pressed ? null : state } });
}

function toggle(name, job, { key, pressed, changes }) {
  return button(name, ({ currentTarget }) => act(job, changes, currentTarget), {
    class: "toggle",
    "aria-pressed": String(pressed),
    "data-mark": key,
    "data-key": key,
  });
}

/** Make the form that corrects the day since which a state holds. */
function dayForm(job) {
  const { state, since } = job.mark;
  const day = element("input", { type: "date", value: since, required: true, "data-key": "day" });
  const send = (event) => {
    event.preventDefault();
    act(job, { since: day.value }, event.currentTarget);
  };
  return element(
    "form",
    { class: "day", submit: send },
    element("label", {}, `${STATES[state]} since`, day),
    element("button", { type: "submit", "data-key": "correct" }, "Correct the day"),
  );
}

/** Do what a control says, and show beside it what went wrong, or how to take it back. */
async function act(job, changes, control) {
  if (control.ariaBusy === "true") return;
  control.ariaBusy = "true";
  const place = control.closest("[data-marks]");
  const before = job.mark;
  const problem = await change(job, changes);
  control.ariaBusy = null;
  place.querySelector(".problem")?.remove();
  if (problem) {
    place.follow(before);
    place.append(element("p", { class: "problem", role: "alert" }, prose(problem)));
  } else if ("state" in changes || "since" in changes) {
    const said = job.mark.in_words ? sentence(job.mark.in_words) : "Taken back";
    announce(`${said}. `);
    place.append(undoLine(job, before));
  }
}

function undoLine(job, before) {
  const back = async ({ currentTarget }) => {
    const place = currentTarget.closest("[data-marks]");
    const problem = await undo(job, before);
    if (problem) place.append(element("p", { class: "problem", role: "alert" }, prose(problem)));
    else place.querySelector("[data-key]")?.focus();
  };
  return element("p", { class: "undo" }, button("Undo", back, { class: "quiet" }));
}

/** Make the place of a job's controls, which follows changes that are made elsewhere. */
function following(job, contents) {
  const place = element("div", { class: "marks-of", "data-marks": true });
  place.follow = (mark) => {
    job.mark = mark;
    const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
    const wasOpen = place.querySelector("details")?.open;
    fill(place, contents());
    if (wasOpen && place.querySelector("details")) place.querySelector("details").open = true;
    if (key) place.querySelector(`[data-key="${key}"]`)?.focus();
  };
  fill(place, contents());
  return place;
}

function closeQuestion(job) {
  if (job.announced_again) job.announced_again.question = null;
  const shown = `[data-number="${CSS.escape(job.control_number)}"] .question`;
  for (const question of document.querySelectorAll(shown)) question.remove();
}

function controlsOf({ control_number: number }) {
  return document.querySelectorAll(`[data-number="${CSS.escape(number)}"] [data-marks]`);
}
