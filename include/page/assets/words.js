/** Numbers, dates and changes in words. Days are those of Eastern Time, as USAJOBS means them. */

const EASTERN = "America/New_York";
const DAY = 86_400_000;

const dollars = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 0,
});
const exactDollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const whole = new Intl.NumberFormat("en-US");
const dayOfYear = new Intl.DateTimeFormat("en-US", {
  timeZone: EASTERN,
  month: "short",
  day: "numeric",
});
const dayWithYear = new Intl.DateTimeFormat("en-US", { timeZone: EASTERN, dateStyle: "medium" });
const minute = new Intl.DateTimeFormat("en-US", {
  timeZone: EASTERN,
  dateStyle: "medium",
  timeStyle: "short",
});
const isoDay = new Intl.DateTimeFormat("en-CA", { timeZone: EASTERN });

const FIELDS = {
  PositionTitle: "title",
  PositionURI: "address",
  PositionLocation: "places",
  PositionRemuneration: "pay as posted",
  annual_pay: "pay",
  hiring_paths: "open to",
  organization: "agency",
  announcement_number: "announcement",
  published_at: "published",
  closes_at: "closes",
};

/** Return a number with its noun: "1 posting", "2 postings". */
export function count(number, noun, plural = `${noun}s`) {
  return `${whole.format(number)} ${number === 1 ? noun : plural}`;
}

export const number = (value) => whole.format(value);

/** Return what says a code in words: those given, or its own. */
const worded = (words) => (code) => words[code] ?? String(code).replaceAll("_", " ");

export const fieldName = worded(FIELDS);
export const statusName = worded({ gone: "taken down early" });
export const levelName = worded({});

/** Return a search's parameters as a phrase. */
export function searchName({ keyword, location, radius_miles: radius }) {
  return `${keyword} near ${location}, within ${count(radius, "mile")}`;
}

/** Return a search's other parameters as a phrase; `pathName` has words for hiring paths. */
export function searchTerms(parameters, pathName) {
  const { years_of_experience: years, minimum_pay: pay, hiring_paths: paths } = parameters;
  return [
    `${count(years, "year")} of experience`,
    pay ? `at least ${dollars.format(pay)} a year` : "any pay",
    `open to: ${paths.map(pathName).join(", ")}`,
  ].join(", ");
}

/** Return when a search runs: "daily, UTC"; other times as cron has them. */
export function schedule({ schedule: cron, timezone }) {
  return `${cron.replace(/^@/, "")}, ${timezone}`;
}

/** Return a day of Eastern Time, with the year where it is not this one. */
export function day(moment) {
  const format =
    isoDay.format(new Date(moment)).slice(0, 4) === isoDay.format().slice(0, 4)
      ? dayOfYear
      : dayWithYear;
  return format.format(new Date(moment));
}

/** Return a day and time, with the zone. */
export function time(moment) {
  return `${minute.format(new Date(moment))} ET`;
}

/** Return how many days of Eastern Time lie between now and then; 0 is today. */
export function daysUntil(moment) {
  return Math.round(
    (Date.parse(isoDay.format(new Date(moment))) - Date.parse(isoDay.format())) / DAY,
  );
}

/** Return how far off a deadline is: "in 8 days"; "over" once it has passed. */
export function timeLeft(moment) {
  if (Date.parse(moment) <= Date.now()) return "over";
  const days = daysUntil(moment);
  return ["today", "tomorrow"][days] ?? `in ${count(days, "day")}`;
}

/** Return a deadline: "closes Dec 1, in 8 days". */
export function deadline(moment) {
  if (!moment) return "no closing date";
  const left = timeLeft(moment);
  return left === "over" ? `closed ${day(moment)}` : `closes ${day(moment)}, ${left}`;
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

/** Return the pay of a year, null where it can't be told. */
export function yearlyPay(pay) {
  return pay && `${range(pay.minimum, pay.maximum, dollars)} a year`;
}

/** Return each pay range as the posting has it. */
export function payAsPosted(remuneration) {
  return remuneration.map(
    ({ MinimumRange: low, MaximumRange: high, Description, RateIntervalCode }) =>
      `${range(low, high, exactDollars)} ${(Description || RateIntervalCode).toLowerCase()}`.trim(),
  );
}

/** Return a grade as federal jobs write it: "GS-11/13". */
export function gradeName(grade) {
  if (!grade) return null;
  const ends = [
    ...new Set([grade.low, grade.high].filter((end) => end !== null && end !== undefined)),
  ];
  return [grade.plan, ends.join("/")].filter(Boolean).join("-");
}

/** Return where a job is for a search: its nearest place and how far that is. */
export function whereabouts(job) {
  const { nearest } = job.match;
  const places = job.PositionLocation;
  const name = nearest?.LocationName ?? places[0]?.LocationName;
  const miles =
    nearest && (nearest.miles < 1 ? "" : ` · ${count(Math.round(nearest.miles), "mile")}`);
  const others = places.length > 1 ? " and other places" : "";
  return [job.remote && "Remote", name && `${name}${miles ?? ""}${others}`]
    .filter(Boolean)
    .join(" · ");
}

/** Return a field's value as text; it may be anything that a posting or a receipt holds. */
export function valueInWords(name, value) {
  if (value === null || value === undefined || value === "") return "not said";
  if (typeof value === "boolean") return value ? "yes" : "no";
  // A text that was cut comes as the beginning of its JSON form.
  if (typeof value === "string") {
    const isDate = name.endsWith("_at") && !Number.isNaN(Date.parse(value));
    return isDate ? day(value) : value.replace(/^"(.*…)$/s, "$1");
  }
  if (name === "annual_pay") return yearlyPay(value);
  if (name === "grade") return gradeName(value);
  if (!Array.isArray(value))
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  if (name === "PositionRemuneration") return payAsPosted(value).join(", ");
  return value.map((entry) => entry.LocationName ?? entry).join("; ") || "none";
}

/** Return amended fields, each before and after; long texts are only named where `brief`. */
export function changesInWords(fields, { brief = false } = {}) {
  const names = Object.keys(fields).filter(
    // The yearly pay says the same in one number.
    (name) => !(brief && name === "PositionRemuneration" && fields.annual_pay),
  );
  return names.map((name) => {
    const { before, after } = fields[name];
    const change = [valueInWords(name, before), valueInWords(name, after)];
    if (brief && change.join("").length > 120) return `${fieldName(name)} changed`;
    return `${fieldName(name)} ${change.join(" → ")}`;
  });
}

function range(low, high, format) {
  const ends = [
    ...new Set([low ?? high, high ?? low].filter((end) => end !== null && end !== undefined)),
  ];
  return ends.map((end) => format.format(end)).join(" – ") || "not said";
}
