/**
 * What being shown inside Airflow's own page asks for.
 *
 * Airflow puts the page into a sandboxed frame that may neither open windows nor leave itself, so
 * links are opened by the document around it. It is of the same origin, and is handed nothing but
 * the address of a posting or of Airflow itself.
 */
import { element } from "./elements.js";

const POSTINGS = "https://www.usajobs.gov";

const outside = documentAround();

/** Make a link to a posting on USAJOBS; to any other address, plain text. */
export function postingLink(address, text, properties = {}) {
  if (!leadsTo(POSTINGS, address)) return element("span", properties, text);
  const opensTab = { target: "_blank", rel: "noopener noreferrer" };
  return element("a", { ...properties, ...opensTab, href: address }, text);
}

/** Make a link to a page of this Airflow; to any other address, plain text. */
export function airflowLink(address, text, properties = {}) {
  if (!leadsTo(location.origin, address)) return element("span", properties, text);
  return element("a", { ...properties, href: address }, text);
}

/** Open links that leave the page from the document around, where there is one. */
export function openLinksOutside() {
  if (!outside) return;
  for (const kind of ["click", "auxclick"]) {
    document.addEventListener(kind, (event) => {
      const anchor = event.target.closest?.("a[href]");
      if (!anchor || event.button > 1 || staysInside(anchor)) return;
      event.preventDefault();
      const isOurs = [POSTINGS, location.origin].some((site) => leadsTo(site, anchor.href));
      if (isOurs) openOutside(anchor);
    });
  }
}

/** Show the theme that Airflow shows. */
export function followTheme() {
  if (!outside) return;
  const root = outside.documentElement;
  const follow = () => {
    const theme = ["dark", "light"].find((name) => root.classList.contains(name));
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  new MutationObserver(follow).observe(root, { attributeFilter: ["class"] });
  follow();
}

function documentAround() {
  if (window.parent === window) return null;
  try {
    return window.parent.document;
  } catch {
    return null; // Another site's: nothing of it can be reached.
  }
}

function leadsTo(site, address) {
  if (!URL.canParse(address, document.baseURI)) return false;
  const { protocol, origin, username, password } = new URL(address, document.baseURI);
  return protocol.startsWith("http") && origin === site && !username && !password;
}

function staysInside(anchor) {
  const { origin, pathname } = new URL(anchor.href);
  return (
    anchor.hasAttribute("download") ||
    (origin === location.origin && pathname === location.pathname)
  );
}

function openOutside(anchor) {
  const opener = outside.createElement("a");
  opener.href = anchor.href;
  opener.target = anchor.target === "_blank" ? "_blank" : "_top";
  opener.rel = "noopener noreferrer";
  outside.body.append(opener);
  opener.click();
  opener.remove();
}
