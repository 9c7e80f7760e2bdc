/** Private addresses at which a calendar or a feed reader, which can't log in, reads what is new. */
import { read, send } from "./api.js";
import { announce, button, byId, element, fill, prose, showLoading } from "./elements.js";
import * as words from "./words.js";

let turn = 0;

/** Show the user's addresses; a new feed is that of the `selected` search, which `nameOf` names. */
export async function showFeeds({ selected, nameOf }, made = null) {
  const mine = ++turn;
  const body = byId("feeds-body");
  if (!made) showLoading(body);
  const again = (next) => showFeeds({ selected, nameOf }, next);
  try {
    const { feeds } = await read("feeds");
    if (mine !== turn) return;
    fill(
      body,
      element(
        "p",
        {},
        "A calendar and a feed reader can’t log in, so each reads a private address instead. ",
        "Whoever knows it can read what it gives, and nothing else, until you take it back.",
      ),
      element(
        "div",
        { class: "row" },
        maker("New calendar address", { kind: "calendar" }, again),
        selected && maker("New feed address", { kind: "matches", search: selected }, again),
      ),
      element(
        "p",
        { class: "hint" },
        "A calendar has the deadlines of what you saved and have not applied for",
        selected ? `; a feed, the new matches of ${nameOf(selected)}.` : ".",
      ),
      element("p", { class: "problem", role: "alert", id: "feeds-problem" }),
      made && newAddress(made),
      feeds.length > 0 && addresses(feeds, nameOf, again),
    );
    body.querySelector("#new-address")?.select();
  } catch (problem) {
    if (mine !== turn) return;
    fill(
      body,
      element("p", { class: "problem", role: "alert" }, prose(problem.message)),
      problem.mayPass && button("Try again", () => again()),
    );
  }
}

function maker(name, wanted, again) {
  return button(name, (event) =>
    change(event, async () => {
      const made = await send("POST", "feeds", wanted);
      await again(made);
      announce("The new address is shown. Copy it now: it is shown only once.");
    }),
  );
}

// The page knows at which address it was opened, also behind a proxy that Airflow does not know.
function newAddress({ path }) {
  const address = new URL(path, document.baseURI);
  address.hash = "";
  const field = element("input", {
    id: "new-address",
    type: "text",
    readonly: true,
    value: address.href,
    "aria-describedby": "new-address-hint",
    autocomplete: "off",
    spellcheck: "false",
  });
  return element(
    "div",
    { class: "field wide" },
    element("label", { for: "new-address" }, "The new address"),
    field,
    element(
      "p",
      { id: "new-address-hint", class: "hint" },
      "Copy it now: it is shown only once. Paste it where your program subscribes to an address.",
    ),
    button("Copy", () => copy(field)),
  );
}

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    announce("Copied.");
  } catch {
    announce("The address is selected: copy it with your keyboard."); // The browser forbids more.
  }
}

function addresses(feeds, nameOf, again) {
  return element(
    "ul",
    { class: "feeds" },
    feeds.map((feed) => {
      const name = feed.search ? `Feed of ${nameOf(feed.search)}` : "Calendar of deadlines";
      const made = `made ${words.ago(feed.made_at)}`;
      const used = feed.last_read_at ? `last read ${words.ago(feed.last_read_at)}` : "never read";
      const takeBack = button("Take back", (event) =>
        change(event, async () => {
          await send("DELETE", `feeds/${feed.id}`, {});
          await again();
          announce("The address is taken back.");
        }),
      );
      takeBack.ariaLabel = `Take back: ${name}, made ${words.time(feed.made_at)}`;
      return element(
        "li",
        { class: "row" },
        element("div", {}, name, element("p", { class: "hint" }, `${made}, ${used}`)),
        takeBack,
      );
    }),
  );
}

/** Change something by a button, which is disabled meanwhile, and say so if that is refused. */
async function change({ currentTarget: pressed }, action) {
  pressed.disabled = true;
  try {
    await action();
  } catch (problem) {
    fill(byId("feeds-problem"), prose(problem.message));
    pressed.disabled = false;
  }
}
