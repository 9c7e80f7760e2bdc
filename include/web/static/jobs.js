/** Lists of jobs as cards, some at a time. */
import { read } from "./api.js";
import { announce, button, element, fill } from "./elements.js";
import { postingLink } from "./frame.js";
import { change, markButtons, markQuestion } from "./marks.js";
import * as words from "./words.js";

const PER_PAGE = 25;
const LONGEST_CHANGE = 120;

const titles = new Map();

/** Make a link to a job's details, with its title as soon as any list has shown it. */
export function jobLink(number) {
  const link = { href: `#job=${number}`, "data-title-of": number };
  return element("a", link, titles.get(number) ?? number);
}

/** Remember a job's title, and name it in the links that have its number only. */
export function rememberTitle({ control_number: number, PositionTitle: title }) {
  titles.set(number, title);
  for (const link of document.querySelectorAll(`[data-title-of="${CSS.escape(number)}"]`)) {
    link.textContent = title;
  }
}

/** A list of the jobs that a query finds. */
export class JobList {
  #latest = 0;

  /** `nothing` makes what is shown where no job is found; `isNew` tells which get the badge. */
  constructor(section, { compact = false, nothing, isNew }) {
    this.cards = section.querySelector(".cards");
    this.more = section.querySelector(".more");
    this.total = section.querySelector(".total");
    this.look = { compact, isNew };
    this.nothing = nothing;
    this.more.addEventListener("click", () => this.#showMore());
    document.addEventListener("marked", ({ detail }) => this.#showMark(detail));
  }

  /** Show the first jobs of a query; returns the answer, null where a later query came between. */
  async show(query) {
    this.query = query;
    this.page = 1;
    this.cards.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await this.#read();
    } catch (problem) {
      if (!this.cards.querySelector("article")) {
        fill(this.cards, element("p", { class: "empty" }, "The jobs can't be shown now."));
      }
      throw problem;
    }
    if (!answer) return null;
    const cards = this.#cards(answer);
    fill(this.cards, cards.length ? cards : this.nothing(answer));
    return answer;
  }

  async #showMore() {
    this.more.disabled = true;
    this.page += 1;
    try {
      const answer = await this.#read();
      if (!answer) return;
      const cards = this.#cards(answer);
      this.cards.append(...cards);
      cards[0]?.querySelector("h3 a")?.focus();
    } catch (problem) {
      this.page -= 1;
      announce(problem.message);
      this.total.textContent = problem.message;
    } finally {
      this.more.disabled = false;
    }
  }

  async #read() {
    const asked = ++this.#latest;
    try {
      const answer = await read("stored_jobs", {
        ...this.query,
        page: this.page,
        per_page: PER_PAGE,
      });
      if (asked !== this.#latest) return null;
      this.total.textContent = words.count(answer.total, "job");
      this.more.hidden = this.page * PER_PAGE >= answer.total;
      return answer;
    } catch (problem) {
      if (asked !== this.#latest) return null;
      throw problem;
    } finally {
      if (asked === this.#latest) this.cards.setAttribute("aria-busy", "false");
    }
  }

  #cards({ jobs, damaged }) {
    const cards = jobs.map((job) => card(job, this.look));
    if (damaged.length) {
      cards.push(element("p", { class: "empty" }, words.damagedInWords(damaged)));
    }
    return cards;
  }

  #showMark({ job, before }) {
    const shown = this.cards.querySelector(`[data-number="${CSS.escape(job.control_number)}"]`);
    if (!shown) return;
    if (job.mark.hidden === before.hidden) {
      shown.querySelector(".noted")?.replaceWith(noted(job.mark));
      return;
    }
    // A card makes room for a line that can bring it back, and the other way round.
    const next = shown.matches("article") ? takenAway(job) : card(job, this.look);
    const hadFocus = shown.contains(document.activeElement);
    shown.replaceWith(next);
    if (hadFocus) next.querySelector("button:not([data-mark]), [data-mark='hidden']").focus();
  }
}

