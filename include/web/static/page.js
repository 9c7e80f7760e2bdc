/** The page: what is selected, and which parts are read anew when that changes. */
import { read } from "./api.js";
import { showApplications } from "./applications.js";
import { showCharts } from "./charts.js";
import { showDetail } from "./detail.js";
import { announce, button, byId, element, fill, prose, showLoading } from "./elements.js";
import * as filters from "./filters.js";
import { airflowLink, followTheme, openLinksOutside } from "./frame.js";
import { JobList } from "./jobs.js";
import { followKeys, showKeys } from "./keys.js";
import { TILES, showLanes, tiles } from "./lanes.js";
import { openInstead, openWhatIsAsked, overlay } from "./overlays.js";
import { inShort, quarantineInWords, warningsInWords, withWarnings } from "./receipt.js";
import { DEFAULT_DAG, followRun, runAddress } from "./run.js";
import { allSearches, searchTitle, showSearches } from "./searches.js";
import { loadSection } from "./sections.js";
import { showUpdateForm } from "./update.js";
import * as words from "./words.js";

const HEADINGS = { match: "Matches", near_miss: "Near misses", any: "Matches and near misses" };

const MINUTE = 60_000;

/** Where there is room for a job beside the list. */
const WIDE = matchMedia("(min-width: 75rem)");

let filter = filters.filterInAddress();
let search = filters.searchInAddress();
let selected = search;
let known = { searches: [], saved: [], problems: [], form: {}, may_update: false };
let areSearchesRead = false;
let searchesRead;
let jobsRead;

const isNew = ({ match }) => Date.parse(match.first_seen_at) >= Date.parse(filters.since());
const matches = new JobList(byId("jobs"), { nothing: nothingFound, isNew });
const nearMisses = new JobList(byId("near-misses"), {
  nothing: () => element("p", { class: "empty" }, "No near misses."),
  isNew,
});

followTheme();
openLinksOutside();
listen();
loadAll();
overlay("job", byId("job-dialog"), showJob, WIDE);
overlay("applications", byId("applications-dialog"), showApplications);
overlay("update", byId("update-dialog"), showForm);
overlay("run", byId("run-dialog"), (named) => followRun(named, { whenEnded: runEnded, seeJobs }));
overlay("searches", byId("searches-dialog"), showAll);
overlay("newsearch", byId("new-search-dialog"), showNew);
overlay("digest", byId("digest-dialog"), showNextDigest);
overlay("feeds", byId("feeds-dialog"), showAddresses);
overlay("keys", byId("keys-dialog"), showKeys);
openWhatIsAsked();
followKeys(openInstead);
setInterval(showUpdated, MINUTE);

function listen() {
  byId("search").addEventListener("change", ({ target }) => selectSearch(target.value));
  byId("update-now").addEventListener("click", () => (location.hash = "update"));
  byId("reset").addEventListener("click", resetFilter);
  byId("more-filters").addEventListener("click", ({ currentTarget: button }) => {
    const further = byId("further");
    further.hidden = !further.hidden;
    button.ariaExpanded = String(!further.hidden);
    if (!further.hidden) byId("filter-text").focus();
  });
  document.addEventListener("click", ({ target }) => {
    // All of a row leads to its job, but for what does something itself.
    const link = target.closest("article.job")?.querySelector("h3 a");
    if (link && !target.closest("a, button") && !getSelection().toString()) link.click();
  });
  document.addEventListener("pointerover", ({ target }) => {
    // Where a button is a sign, its words stand beside the pointer.
    const sign = target.closest(".marks :is(button, .button)");
    if (sign) sign.title = sign.textContent;
  });
  byId("job-dialog").addEventListener("close", leaveJob);
  for (const tile of tiles()) {
    tile.addEventListener("click", () => select(filters.filterWith(TILES[tile.dataset.count])));
  }
  filters.whenFormChanges((wanted) => {
    // Typing on makes one step of "back", not one a letter.
    select(wanted, { replace: filter.text !== "" && wanted.text !== filter.text });
  });
  window.addEventListener("popstate", goBack);
  document.addEventListener("marked", ({ detail }) => {
    if (Object.keys(detail.changes).some((name) => name !== "note")) loadLanes();
  });
}

/** Read every part, all at once. */
function loadAll() {
  searchesRead = loadSection("searches", loadSearches);
  loadNumbers(loadJobs());
}

function loadNumbers(listed) {
  loadLanes();
  loadSection("charts", () => showCharts(search, listed));
}

function loadLanes() {
  const asked = search;
  loadSection("numbers", () => showLanes(asked, () => asked === search));
}

/** Read both lists; the promise ends when the first one is shown, or failed. */
function loadJobs() {
  filters.showInForm(filter);
  showFilter();
  const query = { ...filters.queryOf(filter), search };
  jobsRead = loadSection("jobs", async () => {
    const answer = await matches.show(query);
    if (!answer) return;
    document.querySelector("main").classList.toggle("nothing-yet", !answer.has_run);
    showSelected(answer.search);
    showCurrent();
  });
  loadNearMisses(query);
  return jobsRead;
}

