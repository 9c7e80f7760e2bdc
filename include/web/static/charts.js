/** A search in charts, drawn by Plotly, which is loaded once somebody is about to see them. */
import { read } from "./api.js";
import { byId, element, fill } from "./elements.js";

const TITLES = {
  pay: "What they pay",
  places: "Where they are",
  days: "Opened and closed",
  rules: "What each rule costs",
  closing: "When they close",
};

const PLOTLY = "assets/plotly.min.js";

let charts = {};
let latest = 0;
let loading;

/**
 * Show the charts of a search: at once their captions, and the plots as they come near, but not
 * before `first` is there.
 */
export async function showCharts(search, first) {
  const asked = ++latest;
  let answer;
  try {
    answer = await read("pictures", { search });
  } catch (problem) {
    byId("figures").querySelector(".waiting")?.replaceChildren("The charts can't be shown now.");
    throw problem;
  }
  if (asked !== latest) return;
  charts = answer;
  for (const plot of plots()) window.Plotly?.purge(plot);
  fill(byId("figures"), Object.entries(charts).map(figure));
  await first;
  whenNear(byId("figures"), draw);
}

async function draw() {
  try {
    loading ??= load(PLOTLY);
    await loading;
  } catch {
    loading = undefined;
    for (const plot of plots()) plot.hidden = true;
    return;
  }
  for (const plot of plots()) {
    const { data, layout } = charts[plot.dataset.chart];
    const options = { displayModeBar: false, responsive: true };
    window.Plotly.react(plot, data, themed(layout), options);
  }
}

/** Draw the plots again, in other colours. */
export function redraw() {
  if (window.Plotly) draw();
}

function figure([name, { data, layout, summary }]) {
  const heading = `chart-${name}`;
  return element(
    "figure",
    { "aria-labelledby": heading },
    element("h3", { id: heading }, TITLES[name] ?? name),
    data.length > 0 && plot(name, layout),
    element("figcaption", {}, summary),
  );
}

function plot(name, { height = 320 }) {
  // The caption says as much; Plotly's own elements would say it number by number.
  const made = element("div", { class: "plot", "data-chart": name, "aria-hidden": "true" });
  made.style.minHeight = `${height}px`;
  return made;
}

function plots() {
  return byId("figures").querySelectorAll(".plot");
}

function whenNear(section, then) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      then();
    },
    { rootMargin: "600px" },
  );
  observer.observe(section);
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = element("script", { src: address, load: resolve, error: reject });
    document.head.append(script);
  });
}

function themed(layout) {
  const lines = {
    gridcolor: colour("--line"),
    zerolinecolor: colour("--line"),
    linecolor: colour("--line"),
  };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis/.test(key));
  const ink = colour("--ink");
  return {
    ...layout,
    ...Object.fromEntries(axes.map((key) => [key, { ...layout[key], ...lines }])),
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    font: { ...layout.font, color: ink, family: getComputedStyle(document.body).fontFamily },
    hoverlabel: {
      bgcolor: colour("--surface"),
      bordercolor: colour("--line"),
      font: { color: ink },
    },
  };
}

/** Return a colour of the style sheet as Plotly understands it. */
function colour(name) {
  const probe = element("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
