/** What the user notes about jobs. The page learns of a change by the event `marked`. */
import { send } from "./api.js";
import { button, element, fill, prose } from "./elements.js";

const NAMES = { saved: "Saved", applied: "Applied", hidden: "Hide" };

/** Make the buttons that mark a job; those of the same job elsewhere on the page follow them. */
export function markButtons(job) {
  return Object.entries(NAMES).map(([mark, name]) =>
    button(name, ({ currentTarget }) => toggle(job, mark, currentTarget), {
      class: "toggle",
      "aria-pressed": String(job.mark[mark]),
      "data-mark": mark,
    }),
  );
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

/** Change a job's mark; returns what went wrong, null if nothing did. */
export async function change(job, changes) {
  const before = job.mark;
  try {
    job.mark = await send("PUT", `stored_jobs/${job.control_number}/mark`, changes);
  } catch (problem) {
    return problem.message;
  }
  for (const shown of buttonsOf(job)) {
    shown.ariaPressed = String(job.mark[shown.dataset.mark]);
  }
  if ("hidden" in changes || "applied" in changes) closeQuestion(job);
  document.dispatchEvent(new CustomEvent("marked", { detail: { job, changes, before } }));
  return null;
}

async function toggle(job, mark, pressed) {
  if (pressed.ariaBusy === "true") return;
  pressed.ariaBusy = "true";
  const problem = await change(job, { [mark]: pressed.ariaPressed !== "true" });
  pressed.ariaBusy = null;
  const buttons = pressed.parentElement;
  buttons.querySelector(".problem")?.remove();
  if (problem) buttons.append(element("p", { class: "problem", role: "alert" }, prose(problem)));
}

function closeQuestion(job) {
  if (job.announced_again) job.announced_again.question = null;
  const shown = `[data-number="${CSS.escape(job.control_number)}"] .question`;
  for (const question of document.querySelectorAll(shown)) question.remove();
}

function buttonsOf({ control_number: number }) {
  return document.querySelectorAll(`[data-number="${CSS.escape(number)}"] [data-mark]`);
}
