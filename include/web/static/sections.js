/** Sections of the page, each read by itself: one that fails leaves the others usable. */
import { Refused } from "./api.js";
import { button, byId, element, fill, prose } from "./elements.js";

const RETRY_SECONDS = 15;

const failing = new Map();
let retry;

/** Load a section; if it fails, the page says so and tries again by itself. */
export async function loadSection(name, load) {
  try {
    await load();
    failing.delete(name);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    failing.set(name, { load, problem });
  }
  showProblems();
}

function showProblems() {
  clearTimeout(retry);
  const problems = [...failing.values()].map(({ problem }) => problem);
  const banner = byId("problems");
  banner.hidden = !problems.length;
  if (!problems.length) {
    fill(banner);
    return;
  }
  const again = problems.some((problem) => problem.mayPass);
  if (again) retry = setTimeout(loadFailing, RETRY_SECONDS * 1000);
  fill(
    banner,
    [...new Set(problems.map(({ message }) => message))].map((message) =>
      element("p", {}, prose(message)),
    ),
    element(
      "p",
      {},
      button("Try again", loadFailing),
      again && ` The page tries again every ${RETRY_SECONDS} seconds.`,
    ),
  );
}

function loadFailing() {
  clearTimeout(retry);
  for (const [name, { load }] of failing) loadSection(name, load);
}
