/** The lanes at the top: how many jobs are new, close soon or are the user's own, and the first. */
import { read } from "./api.js";
import { element, fill } from "./elements.js";
import { jobLink, rememberTitle } from "./jobs.js";
import * as words from "./words.js";

/** What each tile lets through, and in which order. */
export const TILES = {
  new: { news: "new" },
  closing_soon: { closing_within: "7", sort: "closing" },
  mine: { mark: "mine", level: "any", status: "any", sort: "published" },
  matches: {},
  changed: { news: "changed" },
  near_misses: { level: "near_miss" },
};

const NOTHING = {
  new: "Nothing new since yesterday",
  closing: "Nothing closes soon",
  mine: "Save a job to follow it here",
};

/** Return the tiles: each chooses a filter. */
export function tiles() {
  return document.querySelectorAll("[data-count]");
}

/** Show the lanes of a search; what they say of another search, chosen meanwhile, is not shown. */
export async function showLanes(search, isStillAsked) {
  const { counts, ...lanes } = await read("lanes", { search });
  if (!isStillAsked()) return;
  const numbers = { ...counts, mine: lanes.mine.total };
  for (const tile of tiles()) {
    tile.querySelector(".number").textContent = words.number(numbers[tile.dataset.count]);
  }
  for (const list of document.querySelectorAll("[data-lane]")) {
    const { jobs } = lanes[list.dataset.lane];
    fill(list, jobs.length ? jobs.map(line) : element("li", {}, NOTHING[list.dataset.lane]));
  }
}

function line(job) {
  rememberTitle(job);
  return element(
    "li",
    {},
    jobLink(job.control_number),
    " ",
    element("span", { class: "tail" }, job.in_words),
  );
}
