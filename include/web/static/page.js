/** The page: what is selected, and which parts are read anew when that changes. */
import { read } from "./api.js";
import { showApplications } from "./applications.js";
import { showCharts } from "./charts.js";
import { showDetail } from "./detail.js";
import { showDigest } from "./digest.js";
import { announce, button, byId, element, fill, showLoading } from "./elements.js";
import { showFeeds } from "./feeds.js";
import * as filters from "./filters.js";
import { airflowLink, followTheme, openLinksOutside } from "./frame.js";
import { JobList } from "./jobs.js";
import { openInstead, openWhatIsAsked, overlay } from "./overlays.js";
import { inShort, quarantineInWords, warningsInWords, withWarnings } from "./receipt.js";
import { DEFAULT_DAG, followRun, runAddress } from "./run.js";
import { allSearches, searchTitle, showSearches } from "./searches.js";
import { loadSection } from "./sections.js";
import { showUpdateForm } from "./update.js";
import * as words from "./words.js";

const TILES = {
  matches: {},
  new: { news: "new" },
  changed: { news: "changed" },
  closing_soon: { closing_within: "7" },
  near_misses: { level: "near_miss" },
};

const HEADINGS = { match: "Matches", near_miss: "Near misses", any: "Matches and near misses" };

const MINUTE = 60_000;

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
  compact: true,
  nothing: () => element("p", { class: "empty" }, "No near misses."),
  isNew,
});

followTheme();
openLinksOutside();
listen();
loadAll();
overlay("job", byId("job-dialog"), showJob);
overlay("applications", byId("applications-dialog"), showApplications);
overlay("update", byId("update-dialog"), showForm);
overlay("run", byId("run-dialog"), (named) => followRun(named, { whenEnded: runEnded, seeJobs }));
overlay("searches", byId("searches-dialog"), showAll);
overlay("digest", byId("digest-dialog"), showDigest);
overlay("feeds", byId("feeds-dialog"), () => searchesRead.then(() => showFeeds({ selected, nameOf })));
openWhatIsAsked();
setInterval(showUpdated, MINUTE);

function listen() {
  byId("search").addEventListener("change", ({ target }) => selectSearch(target.value));
  byId("update-now").addEventListener("click", () => (location.hash = "update"));
  byId("reset").addEventListener("click", resetFilter);
  byId("more-filters").addEventListener("click", ({ currentTarget: button }) => {
    button.ariaExpanded = String(button.ariaExpanded !== "true");
  });
  for (const tile of tiles()) {
    tile.addEventListener("click", () => select(filters.filterWith(TILES[tile.dataset.count])));
  }
  filters.whenFormChanges((wanted) => {
    // Typing on makes one step of "back", not one a letter.
    select(wanted, { replace: filter.text !== "" && wanted.text !== filter.text });
  });
  window.addEventListener("popstate", goBack);
  document.addEventListener("marked", ({ detail }) => {
    if ("hidden" in detail.changes) loadCounts();
  });
}

/** Read every part, all at once. */
function loadAll() {
  searchesRead = loadSection("searches", loadSearches);
  const listed = loadJobs();
  loadNumbers(listed);
}

function loadNumbers(listed) {
  loadCounts();
  loadSection("charts", () => showCharts(search, listed));
}

function loadCounts() {
  const asked = search;
  loadSection("numbers", async () => {
    const { counts } = await read("analytics", { search: asked });
    if (asked === search) showCounts(counts);
  });
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
  });
  const withNearMisses = filter.level === "match";
  byId("near-misses").hidden = !withNearMisses;
  if (withNearMisses) {
    loadSection("near misses", () => nearMisses.show({ ...query, level: "near_miss" }));
  }
  return jobsRead;
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
  const run = latest ? runAddress(latest) : "";
  const banner = byId("warnings");
  // What is there already is not said again by a screen reader.
  if (banner.dataset.run === run) return;
  banner.dataset.run = run;
  const receipt = element("a", { href: run }, "See its receipt");
  const warnings = warningsInWords("The response to the latest run", latest?.warnings, receipt);
  fill(banner, warnings);
  banner.hidden = !warnings.length;
}

function showUpdated() {
  const { latest: summary } = selectedSearch();
  if (!summary) {
    fill(byId("updated"));
    return;
  }
  const state = `complete${withWarnings(summary.warnings)}`;
  const run = airflowLink(summary.run_address, state, {
    title: words.time(summary.read_at),
    "aria-label": `${state}: the run in Airflow`,
  });
  fill(byId("updated"), `Updated ${words.ago(summary.read_at)}, `, run);
}

function showCounts(counts) {
  for (const tile of tiles()) {
    tile.querySelector(".number").textContent = words.number(counts[tile.dataset.count]);
  }
}

/** Show what the filter is, beside the form. */
function showFilter() {
  const usual = filters.sameJobs(filter, filters.filterWith({}));
  byId("reset").hidden = usual;
  byId("jobs-heading").textContent = usual ? "Open matches" : HEADINGS[filter.level];
  const query = Object.entries({ ...filters.queryOf(filter), search, format: "csv" });
  byId("csv").href = `stored_jobs?${new URLSearchParams(query.filter(([, value]) => value))}`;
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
  select(filters.filterWith({ sort: filter.sort }));
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
  showDetail(number, search, searchesRead.then(() => nameOf));
}

async function showForm() {
  // The form of the search selected before would start that one's DAG.
  showLoading(byId("update-form"));
  await searchesRead;
  const { dag_id: dagId, parameters } = selectedSearch();
  showUpdateForm(dagId, known.form, parameters, (run) => openInstead(runAddress(run)));
}

async function showAll() {
  await searchesRead;
  showSearches(allSearches(known), known.problems, { selected, choose: seeJobs, pathName });
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
    element("p", {}, "Press “Update now”, or trigger its DAG in Airflow."),
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

function tiles() {
  return document.querySelectorAll("[data-count]");
}
