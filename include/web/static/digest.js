/** What the next digest of a search would say, in a dialog: as its mail, or as text. */
import { read } from "./api.js";
import { button, byId, element, fill, prose, showLoading } from "./elements.js";

const CHANNELS = { email: "E-mail", apprise: "Apprise connection", log: "No recipients: the task’s log" };
const FORMS = { html: "As HTML", text: "As text" };

let wanted;

/** Show what each recipient of a saved search would be sent. */
export async function showDigest(search) {
  wanted = search;
  const body = showLoading(byId("digest-body"));
  const address = `searches/${encodeURIComponent(search)}/digest`;
  try {
    const { previews } = await read(address);
    if (wanted !== search) return;
    fill(
      body,
      element(
        "p",
        { class: "hint" },
        "What would be sent now. Looking at it sends nothing, and its links do nothing here.",
      ),
      previews.map((preview, number) => message(preview, `${address}/${number}`)),
    );
  } catch (problem) {
    if (wanted !== search) return;
    fill(
      body,
      element("p", { class: "problem", role: "alert" }, prose(problem.message)),
      problem.mayPass && button("Try again", () => showDigest(search)),
    );
  }
}

function message({ channel, address, subject, text }, page) {
  const recipient = CHANNELS[channel] ?? channel;
  const heading = element("h3", {}, address ? `${recipient}: ${address}` : recipient);
  if (subject === null) {
    return element("section", {}, heading, element("p", {}, "Nothing is new now."));
  }
  // Its frame may run no script, leave itself or reach this page.
  const frame = { src: page, sandbox: "", title: `The message: ${subject}`, class: "message" };
  const shown = {
    html: element("iframe", frame),
    text: element("pre", { class: "message", tabindex: "0", hidden: true }, text),
  };
  const buttons = Object.entries(FORMS).map(([form, name]) =>
    button(name, () => show(form), { class: "toggle", "data-form": form }),
  );
  const show = (form) => {
    for (const each of buttons) each.ariaPressed = String(each.dataset.form === form);
    for (const [name, part] of Object.entries(shown)) part.hidden = name !== form;
  };
  show("html");
  return element(
    "section",
    {},
    heading,
    element("p", { class: "subject" }, subject),
    element("div", { class: "row" }, buttons),
    Object.values(shown),
  );
}
