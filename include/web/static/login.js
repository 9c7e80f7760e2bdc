/*
 * Goes to Airflow's login, which leads back to this very place, the part behind # included.
 *
 * Airflow's frame may not leave itself, so there the document around it goes. If a login has just
 * led back here without having helped (`api.js` tells), the link is for the user to follow.
 */
{
  const KEY = "job-tracker-login";
  const PAUSE_MILLISECONDS = 30_000;
  const around = documentAround() ?? document;
  const link = document.querySelector("a");

  const { pathname, search, hash } = around.location;
  const address = new URL(link.href);
  address.searchParams.set("next", pathname + search + hash);
  link.href = address;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    logIn();
  });
  if (isFirstTime()) logIn();

  function logIn() {
    const opener = around.createElement("a");
    opener.href = link.href;
    around.body.append(opener);
    opener.click();
  }

  function isFirstTime() {
    try {
      const last = Number(sessionStorage.getItem(KEY));
      sessionStorage.setItem(KEY, Date.now());
      return Date.now() - last > PAUSE_MILLISECONDS;
    } catch {
      return false; // Without storage, as without cookies, there is no login either.
    }
  }

  function documentAround() {
    try {
      return window.parent.document;
    } catch {
      return null; // Another site's: nothing of it can be reached.
    }
  }
}
