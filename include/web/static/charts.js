/** A search in charts: pictures drawn by the server, each with a sentence and its table. */
import { read } from "./api.js";
import { button, byId, element, fill } from "./elements.js";

const NUMBER_OF_CHARTS = 6;

let latest = 0;
let shown;

/**
 * Show the charts of a search once somebody is about to see them, but not before `first` is there.
 * Until then their places are kept, so that nothing moves.
 */
export async function showCharts(search, first) {
  const asked = ++latest;
  const figures = byId("figures");
  if (!figures.querySelector("figure") || search !== shown) {
    fill(figures, Array.from({ length: NUMBER_OF_CHARTS }, kept));
  }
  shown = search;
  await first;
  await isNear(figures);
  if (asked !== latest) return;
  try {
    const charts = await read("pictures", { search });
    if (asked === latest) fill(figures, Object.entries(charts).map(figure));
  } catch (problem) {
    if (asked === latest) {
      fill(figures, element("p", { class: "waiting" }, "The charts can't be shown now."));
    }
    throw problem;
  }
}

/** Make a place for a chart, as large as the chart will be. */
function kept() {
  const words = element("span", { class: "visually-hidden" }, "Loading…");
  return element("figure", { class: "chart" }, element("div", { class: "plot kept" }, words));
}

function figure([name, { title, summary, picture, legend, columns, rows }]) {
  const heading = `chart-${name}`;
  return element(
    "figure",
    { class: "chart", "aria-labelledby": heading },
    element("h3", { id: heading }, title),
    picture && element("div", { class: "plot" }, plot(picture)),
    key(legend),
    element("figcaption", { class: picture ? null : "plot nothing" }, summary),
    rows.length > 0 && numbers(`${heading}-table`, title, columns, rows),
  );
}

/** Make the key to the colours. */
function key(legend) {
  const entries = Object.entries(legend);
  if (entries.length === 0) return null;
  return element(
    "ul",
    { class: "key" },
    entries.map(([kind, meaning]) => element("li", { class: kind }, meaning)),
  );
}

/** Make a picture whose marks say their words where one points, and by arrow keys. */
function plot(picture) {
  const parsed = new DOMParser().parseFromString(picture, "image/svg+xml");
  const drawing = document.adoptNode(parsed.documentElement);
  const marks = [...drawing.querySelectorAll(".mark")];
  const said = element("p", { class: "said", "aria-live": "polite" });
  let current = -1;
  const choose = (number) => {
    marks[current]?.classList.remove("current");
    current = number;
    marks[current]?.classList.add("current");
    said.textContent = marks[current]?.querySelector("title").textContent ?? "";
  };
  drawing.setAttribute("tabindex", "0");
  drawing.addEventListener("blur", () => choose(-1));
  drawing.addEventListener("keydown", (event) => {
    const last = marks.length - 1;
    const next = {
      ArrowRight: current < last ? current + 1 : 0,
      ArrowDown: current < last ? current + 1 : 0,
      ArrowLeft: current > 0 ? current - 1 : last,
      ArrowUp: current > 0 ? current - 1 : last,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(next);
  });
  return [drawing, said];
}

/** Make the table of a chart: always there for a screen reader, for others when asked for. */
function numbers(id, title, columns, rows) {
  const heads = columns.map((name) => element("th", { scope: "col" }, name));
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, heads)),
    element("tbody", {}, rows.map(row)),
  );
  const name = `${title}, as a table`;
  const frame = element("div", { id, class: "visually-hidden", role: "region", "aria-label": name });
  frame.append(table);
  const toggle = button("Show the table", show, {
    class: "quiet",
    "aria-expanded": "false",
    "aria-controls": id,
  });
  function show() {
    const isShown = toggle.ariaExpanded !== "true";
    toggle.ariaExpanded = String(isShown);
    toggle.textContent = isShown ? "Hide the table" : "Show the table";
    frame.className = isShown ? "numbers" : "visually-hidden";
    // What scrolls has to be reached by keyboard, but not while nobody sees it.
    if (isShown) frame.setAttribute("tabindex", "0");
    else frame.removeAttribute("tabindex");
  }
  return [toggle, frame];
}

function row({ cells: [first, ...others], control_number: number }) {
  const link = number && element("a", { href: `#job=${number}` }, first);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, link || first),
    others.map((text) => element("td", {}, text)),
  );
}

function isNear(section) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        resolve();
      },
      { rootMargin: "600px" },
    );
    observer.observe(section);
  });
}
