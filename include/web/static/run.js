/** How a run of the DAG stands, read every second until it has ended, and then its receipt. */
import { read } from "./api.js";
import { announce, button, byId, element, fill, prose, showLoading } from "./elements.js";
import { airflowLink } from "./frame.js";
import { inShort, receiptInWords, warningsInWords, withWarnings } from "./receipt.js";
import * as words from "./words.js";

/** The DAG of the default search, and of the days when there was no other. */
export const DEFAULT_DAG = "job_tracker";

const SECOND = 1000;
const ENDED = ["success", "failed"];

const TASKS = {
  extract: "Read the postings",
  transform: "Judge each posting",
  load: "Store what was found",
  digest: "Send what is new",
  check: "Check the response",
};

const STATES = {
  null: "waiting",
  queued: "waiting for a worker",
  scheduled: "waiting for a worker",
  running: "running",
  success: "done",
  failed: "failed",
  skipped: "not needed",
  "check skipped": "suspicious",
  up_for_retry: "failed, is tried again",
  upstream_failed: "not begun",
};

let watched;

/** Return the address of a run's dialog. */
export function runAddress({ dag_id: dagId, run_id: runId }) {
  return `#run=${dagId}/${encodeURIComponent(runId)}`;
}

/** Return the run that an address names; an old one names no DAG. */
function runOf(named) {
  const [, dagId = DEFAULT_DAG, runId] = /^(?:(job_tracker\w*)\/)?(.*)$/s.exec(named);
  return { dag_id: dagId, run_id: runId };
}

/**
 * Show a run in its dialog and follow it, also when the dialog is closed, until it has ended or
 * another one is followed; then call `whenEnded` with what it came to. `seeJobs` is what its button
 * does.
 */
export async function followRun(named, { whenEnded, seeJobs }) {
  if (watched === named) return;
  watched = named;
  showLoading(byId("run-body"));
  byId("running").href = runAddress(runOf(named));
  const run = await untilEnded(named, seeJobs);
  if (watched !== named) return;
  byId("running").hidden = true;
  watched = undefined;
  if (run) whenEnded(run);
}

/** Ask until the run has ended; returns how it stands if it was seen running, else null. */
async function untilEnded(named, seeJobs) {
  const { dag_id, run_id } = runOf(named);
  let wasRunning = false;
  let run;
  while (watched === named) {
    try {
      run = await read(`update_jobs/${encodeURIComponent(run_id)}`, { dag_id });
      showRun(run, seeJobs);
    } catch (problem) {
      showProblem(problem);
      if (!problem.mayPass) return null;
    }
    if (run && ENDED.includes(run.state)) return wasRunning ? run : null;
    wasRunning = true;
    byId("running").hidden = false;
    await new Promise((resolve) => setTimeout(resolve, SECOND));
  }
  return null;
}

function showProblem({ message, mayPass }) {
  const body = byId("run-body");
  for (const outdated of body.querySelectorAll(".waiting, .reading")) outdated.remove();
  body.prepend(
    element(
      "p",
      { class: "problem reading", role: "alert" },
      prose(message),
      mayPass && " The page asks again.",
    ),
  );
}

function showRun(run, seeJobs) {
  const body = byId("run-body");
  const now = JSON.stringify(run);
  if (body.dataset.shown !== now || body.querySelector(".waiting, .reading")) {
    body.dataset.shown = now;
    fill(body, contents(run, seeJobs));
    announce(headline(run));
  }
  body.querySelector(".elapsed").textContent = elapsed(run);
}

function contents(run, seeJobs) {
  return [
    element(
      "p",
      { class: `headline ${run.state}${run.receipt?.warnings?.length ? " warned" : ""}` },
      headline(run),
      " ",
      element("span", { class: "elapsed" }),
    ),
    ...advice(run),
    element("ol", { class: "tasks" }, Object.entries(run.tasks).map(task)),
    run.receipt && warned(run.receipt),
    run.receipt && element("h3", {}, "Receipt"),
    run.receipt && receiptInWords(run),
    element(
      "p",
      { class: "actions" },
      run.receipt && seeJobsButton(run, seeJobs),
      airflowLink(run.run_address, "Open the run in Airflow", { class: "button" }),
    ),
  ];
}

function seeJobsButton(run, seeJobs) {
  return button("Show its matches", () => seeJobs(run.receipt.search), { class: "primary" });
}

function warned({ warnings }) {
  const inWords = warningsInWords("The response", warnings);
  return inWords.length > 0 && element("div", { class: "warnings" }, inWords);
}

function headline(run) {
  if (run.state === "success") {
    const complete = `Complete${withWarnings(run.receipt?.warnings)}`;
    return run.counts ? `${complete}: ${inShort(run.counts)}` : `${complete}.`;
  }
  if (run.state === "failed") return "The run failed.";
  const current = Object.entries(run.tasks).find(([, state]) => state === "running");
  if (current) return `${TASKS[current[0]] ?? current[0]}…`;
  return Object.values(run.tasks).some(Boolean) ? "Running…" : "Waiting to begin…";
}

function elapsed({ queued_at: queued, started_at: started, ended_at: ended }) {
  const began = started ?? queued;
  return began ? words.duration((ended ? Date.parse(ended) : Date.now()) - Date.parse(began)) : "";
}

function task([name, state]) {
  return element(
    "li",
    { class: `task ${state ?? "none"}` },
    element("span", { class: "name" }, TASKS[name] ?? name, " ", element("code", {}, name)),
    " ",
    element("span", { class: "state" }, STATES[`${name} ${state}`] ?? STATES[state] ?? state),
  );
}

function advice(run) {
  if (run.state !== "failed") return [];
  const [failed] = Object.entries(run.tasks).find(([, state]) => state === "failed") ?? [];
  return [
    element("p", { class: "problem", role: "alert" }, failed ? whyItFailed(failed, run) : ENDED_OUTSIDE),
    element(
      "p",
      {},
      "What was stored before is kept. Once the cause is fixed, update again, or clear ",
      failed ? "the task" : "the run",
      " in Airflow to go on.",
    ),
  ];
}

const ENDED_OUTSIDE = "No task failed: the run was ended from outside.";

function whyItFailed(task, { run_address: address, failure }) {
  const log = `${address}/tasks/${task}`;
  if (!failure) {
    return [`Task ${task} failed: `, airflowLink(log, "its log says why and what to do"), "."];
  }
  return [`Task ${task} failed: `, ...prose(failure), " ", airflowLink(log, "Open its log"), "."];
}
