/** Dialogs that the address opens: `#job=739938000`, `#run=job_tracker/manual__2026…`, `#update`. */

const overlays = new Map();

/** Let `#name=value` open a dialog; `show` is called with the value and fills it. */
export function overlay(name, dialog, show) {
  overlays.set(name, { dialog, show });
  dialog.addEventListener("close", () => {
    if (asked()[0] === name) leave();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
}

/** Open what the address asks for, now and whenever it changes. */
export function openWhatIsAsked() {
  // "Back" from here may leave the page, so a dialog of this entry is closed without it.
  history.replaceState({ opened: false }, "");
  window.addEventListener("hashchange", () => {
    // An entry without a state is a new one, and "back" leads from it to this very page.
    if (asked()[0] && !history.state) history.replaceState({ opened: true }, "");
    open();
  });
  open();
}

/** Open another dialog in place of the one that is shown. */
export function openInstead(hash) {
  history.replaceState(history.state, "", hash);
  open();
}

function open() {
  const [name, value] = asked();
  for (const [other, { dialog }] of overlays) {
    if (other !== name) dialog.close();
  }
  const wanted = overlays.get(name);
  if (!wanted) return;
  if (!wanted.dialog.open) wanted.dialog.showModal();
  wanted.show(value);
}

/** Return what the address asks for: the name of a dialog, or nothing, and a value. */
function asked() {
  const [, name, value = ""] = /^#(\w+)(?:=(.*))?$/.exec(location.hash) ?? [];
  try {
    return [overlays.has(name) ? name : undefined, decodeURIComponent(value)];
  } catch {
    return [];
  }
}

function leave() {
  if (history.state?.opened) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}
