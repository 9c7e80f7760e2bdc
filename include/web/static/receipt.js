/** A run's receipt in words. */
import { element, folded, prose, terms } from "./elements.js";
import { jobLink, rememberTitle } from "./jobs.js";
import * as words from "./words.js";

/** Return a receipt's numbers in one sentence. */
export function inShort(counts) {
  const parts = [
    `${words.number(counts.inserted)} new`,
    `${words.number(counts.changed)} changed`,
    words.count(counts.matches, "match", "matches"),
  ];
  return `${parts.join(", ")}.`;
}

/** Return what follows "complete" where a run has warnings. */
export function withWarnings({ length } = []) {
  return length ? `, with ${words.count(length, "warning")}` : "";
}

/** Return why `what` is suspicious and what that means, then `more`; nothing where it is not. */
export function warningsInWords(what, warnings = [], more = []) {
  if (!warnings.length) return [];
  return [
    element("p", {}, element("strong", {}, `${what} is suspicious:`)),
    element(
      "ul",
      {},
      warnings.map(({ message }) => element("li", {}, prose(message))),
    ),
    element("p", {}, "What was read is stored. Because of it, nothing counts as no longer listed. ", more),
  ];
}

/** Return how many rows wait to be read, and how to have them read; nothing where none does. */
export function quarantineInWords(size = 0) {
  if (!size) return [];
  const rows = words.count(size, "unreadable row");
  return prose(`${rows} in quarantine: to try again, trigger the DAG \`job_tracker_reprocess\`.`);
}

/** Return what a run read and what it did, as a list of terms. */
export function receiptInWords({ receipt, counts, reasons, changes, titles }) {
  for (const [number, title] of Object.entries(titles)) {
    rememberTitle({ control_number: number, PositionTitle: title });
  }
  return terms(
    [
      ["Read", readInWords(receipt, counts)],
      ["Matches", words.number(counts.matches)],
      ["Near misses", words.number(counts.near_misses)],
      ["New", ...listed(receipt.inserted)],
      ["Changed", ...counted(Object.entries(changes).map(changed))],
      ["Unchanged", words.number(counts.unchanged)],
      ["Damaged, now repaired", ...(receipt.repaired?.length ? listed(receipt.repaired) : [])],
      ["Older than stored", counts.superseded > 0 && words.number(counts.superseded)],
      ["No longer listed", ...listed(receipt.gone)],
      ["Closed", ...listed(receipt.closed)],
      ["Listed again", ...listed(receipt.reopened)],
      ["Rejected", byReason(counts.rejected, receipt.rejected, reasons)],
      ["Outside the search", counts.outside > 0 && byReason(counts.outside, receipt.outside, {})],
      ["Unreadable", ...counted(receipt.quarantined.map(quarantined))],
      ["After this run", ...quarantineInWords(receipt.quarantine_size)],
      ["Unknown to the program", ...counted(receipt.drift.map(drifted))],
    ],
    { class: "terms receipt" },
  );
}

function readInWords({ pages }, counts) {
  const postings = words.count(counts.rows, "posting");
  return `${postings} of ${words.number(counts.api_total)} on ${words.count(pages, "page")}`;
}

function listed(numbers) {
  return counted(numbers.map((number) => [jobLink(number)]));
}

function changed([number, fields]) {
  const inWords = fields.map((field) => words.changeInWords(field));
  return [jobLink(number), `: ${inWords.join("; ")}`];
}

function quarantined({ control_number: number, reason, kept = true }) {
  return [`${number ?? "a row without a number"}: ${reason}${kept ? "" : " (not kept)"}`];
}

function drifted({ field, problem, value, count }) {
  return [`${field}: ${problem} ${value} (${words.number(count)})`];
}

function counted(rows) {
  return [words.number(rows.length), folded(rows)];
}

function byReason(total, numbers, reasons) {
  const named = Object.entries(numbers)
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([code, { length }]) => `${reasons[code] ?? code} ${words.number(length)}`);
  return words.number(total) + (named.length ? ` (${named.join(", ")})` : "");
}
