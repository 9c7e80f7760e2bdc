/** Dialogs that the address opens: `#job=739938000`, `#run=job_tracker/manual__2026…`, `#update`. */

const overlays = new Map();

/**
 * Let `#name=value` open a dialog; `show` is called with the value and fills it. While the media
 * query `beside` matches, the dialog stands beside the page and leaves it usable.
 */
export function overlay(name, dialog, show, beside) {
  overlays.set(name, { dialog, show, beside });
  dialog.addEventListener("close", () => {
    if (!dialog.open && asked()[0] === name) leave();
  });
  dialog.addEventListener("click", ({ target }) => {
    const isAround = target === dialog && dialog.matches(":modal");
    if (isAround || target.closest("[data-close]")) dialog.close();
  });
  beside?.addEventListener("change", () => {
    if (!dialog.open) return;
    dialog.close();
    reveal(dialog, beside);
  });
}

/** Return the part of the address that opens a dialog beside the page, if one is open. */
export function besideInAddress() {
  const open = overlays.get(asked()[0]);
  return open?.beside?.matches && open.dialog.open ? location.hash : "";
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
  if (!wanted.dialog.open) reveal(wanted.dialog, wanted.beside);
  wanted.show(value);
}

function reveal(dialog, beside) {
  if (beside?.matches) dialog.show();
  else dialog.showModal();
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