/** Read the near misses after the matches, which they stand below. */
async function loadNearMisses(query) {
  const section = byId("near-misses");
  const isAsked = filter.level === "match";
  if (!isAsked) section.hidden = true;
  await jobsRead;
  if (!isAsked) return;
  await loadSection("near misses", () => nearMisses.show({ ...query, level: "near_miss" }));
  const isEmpty = nearMisses.found === 0 && !filters.sameJobs(filter, filters.filterWith({}));
  section.hidden = filter.level !== "match" || isEmpty;
}

async function loadSearches() {
  known = await read("searches");
  const all = allSearches(known);
  const options = all.map((each) => element("option", { value: each.search }, searchTitle(each)));
  const none = element("option", { value: "" }, "No search has run yet");
  fill(byId("search"), options.length ? options : none);
  byId("search").disabled = !options.length;
  const wrong = known.problems.length;
  fill(byId("to-searches"), wrong ? `Searches, ${words.count(wrong, "problem")}` : "Searches");
  fill(byId("quarantine"), quarantineInWords(known.quarantine_size));
  areSearchesRead = true;
  showRights();
  // Which search is shown where none is asked for, the list of jobs says.
  await jobsRead;
  showSelected(selected ?? all[0]?.search);
}

/** Show which DAG an update of the selected search runs, and whether the user may run it. */
function showRights() {
  if (!areSearchesRead) return;
  const { dag_id: dagId, may_update: may } = selectedSearch();
  const update = byId("update-now");
  update.disabled = !may;
  update.title = may ? "" : "You may look at the jobs but not update them.";
  byId("no-update").hidden = may;
  if (may) update.removeAttribute("aria-describedby");
  else update.setAttribute("aria-describedby", "no-update");
  for (const name of document.querySelectorAll("[data-dag]")) name.textContent = dagId;
}

/** Show which search is selected; one that never ran to its end is named as it is. */
function showSelected(slug) {
  if (!slug) return;
  selected = slug;
  const selection = byId("search");
  if (areSearchesRead && ![...selection.options].some(({ value }) => value === slug)) {
    selection.append(element("option", { value: slug }, slug));
  }
  selection.value = slug;
  showLatestRun();
}

function showLatestRun() {
  showRights();
  showUpdated();
  const { latest } = selectedSearch();
  const failed = failedRun();
  const address = failed || latest ? runAddress(failed ?? latest) : "";
  const banner = byId("warnings");
  // What is there already is not said again by a screen reader.
  if (banner.dataset.run === address) return;
  banner.dataset.run = address;
  const link = element("a", { href: address }, failed ? "See what to do" : "See its receipt");
  const [first, ...rest] = failed
    ? failureInWords(failed, latest, link)
    : warningsInWords("The response to the latest run", latest?.warnings, link);
  // A line until it is opened: it comes after the jobs, which may not move.
  const summary = first && element("summary", {}, ...first.childNodes);
  fill(banner, summary && element("details", {}, summary, rest));
  banner.hidden = !summary;
}

/** Return the latest run of the selected search's DAG if it failed. */
function failedRun() {
  const { dag_id, latest_run: run } = selectedSearch();
  return run?.state === "failed" ? { dag_id, ...run } : null;
}

function failureInWords({ ended_at: ended, failure }, latest, more) {
  const failed = `The latest run failed ${words.ago(ended)}${failure ? ":" : "."}`;
  return [
    element("p", {}, element("strong", {}, failed), " ", ...prose(failure ?? "")),
    element("p", {}, latest && `What is shown was read ${words.ago(latest.read_at)}. `, more),
  ];
}

function showUpdated() {
  const { latest: summary } = selectedSearch();
  if (!summary) {
    fill(byId("updated"));
    return;
  }
  const state = `complete${withWarnings(summary.warnings)}`;
  const failed = failedRun();
  const run = failed
    ? element("a", { href: runAddress(failed) }, "the latest run failed")
    : airflowLink(summary.run_address, state, {
        title: words.time(summary.read_at),
        "aria-label": `${state}: the run in Airflow`,
      });
  fill(byId("updated"), `Updated ${words.ago(summary.read_at)}, `, run);
}

/** Show what the filter is, beside the form. */
function showFilter() {
  const usual = filters.sameJobs(filter, filters.filterWith({}));
  byId("reset").hidden = usual;
  fill(byId("more-filters"), usual ? "Filters" : `Filters: ${filters.inWords(filter)}`);
  byId("jobs-heading").textContent = usual ? "Open matches" : HEADINGS[filter.level];
  for (const format of ["csv", "xlsx"]) {
    const query = Object.entries({ ...filters.queryOf(filter), search, format });
    byId(format).href = `stored_jobs?${new URLSearchParams(query.filter(([, value]) => value))}`;
  }
  for (const tile of tiles()) {
    const tileFilter = filters.filterWith(TILES[tile.dataset.count]);
    tile.ariaPressed = String(filters.sameJobs(filter, tileFilter));
  }
}

function select(wanted, step) {
  filter = wanted;
  filters.keepInAddress(filter, search, step);
  loadJobs();
}

function resetFilter() {
  select(filters.filterWith({}));
  byId("jobs").focus();
}

