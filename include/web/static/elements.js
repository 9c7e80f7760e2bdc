const FEW = 12;

/**
 * Make an element.
 *
 * Strings among the children become text and never markup; null, undefined and false are left out.
 * A property that is a function listens to the event of its name; true gives an empty attribute.
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, value);
  }
  made.append(...children.flat().filter(isThere));
  return made;
}

/** Make a button that does something when it is pressed. */
export function button(name, click, properties = {}) {
  return element("button", { type: "button", ...properties, click }, name);
}

/** Put these children in place of all that an element has. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(isThere));
  return parent;
}

/** Say that what an element is to show is being read, in place of all that it has. */
export function showLoading(parent) {
  return fill(parent, element("p", { class: "waiting" }, "Loading…"));
}

/** Return the element of the page that has this id. */
export const byId = (id) => document.getElementById(id);

/** Let a screen reader say something; beside an open dialog it would say nothing. */
export function announce(text) {
  const surface = document.querySelector("dialog[open]") ?? document.querySelector("main");
  surface.querySelector(".announcer").textContent = text;
}

/** Return a sentence's pieces, with what stands between backticks as code. */
export function prose(text) {
  return text.split("`").map((piece, index) => (index % 2 ? element("code", {}, piece) : piece));
}

/** Make a list of terms, each with its description; terms without one are left out. */
export function terms(entries, properties = {}) {
  const rows = entries
    .filter(([, description]) => isThere(description) && description !== "")
    .map(([term, ...description]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, ...description)),
    );
  return element("dl", properties, rows);
}

/** Make a list of rows, each an array of what it holds; many are shown when asked for. */
export function folded(rows, properties = {}) {
  const items = rows.map((row) => element("li", {}, ...row));
  const list = items.length > 0 && element("ul", properties, items);
  if (items.length <= FEW) return list;
  return element("details", {}, element("summary", {}, "Show them"), list);
}

function isThere(child) {
  return child !== null && child !== undefined && child !== false;
}
