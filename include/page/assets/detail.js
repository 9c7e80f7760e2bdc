/** All that is known of one job, in a dialog. */
import { read } from "./api.js";
import { button, byId, element, fill, folded, prose, terms } from "./elements.js";
import { postingLink } from "./frame.js";
import { agency, fits, reasons, rememberTitle, score } from "./jobs.js";
import { markButtons, noteField } from "./marks.js";
import * as words from "./words.js";

let wanted;

/** Show a job as a search sees it; `names` has words for searches and hiring paths. */
export async function showDetail(number, search, names) {
  wanted = number;
  const body = fill(byId("job-body"), element("p", { class: "waiting" }, "Loading…"));
  fill(byId("job-heading"), `Job ${number}`);
  body.dataset.number = number;
  try {
    const job = await read(`stored_jobs/${encodeURIComponent(number)}`, { search });
    if (wanted !== number) return;
    rememberTitle(job);
    fill(byId("job-heading"), job.PositionTitle);
    fill(body, contents(job, names));
  } catch (problem) {
    if (wanted !== number) return;
    const again = () => showDetail(number, search, names);
    fill(
      body,
      element("p", { class: "problem", role: "alert" }, prose(problem.message)),
      problem.mayPass && button("Try again", again),
    );
  }
}

function contents(job, names) {
  return [
    element("p", { class: "agency" }, agency(job)),
    element(
      "p",
      { class: "actions" },
      postingLink(job.PositionURI, "Open the posting on USAJOBS", { class: "button primary" }),
      markButtons(job),
    ),
    about(job, names),
    job.summary && part("Summary", element("p", { class: "summary" }, job.summary)),
    part(words.count(job.PositionLocation.length, "place"), places(job.PositionLocation)),
    part(
      "What searches make of it",
      job.matches.map((match) => verdict(match, names)),
    ),
    part("History", history(job)),
    part("Note", noteField(job)),
  ];
}

function part(heading, ...children) {
  return element("section", {}, element("h3", {}, heading), ...children);
}

function about(job, names) {
  return terms(
    [
      ["Pay", words.yearlyPay(job.annual_pay)],
      ["Pay as posted", words.payAsPosted(job.PositionRemuneration).join(", ")],
      ["Grade", words.gradeName(job.grade)],
      ["Place", words.whereabouts(job)],
      ["Closes", job.closes_at && `${words.time(job.closes_at)}, ${words.timeLeft(job.closes_at)}`],
      ["Published", job.published_at && words.day(job.published_at)],
      ["Open to", job.hiring_paths?.map(names.ofPath).join(", ") ?? "not said"],
      ["Remote", words.valueInWords("remote", job.remote)],
      ["Telework", words.valueInWords("telework", job.telework)],
      ["Series", job.series.join(", ")],
      ["Announcement", job.announcement_number],
      ["Control number", job.control_number],
    ],
    { class: "terms" },
  );
}

function places(locations) {
  return folded(
    locations.map(({ LocationName: name }) => [name]),
    { class: "places" },
  );
}

function verdict(match, names) {
  return element(
    "div",
    { class: "verdict" },
    element(
      "p",
      {},
      score(match.score),
      element("strong", {}, names.ofSearch(match.search)),
      ` ${words.levelName(match.level)}, ${words.statusName(match.status)}; seen `,
      `${words.day(match.first_seen_at)} to ${words.day(match.last_seen_at)}`,
    ),
    reasons(match),
    fits(match),
  );
}

function history(job) {
  return [
    terms(
      [
        ["First seen", words.time(job.first_seen_at)],
        ["Last seen", words.time(job.last_seen_at)],
      ],
      { class: "terms" },
    ),
    job.changes.length
      ? element("ol", { class: "timeline" }, job.changes.map(amendment))
      : element("p", { class: "quiet" }, "Nothing was amended since it was first read."),
    element(
      "details",
      {},
      element("summary", {}, `${words.count(job.versions.length, "version")} stored`),
      element("ol", { class: "timeline" }, job.versions.map(version)),
    ),
  ];
}

function amendment({ observed_at: moment, fields }) {
  return element(
    "li",
    {},
    element("p", {}, `Amended, noticed ${words.time(moment)}`),
    terms(
      Object.entries(fields).map(([name, { before, after }]) => [
        words.fieldName(name),
        element("del", {}, words.valueInWords(name, before)),
        " → ",
        element("ins", {}, words.valueInWords(name, after)),
      ]),
      { class: "terms" },
    ),
  );
}

const SOURCES = { search: "Search API", historicjoa: "Historic JOA API" };

function version({ source, first_observed_at: first, last_observed_at: last, content }) {
  const fields = Object.entries(content).map(([name, value]) => [
    words.fieldName(name),
    words.valueInWords(name, value),
  ]);
  return element(
    "li",
    {},
    element(
      "p",
      {},
      `Observed ${words.time(first)} to ${words.time(last)}, ${SOURCES[source] ?? source}`,
    ),
    element("details", {}, element("summary", {}, "All fields"), terms(fields, { class: "terms" })),
  );
}
