/**
 * What a browser puts into words itself: counts, and moments as seen from now. What a posting says
 * comes in words from the API. Days are those of Eastern Time, as USAJOBS means them.
 */

const EASTERN = "America/New_York";

const dollars = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 0,
});
const whole = new Intl.NumberFormat("en-US");
const minute = new Intl.DateTimeFormat("en-US", {
  timeZone: EASTERN,
  dateStyle: "medium",
  timeStyle: "short",
});
const clockTime = new Intl.DateTimeFormat("en-US", { timeZone: EASTERN, timeStyle: "short" });
const wholeDay = new Intl.DateTimeFormat("en-US", { timeZone: EASTERN, dateStyle: "medium" });

/** Return a number with its noun: "1 posting", "2 postings". */
export function count(number, noun, plural = `${noun}s`) {
  return `${whole.format(number)} ${number === 1 ? noun : plural}`;
}

/** Return which jobs can't be shown, and why. */
export function damagedInWords(numbers) {
  const [documents, them] = numbers.length === 1 ? ["document is", "it"] : ["documents are", "them"];
  return (
    `${count(numbers.length, "job")} can't be shown, because the ${documents} damaged: ` +
    `${numbers.join(", ")}. The next run that lists ${them} repairs ${them}.`
  );
}

/** Return a text that begins with a capital. */
export function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}

export const number = (value) => whole.format(value);
export const money = (value) => dollars.format(value);

/** Return what says a code in words: those given, or its own. */
const worded = (words) => (code) => words[code] ?? String(code).replaceAll("_", " ");

export const statusName = worded({ gone: "no longer listed" });
export const levelName = worded({});

/** Return a search's parameters as a phrase. */
export function searchName({ keyword, location, radius_miles: radius }) {
  if (location === "remote") return `${keyword} in remote jobs`;
  return `${keyword} near ${location}, within ${count(radius, "mile")}`;
}

/** Return a search's other parameters as a phrase; `pathName` has words for hiring paths. */
export function searchTerms({ parameters, wishes }, pathName) {
  const { years_of_experience: years, minimum_pay: pay, hiring_paths: paths } = parameters;
  return [
    `${count(years, "year")} of experience`,
    pay ? `at least ${dollars.format(pay)} a year` : "any pay",
    `open to: ${paths.map(pathName).join(", ")}`,
    ...wishes,
  ].join(", ");
}

/** Return when a search runs: "daily, UTC". */
export function schedule({ schedule_in_words: words, timezone }) {
  return `${words}, ${timezone}`;
}

/** Return a day and time, with the zone. */
export function time(moment) {
  return `${minute.format(new Date(moment))} ET`;
}

/** Return a time of day, with the zone: "11:59 PM Eastern Time". */
export function clock(moment) {
  return `${clockTime.format(new Date(moment))} Eastern Time`;
}

/** Return a day: "Dec 1, 2026". */
export function day(moment) {
  return wholeDay.format(new Date(moment));
}

/** Return two moments as a span of time; one where they are the same. */
export function span(first, last) {
  return [...new Set([first, last].map(time))].join(" to ");
}

/** Return how long ago: "2 h ago". */
export function ago(moment) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(moment)) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 60 / 24)} days ago`;
}

/** Return a duration: "1 min 5 s". */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Return an amended field in a line; one that looks the same, or is longer, is only named. */
export function changeInWords({ name, before, after, looks_alike: alike }, longest = Infinity) {
  const isLong = (before + after).length > longest;
  return alike || isLong ? `${name} changed` : `${name} ${before} → ${after}`;
}
