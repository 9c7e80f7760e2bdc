/** All searches side by side: when each ran, and what is open in it now. */
import { read } from "./api.js";
import { button, byId, element, fill, prose } from "./elements.js";
import { airflowLink } from "./frame.js";
import { jobLink, rememberTitle } from "./jobs.js";
import { withWarnings } from "./receipt.js";
import { DEFAULT_DAG, runAddress } from "./run.js";
import * as words from "./words.js";

const NUMBERS = {
  matches: "Matches",
  near_misses: "Near misses",
  new: "New since yesterday",
  closing_soon: "Closing soon",
};

let turn = 0;

/**
 * Return every search that is saved or has run: with `name` and `schedule` if it is saved, and with
 * its `latest` run. One that nobody saved is updated by the DAG that ran it, if that is still there.
 */
export function allSearches({ searches, saved, may_update }) {
  const ran = new Map(searches.map((latest) => [latest.search, latest]));
  const named = saved.map((each) => ({ ...each, latest: ran.get(each.search) }));
  for (const { search } of saved) ran.delete(search);
  const usual = { dag_id: DEFAULT_DAG, may_update };
  const others = [...ran.values()].map((latest) => {
    const { search, parameters, wishes } = latest;
    const dag = saved.find(({ dag_id: dagId }) => dagId === latest.dag_id) ?? usual;
    return { search, parameters, wishes, latest, dag_id: dag.dag_id, may_update: dag.may_update };
  });
  return [...named, ...others];
}

/** Return what people call a search: by its name, if it has one of its own. */
export function searchTitle({ name, parameters }) {
  const phrase = words.searchName(parameters);
  return name && name !== "default" ? `${name}: ${phrase}` : phrase;
}

/**
 * Show the searches and what is wrong with the files of others. `selected` is the one that the page
 * shows, `choose` shows another; `pathName` has words for hiring paths. `mayAdd` offers a new one.
 */
export function showSearches(searches, problems, { selected, choose, pathName, mayAdd }) {
  const rows = searches.map((each) => row(each, each.search === selected, choose, pathName));
  const said = element("p", { class: "hint", role: "status" });
  const another = mayAdd && element("a", { class: "button", href: "#newsearch" }, "New search");
  const actions = another && element("div", { class: "actions" }, another);
  fill(byId("searches-body"), unusableFiles(problems), said, table(rows), actions);
  compare(rows, said);
}

/** Read the numbers, and put them where they belong. */
async function compare(rows, said) {
  const mine = ++turn;
  fill(said, "Counting…");
  try {
    const { searches } = await read("comparison");
    if (mine !== turn) return;
    fill(said);
    const counted = new Map(searches.map((each) => [each.search, each]));
    for (const each of rows) showNumbers(each, counted.get(each.dataset.search));
  } catch (problem) {
    if (mine !== turn) return;
    fill(
      said,
      element("span", { class: "problem" }, prose(problem.message), " "),
      problem.mayPass && button("Try again", () => compare(rows, said)),
    );
  }
}

function showNumbers(shown, found) {
  if (!found) return;
  for (const name of Object.keys(NUMBERS)) {
    fill(shown.querySelector(`[data-counted="${name}"]`), words.number(found.counts[name]));
  }
  fill(shown.querySelector("[data-best]"), best(found.best));
}

function unusableFiles(problems) {
  if (!problems.length) return null;
  return element(
    "div",
    { class: "problems" },
    element("p", {}, "Files that can’t be used, so that their searches have no DAG:"),
    element(
      "ul",
      {},
      problems.map(({ file, line, message }) =>
        element(
          "li",
          {},
          element("code", {}, file),
          line && `, line ${line}`,
          message && `: ${message}`,
        ),
      ),
    ),
  );
}

// The roles are said although they are the elements' own: as cards, they would lose them.
function table(rows) {
  const numbers = Object.values(NUMBERS);
  const columns = ["Search", "Schedule", "Last run", ...numbers, "Best match", "Next digest"];
  return element(
    "table",
    { class: "side-by-side", role: "table", "aria-labelledby": "searches-heading" },
    element(
      "thead",
      { role: "rowgroup" },
      element(
        "tr",
        { role: "row" },
        columns.map((name) => element("th", { role: "columnheader", scope: "col" }, name)),
      ),
    ),
    element("tbody", { role: "rowgroup" }, rows),
  );
}

function row(search, isShown, choose, pathName) {
  const phrase = words.searchName(search.parameters);
  const numbers = Object.entries(NUMBERS).map(([name, column]) =>
    cell(column, ["–"], { "data-counted": name }),
  );
  return element(
    "tr",
    { role: "row", "data-search": search.search },
    element(
      "th",
      { role: "rowheader", scope: "row" },
      button(search.name ?? phrase, () => choose(search.search), {
        class: "choose",
        "aria-current": isShown && "true",
      }),
      search.name && element("p", {}, phrase),
      element("p", { class: "hint" }, words.searchTerms(search, pathName)),
    ),
    cell("Schedule", schedule(search)),
    cell("Last run", lastRun(search)),
    numbers,
    cell("Best match", ["–"], { "data-best": true }),
    cell("Next digest", [search.name && search.may_update ? digestLink(search) : "–"]),
  );
}

function cell(column, held, properties = {}) {
  return element("td", { role: "cell", "data-column": column, ...properties }, ...held);
}

function schedule(search) {
  if (!search.name) return ["not saved"];
  const { addresses, recipients } = search;
  const counted = recipients ? words.count(recipients, "recipient") : "no recipients";
  const named = addresses?.map(recipientInWords).join(", ") || counted;
  return [
    words.schedule(search),
    search.paused &&
      element("p", { class: "warned" }, "paused: ", airflowLink(search.dag_address, "unpause it in Airflow")),
    element("p", { class: "hint recipients" }, named),
  ].filter(Boolean);
}

function recipientInWords(recipient) {
  const [, channel, address] = /^(\w+):(.*)$/.exec(recipient) ?? [];
  return channel === "apprise" ? `${address} (Apprise)` : (address ?? recipient);
}

function lastRun({ dag_id, latest, latest_run: run }) {
  if (run?.state === "failed") return failedRun(dag_id, run, latest);
  if (!latest) return ["not yet"];
  const receipt = { href: runAddress(latest), title: words.time(latest.read_at) };
  const state = { class: latest.warnings.length ? "warned" : "hint" };
  return [
    element("a", receipt, words.ago(latest.read_at)),
    element("p", state, `complete${withWarnings(latest.warnings)}`),
  ];
}

function failedRun(dagId, run, latest) {
  const receipt = { href: runAddress({ dag_id: dagId, ...run }), title: words.time(run.ended_at) };
  const before = latest ? `What is shown was read ${words.ago(latest.read_at)}.` : "";
  return [
    element("a", receipt, words.ago(run.ended_at)),
    element("p", { class: "problem" }, "failed", run.failure && ": ", ...prose(run.failure ?? "")),
    before && element("p", { class: "hint" }, before),
  ];
}

function best(job) {
  if (!job) return "none";
  rememberTitle(job);
  return [jobLink(job.control_number), element("p", { class: "hint" }, `${job.pay}, ${job.deadline.in_words}`)];
}

function digestLink({ name, search }) {
  return element(
    "a",
    { href: `#digest=${search}`, "aria-label": `Preview for ${name}` },
    "Preview",
  );
}
