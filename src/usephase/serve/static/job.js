// Long work: start it, show how far it is, cancel it, show its answer.
import { keepAddress, piece, problemList, send, tell } from "./live.js";

const PAUSE = 250;

export function wireJob(form) {
  const box = form.parentElement.querySelector("[data-job-box]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.checkValidity()) await start(form, box);
  });
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => compare(form, box));
  const query = new URLSearchParams(location.search);
  if (!form.dataset.page) return;
  for (const field of form.querySelectorAll("[data-view]")) {
    field.addEventListener("change", () => {
      address(form, box.dataset.job);
      if (box.dataset.job) show(form, box, box.dataset.job);
    });
  }
  if (query.has("job")) watch(form, box, query.get("job"));
  else if ([...query.keys()].length && form.dataset.job !== "run") start(form, box);
}

function settings(form) {
  const asked = { kind: form.dataset.job };
  for (const field of form.elements) {
    if (!field.name || field.value === "" || "view" in field.dataset) continue;
    if (field.type === "checkbox" && !field.checked) continue;
    if ("list" in field.dataset) (asked[field.name] ??= []).push(field.value);
    else asked[field.name] = "number" in field.dataset ? Number(field.value) : "bool" in field.dataset ? true : field.value;
  }
  return asked;
}

/** What only chooses what is shown of an answer. */
function view(form) {
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-view]")) {
    if (field.checked && field.value !== field.dataset.default) query.set(field.name, field.value);
  }
  return query;
}

const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Hide an answer to other settings than those that the form shows; set back, it is there again. */
function compare(form, box) {
  const stale = "asked" in box.dataset && box.dataset.asked !== JSON.stringify(settings(form));
  box.querySelector("[data-job-result]").hidden = stale;
  box.querySelector("[data-job-stale]").hidden = !stale;
}

async function show(form, box, id) {
  box.dataset.job = id;
  const place = box.querySelector("[data-job-result]");
  const answer = await piece(place, `/pieces/job/${id}?${view(form)}`);
  if (answer !== null) place.innerHTML = answer.text;
  compare(form, box);
}

function address(form, job) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(settings(form))) {
    if (name === "kind") continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, one);
  }
  for (const [name, value] of view(form)) query.set(name, value);
  if (job) query.set("job", job);
  keepAddress(form.dataset.page, query);
}

async function start(form, box) {
  const result = box.querySelector("[data-job-result]");
  result.replaceChildren();
  box.dataset.asked = JSON.stringify(settings(form));
  compare(form, box);
  const answer = await send("POST", "/api/jobs", settings(form));
  if (!answer.ok) {
    result.replaceChildren(problemList(answer.body.problems));
    return;
  }
  await watch(form, box, answer.body.id);
}

async function watch(form, box, id) {
  const found = !("asked" in box.dataset);
  box.dataset.asked ??= JSON.stringify(settings(form));
  const progress = box.querySelector("[data-job-progress]");
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("[data-job-text]");
  const cancel = progress.querySelector("[data-job-cancel]");
  const button = form.querySelector("button.main");
  if (form.dataset.page) address(form, id);
  progress.hidden = false;
  button.disabled = true;
  cancel.disabled = false;
  cancel.onclick = () => {
    cancel.disabled = true;
    send("DELETE", `/api/jobs/${id}`);
  };
  let job = null;
  const since = Date.now();
  for (;;) {
    const answer = await send("GET", `/api/jobs/${id}?result=false`);
    if (!answer.ok) {
      ended();
      // The workbench was started anew, or the answer is forgotten: the address still says what was asked.
      if (answer.status === 404 && form.dataset.page) return start(form, box);
      box.querySelector("[data-job-result]").replaceChildren(problemList(answer.body.problems));
      return;
    }
    job = answer.body;
    // An address may name the answer to another question than the one that it asks.
    if (found && Object.entries(settings(form)).some(([name, value]) => !alike(job.settings[name], value) && name !== "kind")) {
      ended();
      return start(form, box);
    }
    if (job.progress.total) bar.value = job.progress.share;
    else bar.removeAttribute("value");
    const seconds = Math.round((Date.now() - since) / 1000);
    if (cancel.disabled) text.textContent = "stopping at the next step";
    else text.textContent = job.state === "waiting" ? "waiting for other work" : `${Math.round(job.progress.share * 100)} %, ${seconds} s`;
    if (!["waiting", "running"].includes(job.state)) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  ended();
  if (job.kind === "run" && job.state === "done") {
    const full = await send("GET", `/api/jobs/${id}`);
    if (full.ok && full.body.result) return location.assign(`/runs/${encodeURIComponent(full.body.result.id)}`);
  }
  await show(form, box, id);
  tell(job.state === "done" ? "The answer is there." : `The work was ${job.state}.`);

  function ended() {
    progress.hidden = true;
    button.disabled = false;
  }
}
