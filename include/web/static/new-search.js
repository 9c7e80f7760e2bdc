/** A new search: tried on what is stored, and then saved as a file. */
import { send } from "./api.js";
import { announce, button, byId, element, fill, prose } from "./elements.js";
import { airflowLink } from "./frame.js";
import { jobLink, rememberTitle } from "./jobs.js";
import { field, parameterFields, valuesOf } from "./update.js";

const NAME = {
  title: "Name",
  description:
    "Of its file and its DAG: at most 50 lower-case letters, digits and single underscores, as in “denver”.",
  pattern: "^[a-z][a-z0-9]*(_[a-z0-9]+)*$",
  maxLength: 50,
  default: "",
};
const SCHEDULE = {
  title: "Schedule",
  description: "Five fields of cron, as in “0 7 * * 1-5”, or “@daily”.",
  maxLength: 100,
  default: "@daily",
};
const TIMEZONE = {
  title: "Time zone",
  description: "Of the schedule, as in “America/Denver”.",
  maxLength: 100,
  default: "UTC",
};

/** Show the forms, filled with a search's parameters; `saved` is called once a file is written. */
export function showNewSearch(schemas, parameters, mayAdd, saved) {
  const body = byId("new-search-body");
  if (!mayAdd) {
    fill(body, element("p", {}, "A new search takes the permission to trigger the DAG job_tracker."));
    return;
  }
  const wanted = parameterFields(schemas, parameters);
  const tried = element("div", { class: "tried", role: "status" });
  const naming = Object.entries({ name: NAME, schedule: SCHEDULE, timezone: TIMEZONE }).map(
    ([name, schema]) => field(name, schema, schema.default),
  );
  const trying = form(wanted, "Try", async () => {
    fill(tried, "Trying…");
    fill(tried, ...trialInWords(await send("POST", "searches/trial", valuesOf(wanted))));
  });
  trying.append(tried);
  trying.addEventListener("input", () => fill(tried));
  const saving = form(naming, "Save", async () => {
    // What is wrong with a parameter is shown at its field.
    if (!trying.reportValidity()) return;
    const asked = { ...valuesOf(naming), parameters: valuesOf(wanted) };
    const made = await send("POST", "searches", asked);
    fill(body, ...madeInWords(made));
    byId("new-search-heading").focus();
    announce(made.in_words);
    if (made.written) saved();
  });
  fill(
    body,
    element("p", { class: "hint" }, "See first how many of the stored jobs it would find."),
    trying,
    element("h3", {}, "Save it"),
    element(
      "p",
      { class: "hint" },
      "It gets a DAG of its own, which starts paused, and no recipients: these are added in its file.",
    ),
    saving,
  );
}

/** Make a form with a button that does something; what speaks against that stands beside it. */
function form(fields, name, action) {
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const pressed = element("button", { class: "button primary" }, name);
  const submit = async (event) => {
    event.preventDefault();
    pressed.disabled = true;
    problem.hidden = true;
    try {
      await action();
    } catch (refused) {
      problem.hidden = false;
      fill(problem, prose(refused.message));
    } finally {
      pressed.disabled = false;
    }
  };
  return element(
    "form",
    { class: "parameters", submit },
    fields.map(({ shown }) => shown),
    problem,
    element("div", { class: "actions" }, pressed),
  );
}

function trialInWords({ in_words: found, best, limits }) {
  best.forEach(rememberTitle);
  return [
    element("p", {}, element("strong", {}, found)),
    best.length > 0 &&
      element(
        "ul",
        {},
        best.map((job) => element("li", {}, jobLink(job.control_number))),
      ),
    element("p", { class: "hint" }, limits),
  ];
}

function madeInWords({ in_words: said, dag_id: dagId, dag_address: address, file, text, written }) {
  return [
    element("p", {}, prose(said)),
    element("p", {}, airflowLink(address, `${dagId} in Airflow`)),
    element("h3", {}, file),
    element("pre", { class: "message" }, text),
    !written && button("Copy", () => copy(text)),
  ];
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
  } catch {
    announce("The browser does not let the page copy: select the text, and copy it by keyboard.");
  }
}
