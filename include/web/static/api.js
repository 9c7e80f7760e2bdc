/** The API did not do what it was asked; `message` is for the user. */
export class Refused extends Error {
  /** `status` is HTTP's, 0 where no answer came. */
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get mayPass() {
    return this.status === 0 || this.status >= 500;
  }
}

/** Read from the API; values of the query that are empty are left out. Throws `Refused`. */
export function read(path, query = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => hasValue(value)));
  return request(asked.size ? `${path}?${asked}` : path);
}

/** Send a body as JSON. Throws `Refused`. */
export function send(method, path, body) {
  return request(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const NOT_OURS =
  "What came is not Airflow's answer: a proxy may want you to log in. Reload the page.";

let wasLoggedIn = false;

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
    });
  } catch {
    throw new Refused("Airflow's server can't be reached.", 0);
  }
  if (response.status !== 401) loginHelped();
  else if (wasLoggedIn && !options.method && !isNoteUnsaved()) location.reload();
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  if (response.ok) throw new Refused(NOT_OURS, 0);
  throw new Refused(inWords(response.status, answer?.detail), response.status);
}

/** Let `login.js` go to the login again, should this one end. */
function loginHelped() {
  if (wasLoggedIn) return;
  wasLoggedIn = true;
  try {
    sessionStorage.removeItem("job-tracker-login");
  } catch {
    // Without storage there is nothing to remove.
  }
}

// The page is read again without a login, goes to it, and comes back; what is typed would be lost.
function isNoteUnsaved() {
  return [...document.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue);
}

function inWords(status, detail) {
  if (status === 401) return "You are not logged in any more. Reload the page to log in.";
  if (Array.isArray(detail)) {
    // There is no field that could be named, and a pattern is nothing to read.
    if (detail.some(({ loc: [place] }) => place === "path")) return "There is nothing at this address.";
    return detail.map(({ loc, msg }) => `${loc.slice(1).join(" ")}: ${msg}`).join("; ");
  }
  return detail || `Airflow's server answered with status ${status}.`;
}

function hasValue(value) {
  return value !== "" && value !== null && value !== undefined;
}