function selectSearch(slug) {
  search = selected = slug;
  filters.keepInAddress(filter, search);
  showLatestRun();
  loadNumbers(loadJobs());
}

function goBack() {
  const before = JSON.stringify([filter, search]);
  const searchBefore = search;
  filter = filters.filterInAddress();
  search = filters.searchInAddress();
  if (JSON.stringify([filter, search]) === before) return;
  const listed = loadJobs();
  if (search !== searchBefore) loadNumbers(listed);
}

function showJob(number) {
  showCurrent(number);
  showDetail(number, search, searchesRead.then(() => nameOf));
}

/** Leave the focus in the list at the job that was shown last. */
function leaveJob() {
  showCurrent();
  const { number } = byId("job-body").dataset;
  const left = document.activeElement.closest(".rows");
  left?.querySelector(`[data-number="${CSS.escape(number)}"] h3 a`)?.focus();
}

/** Show in the list which job is open. */
function showCurrent(number = byId("job-dialog").open ? byId("job-body").dataset.number : null) {
  for (const row of document.querySelectorAll("article.job")) {
    row.ariaCurrent = row.dataset.number === number ? "true" : null;
  }
}

/** Show in a dialog what takes the searches, or that they can't be read. */
async function withSearches(body, show) {
  showLoading(body);
  await searchesRead;
  if (areSearchesRead) return show();
  const again = () => {
    searchesRead = loadSection("searches", loadSearches);
    withSearches(body, show);
  };
  const problem = "The searches can't be read now; the page behind this says why.";
  fill(
    body,
    element("p", { class: "problem", role: "alert" }, problem),
    element("p", {}, button("Try again", again)),
  );
}

function showForm() {
  // The form of the search selected before would start that one's DAG.
  withSearches(byId("update-form"), showFields);
}

function showFields() {
  const { dag_id: dagId, parameters } = selectedSearch();
  showUpdateForm(dagId, known.form, parameters, (run) => openInstead(runAddress(run)));
}

function showAll() {
  withSearches(byId("searches-body"), () => {
    const mayAdd = known.may_update;
    const choices = { selected, choose: seeJobs, pathName, mayAdd };
    showSearches(allSearches(known), known.problems, choices);
  });
}

function showNew() {
  const body = byId("new-search-body");
  // What was typed stays, also while one looks at a job that the trial found.
  if (body.querySelector("input")) return;
  const saved = () => (searchesRead = loadSection("searches", loadSearches));
  withModule(body, import("./new-search.js"), ({ showNewSearch }) =>
    withSearches(body, () =>
      showNewSearch(known.form, selectedSearch().parameters, known.may_update, saved),
    ),
  );
}

function showNextDigest(slug) {
  withModule(byId("digest-body"), import("./digest.js"), ({ showDigest }) => showDigest(slug));
}

function showAddresses() {
  withModule(byId("feeds-body"), import("./feeds.js"), async ({ showFeeds }) => {
    await searchesRead;
    await showFeeds({ selected, nameOf });
  });
}

/** Show what needs a module that is read only then, because few need it. */
async function withModule(body, module, show) {
  showLoading(body);
  try {
    await show(await module);
  } catch {
    fill(body, element("p", { class: "problem" }, "Airflow’s server can’t be reached."));
  }
}

function runEnded(run) {
  announce(
    run.counts
      ? `The update is complete${withWarnings(run.receipt.warnings)}: ${inShort(run.counts)}`
      : `The update ended: ${run.state}.`,
  );
  loadAll();
}

function seeJobs(slug) {
  filter = filters.filterWith({});
  search = selected = slug;
  filters.keepInAddress(filter, search);
  document.querySelector("dialog[open]").close();
  loadAll();
  byId("jobs").focus();
}

function nothingFound({ search: slug, has_run: hasRun }) {
  if (!hasRun) return firstSteps(slug);
  if (filters.sameJobs(filter, filters.filterWith({}))) {
    return element(
      "p",
      { class: "empty" },
      "No open match now. One thing is wrong with each of the near misses below.",
    );
  }
  return element(
    "div",
    { class: "empty" },
    element("p", {}, "No job fits this filter."),
    button("Reset the filter", resetFilter),
  );
}

function firstSteps(slug) {
  const what = slug ? "This search has not run yet." : "No search has run yet.";
  return element(
    "div",
    { class: "empty" },
    element("p", {}, element("strong", {}, what)),
    element(
      "p",
      {},
      "Press “Update now”, or trigger its DAG in Airflow. That takes the permission to do so.",
    ),
  );
}

/** Return what is known of a search, nothing of one that is neither saved nor ever ran. */
function searchCalled(slug) {
  return allSearches(known).find(({ search }) => search === slug);
}

/** Return what is known of the selected search; of another one, what an update would run. */
function selectedSearch() {
  return searchCalled(selected) ?? { dag_id: DEFAULT_DAG, may_update: known.may_update };
}

function nameOf(slug) {
  const found = searchCalled(slug);
  return found ? searchTitle(found) : slug;
}

function pathName(code) {
  return known.form.hiring_paths?.values_display?.[code] ?? code;
}
