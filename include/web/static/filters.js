/** Which jobs are shown: the form, the page's address and the API's query say the same. */
import { byId } from "./elements.js";
import { besideInAddress } from "./overlays.js";
import * as words from "./words.js";

const DEFAULTS = {
  level: "match",
  text: "",
  status: "open",
  news: "",
  minimum_pay: "",
  remote: "",
  closing_within: "",
  mark: "",
  numbers: "",
  sort: "score",
};

const TYPED = ["text", "minimum_pay"];
const PAUSE = 350;

/** Return since when a job counts as new, or as changed: a day ago, as `GET analytics` counts. */
export function since() {
  return new Date(Date.now() - 86_400_000).toISOString();
}

/** Return the filter that the page's address has; what it can't be is left out. */
export function filterInAddress() {
  const asked = new URLSearchParams(location.search);
  const filter = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) {
    const value = asked.get(name);
    if (value !== null && canBe(name, value)) filter[name] = value;
  }
  return filter;
}

/** Return the search that the page's address names, null where it leaves that to the API. */
export function searchInAddress() {
  const named = new URLSearchParams(location.search).get("search");
  return /^[a-z0-9-]+$/.test(named) ? named : null;
}

/** Put a filter and a search into the address; `replace` makes no step for the browser's "back". */
export function keepInAddress(filter, search, { replace = false } = {}) {
  const narrowing = Object.keys(DEFAULTS)
    .filter((name) => filter[name] !== DEFAULTS[name])
    .map((name) => [name, filter[name]]);
  const query = new URLSearchParams([...(search ? [["search", search]] : []), ...narrowing]);
  const address = location.pathname + (query.size ? `?${query}` : "") + besideInAddress();
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** Return a filter that differs from the usual one in these values. */
export function filterWith(values) {
  return { ...DEFAULTS, ...values };
}

/** Tell whether two filters let the same jobs through, in whatever order. */
export function sameJobs(one, other) {
  return Object.keys(DEFAULTS).every((name) => name === "sort" || one[name] === other[name]);
}

/** Return what a filter asks for, in words; the usual one asks for nothing. */
export function inWords(filter) {
  return Object.entries(filter)
    .filter(([name, value]) => name !== "sort" && value !== DEFAULTS[name])
    // The heading says it too, where all has no room.
    .sort(([one], [other]) => (one === "level") - (other === "level"))
    // Where jobs are named one by one, their level and status go without saying.
    .filter(([name]) => !filter.numbers || !["level", "status"].includes(name))
    .map(([name, value]) => {
      const field = byId("filters").elements[name];
      if (name === "text") return `“${value}”`;
      if (name === "minimum_pay") return `at least ${words.money(value)}`;
      if (name === "numbers") return `${words.count(value.split(",").length, "job")} of a digest`;
      if (name === "closing_within") return `closing within ${value} days`;
      return [...field.options].find((option) => option.value === value).text.toLowerCase();
    })
    .join(", ");
}

/** Return a filter as the query of the API. */
export function queryOf({ level, news, ...rest }) {
  return {
    ...rest,
    level: level === "any" ? "" : level,
    new_since: news === "new" ? since() : "",
    changed_since: news === "changed" ? since() : "",
  };
}

/** Show a filter in the form. */
export function showInForm(filter) {
  for (const [name, value] of Object.entries(filter)) {
    const field = byId("filters").elements[name];
    // What somebody is typing stays as it is.
    if (field !== document.activeElement || !TYPED.includes(name)) field.value = value;
  }
}

/** Call `changed` with the form's filter whenever it changes; typing is waited for. */
export function whenFormChanges(changed) {
  const form = byId("filters");
  let pause;
  const report = () => {
    clearTimeout(pause);
    if (form.checkValidity()) changed(Object.fromEntries(new FormData(form)));
  };
  form.addEventListener("input", ({ target }) => {
    clearTimeout(pause);
    if (TYPED.includes(target.name)) pause = setTimeout(report, PAUSE);
    else report();
  });
}

function canBe(name, value) {
  const field = byId("filters").elements[name];
  if (field.tagName === "SELECT")
    return [...field.options].some((option) => option.value === value);
  if (field.pattern) return new RegExp(`^(${field.pattern})$`).test(value);
  return field.type === "number" ? /^[0-9]{1,7}$/.test(value) : value.length <= field.maxLength;
}
