/** Lists of jobs as rows, some at a time. */
import { read } from "./api.js";
import { announce, button, element, fill } from "./elements.js";
import { postingLink } from "./frame.js";
import { change, markButtons, markQuestion } from "./marks.js";
import * as words from "./words.js";

const PER_PAGE = 25;

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
  constructor(section, { nothing, isNew }) {
    this.rows = section.querySelector(".rows");
    this.more = section.querySelector(".more");
    this.total = section.querySelector(".total");
    this.isNew = isNew;
    this.nothing = nothing;
    this.more.addEventListener("click", () => this.#showMore());
    document.addEventListener("marked", ({ detail }) => this.#showMark(detail));
  }

  /** Show the first jobs of a query; returns the answer, null where a later query came between. */
  async show(query) {
    this.query = query;
    this.page = 1;
    this.rows.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await this.#read();
    } catch (problem) {
      if (!this.rows.querySelector("article")) {
        fill(this.rows, element("p", { class: "empty" }, "The jobs can't be shown now."));
      }
      throw problem;
    }
    if (!answer) return null;
    const rows = this.#rows(answer);
    fill(this.rows, rows.length ? rows : this.nothing(answer));
    return answer;
  }

  async #showMore() {
    this.more.disabled = true;
    this.page += 1;
    try {
      const answer = await this.#read();
      if (!answer) return;
      const rows = this.#rows(answer);
      this.rows.append(...rows);
      rows[0]?.querySelector("h3 a")?.focus();
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
      this.#showTotal(answer.total);
      this.more.hidden = this.page * PER_PAGE >= answer.total;
      return answer;
    } catch (problem) {
      if (asked !== this.#latest) return null;
      throw problem;
    } finally {
      if (asked === this.#latest) this.rows.setAttribute("aria-busy", "false");
    }
  }

  #showTotal(total) {
    this.found = total;
    this.total.textContent = words.count(total, "job");
  }

  #rows({ jobs, damaged }) {
    const rows = jobs.map((job) => row(job, this.isNew));
    if (damaged.length) {
      rows.push(element("p", { class: "empty" }, words.damagedInWords(damaged)));
    }
    return rows;
  }

  #showMark({ job }) {
    const shown = this.rows.querySelector(`[data-number="${CSS.escape(job.control_number)}"]`);
    if (!shown) return;
    // Two changes at once may both bring the same mark: each is compared with what is shown.
    if (String(job.mark.hidden) === shown.dataset.hidden) {
      shown.querySelector(".noted")?.replaceWith(noted(job.mark));
      return;
    }
    // A row makes room for a line that can bring it back, and the other way round.
    const next = shown.matches("article") ? takenAway(job) : row(job, this.isNew);
    const hadFocus = shown.contains(document.activeElement);
    shown.replaceWith(next);
    // Among the marked ones, also those that are hidden count.
    if (["", "hidden"].includes(this.query.mark)) {
      this.#showTotal(this.found + (next.matches("article") ? 1 : -1));
    }
    if (hadFocus) next.querySelector("button:not([data-mark]), [data-mark='hidden']").focus();
  }
}

function takenAway(job) {
  const { hidden } = job.mark;
  const what = `“${job.PositionTitle}” is ${hidden ? "hidden" : "no longer hidden"}. `;
  announce(what);
  return element(
    "p",
    { class: "taken-away", "data-number": job.control_number, "data-hidden": String(hidden) },
    what,
    button("Undo", () => change(job, { hidden: !hidden })),
  );
}

function row(job, isNew) {
  rememberTitle(job);
  const heading = `title-${job.control_number}`;
  const { pay, grade, outcome } = job.in_words;
  return element(
    "article",
    {
      class: "job",
      "data-number": job.control_number,
      "data-hidden": String(job.mark.hidden),
      "aria-labelledby": heading,
    },
    score(job.match),
    element(
      "div",
      { class: "head" },
      element("h3", { id: heading }, jobLink(job.control_number)),
      grade && element("p", { class: "grade" }, grade),
      list("unusual", "News", news(job, isNew(job))),
    ),
    element("p", { class: "about" }, about(job)),
    element(
      "div",
      { class: "offer" },
      isPayNamed(job) && element("p", { class: "pay" }, pay),
      element(
        "p",
        { class: job.deadline.is_pressing ? "deadline soon" : "deadline" },
        job.in_words.deadline,
      ),
    ),
    reasons(job.match),
    unusual(job, job.in_words.deadline),
    outcome && element("p", { class: "outcome" }, outcome),
    job.announced_again?.question && element("div", { class: "again" }, markQuestion(job)),
    noted(job.mark),
    element(
      "div",
      { class: "marks" },
      postingLink(job.PositionURI, "Posting on USAJOBS", { class: "button posting" }),
      markButtons(job),
    ),
  );
}

function isPayNamed(job) {
  return job.unusual.every(({ code }) => code !== "no_pay_named");
}

/** Return who offers a job, and where, in a line. */
function about({ organization, department, in_words: { place } }) {
  return [organization ?? department, place].filter(Boolean).join(" · ");
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

/** Make the list of what is unusual about a job, without what is said beside it. */
export function unusual(job, said = "") {
  const unsaid = job.unusual.filter(({ words: each }) => !said.includes(each));
  return list(
    "unusual",
    "Unusual",
    unsaid.map(({ code, words: each }) => [each, code]),
  );
}

/** Return what is new about a job; one that is announced again says so itself. */
function news(job, isNew) {
  const open = job.match.status === "open";
  const names = job.changes.flatMap(({ in_words: fields }) => fields.map(({ name }) => name));
  const changed = new Set(names);
  return [
    isNew && !job.announced_again && ["new", "new"],
    changed.size > 0 && [`changed: ${[...changed].join(", ")}`, "changed"],
    !open && [words.statusName(job.match.status), "ended"],
  ];
}

/** Make a list of texts, each with the class of its row; what is missing is left out. */
function list(name, label, rows) {
  const items = rows.filter(Boolean).map(([text, kind]) => element("li", { class: kind }, text));
  return items.length > 0 && element("ul", { class: name, "aria-label": label }, items);
}

function noted({ note }) {
  return element("p", { class: "noted", hidden: !note }, note);
}
