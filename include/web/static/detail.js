/** All that is known of one job, in a dialog. */
import { read } from "./api.js";
import { button, byId, element, fill, folded, prose, showLoading, terms } from "./elements.js";
import { postingLink } from "./frame.js";
import {
  aboutRegister,
  agency,
  fits,
  jobLink,
  reasons,
  rememberTitle,
  score,
  unusual,
} from "./jobs.js";
import { application, hiding, markQuestion, noteField } from "./marks.js";
import * as words from "./words.js";

const LONG_FACT = 160;

let wanted;

/** Show a job as a search sees it; `named` promises a function that returns a search's name. */
export async function showDetail(number, search, named) {
  wanted = number;
  const body = showLoading(byId("job-body"));
  fill(byId("job-heading"), `Job ${number}`);
  body.dataset.number = number;
  try {
    const address = `stored_jobs/${encodeURIComponent(number)}`;
    const [job, searchName] = await Promise.all([read(address, { search }), named]);
    if (wanted !== number) return;
    rememberTitle(job);
    fill(byId("job-heading"), job.PositionTitle);
    fill(body, contents(job, searchName));
  } catch (problem) {
    if (wanted !== number) return;
    const again = () => showDetail(number, search, named);
    fill(
      body,
      element("p", { class: "problem", role: "alert" }, prose(problem.message)),
      problem.mayPass && button("Try again", again),
    );
  }
}

function contents(job, searchName) {
  const others = job.matches.filter(({ search }) => search !== job.match.search);
  return [
    element("p", { class: "agency" }, agency(job)),
    element(
      "p",
      { class: "actions" },
      postingLink(job.PositionURI, "Open the posting on USAJOBS", { class: "button primary" }),
      hiding(job),
    ),
    unusual(job),
    part("Your application", application(job)),
    aboutRegister(job.match),
    job.announced_again && part("Announced before", announcedBefore(job)),
    part(
      job.match.level === "match" ? "Why it fits" : "Why it just misses",
      result(job.match),
    ),
    part("Facts", about(job)),
    longFacts(job).map(([name, value]) => part(name, element("p", {}, value))),
    part("Note", noteField(job)),
    job.summary && part("Summary", element("p", { class: "summary" }, job.summary)),
    part(words.count(job.PositionLocation.length, "place"), places(job.PositionLocation)),
    others.length > 0 &&
      part(
        "What other searches make of it",
        others.map((match) => result(match, searchName(match.search))),
      ),
    part("History", history(job)),
  ].flat();
}

function part(heading, ...children) {
  return element("section", {}, element("h3", {}, heading), ...children);
}

function about(job) {
  const { pay, pay_as_posted, grade, place, deadline } = job.in_words;
  const { published, open_to, remote, telework, outcome, selection_time } = job.in_words;
  return terms(
    [
      ["Pay", pay],
      ["Pay as posted", pay_as_posted],
      ["Grade", grade],
      ["Place", place],
      [
        "Deadline",
        deadline,
        job.closes_at && element("p", { class: "hint" }, `until ${words.clock(job.closes_at)}`),
      ],
      ["What became of it", outcome],
      ["Until a selection", selection_time],
      ["Published", published],
      ["Open to", open_to],
      ["Remote", remote],
      ["Telework", telework],
      ...facts(job).filter(([, value]) => value.length <= LONG_FACT),
      ["Series", job.series.join(", ")],
      ["Announcement", job.announcement_number],
      ["Control number", job.control_number],
    ],
    { class: "terms" },
  );
}

function facts({ in_words: { facts: stated } }) {
  return stated.map(({ name, value }) => [words.sentence(name), value]);
}

/** Return the facts that are paragraphs, such as the specialized experience. */
function longFacts(job) {
  return facts(job).filter(([, value]) => value.length > LONG_FACT);
}

function announcedBefore(job) {
  const { in_words: summary, earlier } = job.announced_again;
  return [
    element("p", {}, summary),
    markQuestion(job),
    folded(earlier.map(earlierAnnouncement), { class: "earlier" }),
  ];
}

function earlierAnnouncement(announced) {
  const { control_number: number, announcement_number: announcement, mark } = announced;
  rememberTitle(announced);
  const said = [
    announcement,
    `announced ${words.day(announced.opened_at)}`,
    announced.in_words,
    mark.applied && "you applied",
    mark.hidden && "you hid it",
  ];
  return [jobLink(number), ` ${said.filter(Boolean).join(", ")}`];
}

function places(locations) {
  return folded(
    locations.map(({ LocationName: name }) => [name]),
    { class: "places" },
  );
}

/** Make the result of a match; that of the selected search goes without its name. */
function result(match, name = "") {
  const standing = `${words.levelName(match.level)}, ${words.statusName(match.status)}`;
  return element(
    "div",
    { class: "match-result" },
    element(
      "p",
      {},
      score(match),
      " ",
      name && [element("strong", {}, name), " "],
      name ? standing : element("strong", {}, words.sentence(standing)),
      `; seen ${match.seen}`,
    ),
    reasons(match),
    fits(match),
    match.score_in_words &&
      element("p", { class: "quiet" }, `Score ${match.score}: ${match.score_in_words}`),
  );
}

function history(job) {
  return [
    terms(
      [
        ["First seen", job.in_words.first_seen],
        ["Last seen", job.in_words.last_seen],
      ],
      { class: "terms" },
    ),
    job.changes.length
      ? element("ol", { class: "timeline" }, job.changes.map(amendment))
      : element("p", { class: "quiet" }, "No amendment was noticed."),
    element(
      "details",
      {},
      element("summary", {}, `${words.count(job.versions.length, "version")} stored`),
      element("ol", { class: "timeline" }, job.versions.map(version)),
    ),
  ];
}

function amendment({ observed_at: moment, in_words: fields }) {
  return element(
    "li",
    {},
    element("p", {}, `Amended, noticed ${words.time(moment)}`),
    terms(
      fields.map(({ name, before, after, looks_alike: alike }) =>
        alike
          ? [name, "changed: ", after]
          : [name, element("del", {}, before), " → ", element("ins", {}, after)],
      ),
      { class: "terms" },
    ),
  );
}

const SOURCES = { search: "Search API", historicjoa: "Historic JOA API" };

function version({ source, first_observed_at: first, last_observed_at: last, in_words }) {
  const fields = in_words.map(({ name, value }) => [name, value]);
  return element(
    "li",
    {},
    element("p", {}, `Observed ${words.span(first, last)}, ${SOURCES[source] ?? source}`),
    element("details", {}, element("summary", {}, "All fields"), terms(fields, { class: "terms" })),
  );
}