function takenAway(job) {
  const { hidden } = job.mark;
  const what = `“${job.PositionTitle}” is ${hidden ? "hidden" : "no longer hidden"}. `;
  announce(what);
  return element(
    "p",
    { class: "taken-away", "data-number": job.control_number },
    what,
    button("Undo", () => change(job, { hidden: !hidden })),
  );
}

function card(job, { compact, isNew }) {
  rememberTitle(job);
  const heading = `title-${job.control_number}`;
  return element(
    "article",
    {
      class: compact ? "card compact" : "card",
      "data-number": job.control_number,
      "aria-labelledby": heading,
    },
    element(
      "header",
      {},
      element("h3", { id: heading }, postingLink(job.PositionURI, job.PositionTitle)),
      score(job.match),
      element("p", { class: "agency" }, agency(job)),
    ),
    badges(job, isNew(job)),
    facts(job),
    element(
      "div",
      { class: "why" },
      aboutRegister(job.match),
      reasons(job.match),
      !compact && fits(job.match),
      again(job),
    ),
    amendments(job.changes),
    noted(job.mark),
    element(
      "footer",
      {},
      markButtons(job),
      element(
        "a",
        { class: "button quiet", href: `#job=${job.control_number}` },
        "Details and note",
      ),
    ),
  );
}

/** Make the score, 0 to 100; a register has none that could be compared with that of a job. */
export function score({ score: points, score_in_words: parts, register }) {
  return (
    !register &&
    element(
      "span",
      { class: "score", title: parts ? `Score, of 100: ${parts}` : "Score, of 100" },
      element("span", { class: "visually-hidden" }, "Score "),
      String(points),
    )
  );
}

/** Make the sentence that says what a register is; nothing for a job. */
export function aboutRegister({ register_in_words: sentence }) {
  return sentence && element("p", { class: "register" }, sentence);
}

/** Return who offers a job. */
export function agency(job) {
  return [...new Set([job.organization, job.department])].filter(Boolean).join(" · ");
}

/** Make the list of what speaks for a job. */
export function fits(match) {
  return list(
    "fits",
    "Why it fits",
    match.fits.map((message) => [message]),
  );
}

/** Make the list of what speaks against a job. */
export function reasons(match) {
  return list(
    "reasons",
    "What speaks against it",
    match.reasons.map(({ message }) => [message]),
  );
}

function badges(job, isNew) {
  const open = job.match.status === "open";
  return list("badges", "News", [
    job.match.register && ["Register", "register"],
    isNew && (job.announced_again ? ["Announced again", "new"] : ["New", "new"]),
    job.changes.length > 0 && ["Changed", "changed"],
    open && job.deadline.is_pressing && ["Closes soon", "soon"],
    !open && [words.statusName(job.match.status), "ended"],
  ]);
}

function again(job) {
  if (!job.announced_again) return false;
  return element(
    "div",
    { class: "again" },
    element("p", {}, job.announced_again.in_words),
    markQuestion(job),
  );
}

function facts(job) {
  const { pay, place, grade, deadline, outcome, selection_time } = job.in_words;
  return list("facts", "In short", [
    [pay, "pay"],
    [place],
    grade && [grade],
    [deadline, job.deadline.is_pressing ? "deadline soon" : "deadline"],
    outcome && [outcome],
    selection_time && [selection_time],
  ]);
}

function amendments(changes) {
  const field = (change) => words.changeInWords(change, LONGEST_CHANGE);
  const inWords = ({ observed_at: moment, in_words: fields }) =>
    `${fields.map(field).join("; ")} (${words.ago(moment)})`;
  return list(
    "amendments",
    "Changed",
    changes.map((change) => [inWords(change)]),
  );
}

/** Make a list of texts, each with the class of its row; what is missing is left out. */
function list(name, label, rows) {
  const items = rows.filter(Boolean).map(([text, kind]) => element("li", { class: kind }, text));
  return items.length > 0 && element("ul", { class: name, "aria-label": label }, items);
}

function noted({ note }) {
  return element("p", { class: "noted", hidden: !note }, note);
}
