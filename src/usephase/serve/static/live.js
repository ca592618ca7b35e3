// Pieces of a page that follow a form: the address keeps its state, the last answer wins.

const waiting = new WeakMap();

export const formToken = () => document.querySelector('meta[name="usephase-token"]').content;

export function tell(text) {
  document.getElementById("told").textContent = text;
}

/** Mark a place as waiting for what is written now: what it shows belongs to something else. */
export function unsettle(place) {
  waiting.get(place)?.abort();
  waiting.delete(place);
  place.setAttribute("aria-busy", "true");
}

/** Ask the server; gives {ok, status, text}. Nothing but the last question of a place is answered. */
export async function piece(place, address) {
  waiting.get(place)?.abort();
  const stop = new AbortController();
  waiting.set(place, stop);
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: stop.signal, headers: { accept: "text/html" } });
    const text = await answer.text();
    if (stop.signal.aborted) return null;
    return { ok: answer.ok, status: answer.status, text };
  } catch (error) {
    if (error.name === "AbortError") return null;
    return { ok: false, status: 0, text: offline() };
  } finally {
    if (waiting.get(place) === stop) place.setAttribute("aria-busy", "false");
  }
}

/** What is wrong where nothing answers. */
const silent = { where: "", what: "the workbench does not answer", fix: "see whether usephase serve still runs" };

/** Send JSON; gives {ok, status, body}. */
export async function send(method, address, body) {
  try {
    const answer = await fetch(address, {
      method,
      headers: { "content-type": "application/json", "x-usephase-token": formToken() },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { ok: answer.ok, status: answer.status, body: await answer.json() };
  } catch {
    return { ok: false, status: 0, body: { problems: [silent] } };
  }
}

/** Send a file; gives {ok, body}. */
export async function upload(address, file) {
  try {
    const headers = { "content-type": "application/octet-stream", "x-usephase-token": formToken() };
    const answer = await fetch(address, { method: "POST", headers, body: file });
    return { ok: answer.ok, body: await answer.json() };
  } catch {
    return { ok: false, body: { problems: [silent] } };
  }
}

/** Send what does no more when it is asked twice: once more where the workbench does not answer. */
export async function insist(method, address, body) {
  const answer = await send(method, address, body);
  if (answer.status) return answer;
  tell("The workbench does not answer. Trying again.");
  await new Promise((done) => setTimeout(done, 800));
  return send(method, address, body);
}

/** Make the list of problems that the server's pages also have; texts stay texts. */
export function problemList(problems) {
  const list = document.createElement("ul");
  list.className = "problems";
  for (const problem of problems ?? []) {
    const item = list.appendChild(document.createElement("li"));
    item.className = problem.severity ?? "error";
    for (const [name, text] of [["code", problem.where], ["span", problem.what], ["span", problem.fix && `→ ${problem.fix}`]]) {
      if (!text) continue;
      const part = item.appendChild(document.createElement(name));
      // What stands between backticks is code.
      const pieces = text.split("`");
      if (name === "code" || pieces.length % 2 === 0) part.textContent = text;
      else pieces.forEach((one, i) => part.appendChild(document.createElement(i % 2 ? "code" : "span")).append(one));
      item.append(" ");
    }
  }
  return list;
}

/** The state of a form as a query: what has its default, or nothing in it, is left out. */
export function state(form) {
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.type === "submit" || field.type === "button") continue;
    if ("follows" in field.dataset) continue; // the server says what it becomes
    if ((field.type === "checkbox" || field.type === "radio") && !field.checked) continue;
    // The text of a cell may be empty on purpose.
    if (field.dataset.default === undefined ? field.value === "" && field.name !== "text" : field.value === field.dataset.default) continue;
    query.append(field.name, field.value);
  }
  return query;
}

export function keepAddress(path, query) {
  const [plain, held] = path.split("?");
  const all = new URLSearchParams(held);
  for (const [name, value] of query) if (all.get(name) !== value) all.append(name, value);
  history.replaceState(null, "", all.size ? `${plain}?${all}` : plain);
}

/** How wide a picture in a place may be, in whole pixels. */
export function inner(place) {
  const { paddingLeft, paddingRight } = getComputedStyle(place);
  return Math.max(Math.floor(place.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)), 0);
}

/** Ask for a form's piece now. */
export async function refresh(form) {
  const place = document.getElementById(form.dataset.target);
  const query = state(form);
  if (form.dataset.page) keepAddress(form.dataset.page, query);
  const asked = new URLSearchParams(query);
  for (const field of form.querySelectorAll('input[type="hidden"][name]')) asked.set(field.name, field.value);
  if ("desk" in form.dataset) asked.set("wide", inner(place)); // pictures are drawn for the room there is
  const answer = await piece(place, `${form.dataset.live}?${asked}`);
  if (answer === null) return false;
  place.innerHTML = answer.text;
  form.dispatchEvent(new CustomEvent("answered", { detail: answer }));
  return true;
}

function offline() {
  return '<ul class="problems"><li class="error">The workbench does not answer <span class="fix">→ see whether usephase serve still runs</span></li></ul>';
}

const timers = new WeakMap();

export function follow(form) {
  const later = () => {
    clearTimeout(timers.get(form));
    unsettle(document.getElementById(form.dataset.target));
    timers.set(form, setTimeout(() => refresh(form), Number(form.dataset.delay ?? 180)));
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timers.get(form));
    refresh(form);
  });
}
