// The what-if desk: sliders write into cells, and sliders, captions and the answer follow what is written.
import { cellOf, keep } from "./cell.js";
import { follow, inner, piece, problemList, refresh, send, state, tell, unsettle } from "./live.js";

const DOUBT_MS = 600;
const REASONS_MS = 160;
const LATER = ["why", "flip", "rest"];
const short = (value) => String(Number(value.toPrecision(4)));

export function wireDesk(form) {
  const answer = document.getElementById("answer");
  const follows = form.querySelector("[data-follow]");
  const knobs = [...form.querySelectorAll("[data-knob]")].map((knob) => wireKnob(form, knob));
  let reasons = 0;
  follow(form);
  const begun = () => {
    clearTimeout(reasons);
    for (const name of LATER) unsettle(document.getElementById(name));
    brief(form, "");
  };
  form.addEventListener("input", begun);
  form.addEventListener("change", begun);
  form.addEventListener("answered", () => {
    const moved = new Map([...answer.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
    for (const knob of knobs) knob.show(moved.get(knob.write.name));
    const line = answer.querySelector(".verdict-line");
    if (line) {
      const figure = (name) => answer.querySelector(`[data-figure="${name}"]`).textContent;
      brief(form, `${figure("base")} → ${figure("edited")}`);
      clearTimeout(reasons);
      reasons = setTimeout(() => explain(form), REASONS_MS);
      return tell(answer.querySelector("[data-lead]").textContent);
    }
    for (const name of LATER) document.getElementById(name).replaceChildren();
    refused(form);
    const release = follows?.checked && answer.querySelector("[data-release]");
    if (release) letGo(form, knobs, JSON.parse(release.dataset.release));
  });
  answer.addEventListener("click", (event) => {
    if (!event.target.closest("[data-rebalance]")) return;
    follows.checked = true;
    refresh(form);
  });
  follows?.addEventListener("change", () => {
    // What followed stays where it is, as if it had been written.
    if (!follows.checked) for (const knob of knobs) delete knob.write.dataset.follows;
  });
  form.querySelector("[data-go]").addEventListener("change", (event) => {
    event.stopPropagation();
    location.assign(event.target.value);
  });
  form.querySelector("[data-start]")?.addEventListener("change", (event) => {
    event.stopPropagation();
    if (event.target.value) location.assign(event.target.value);
  });
  for (const group of form.querySelectorAll("[data-left]")) {
    group.addEventListener("toggle", () => fetchGroup(form, group, knobs), { once: true });
  }
  let wide = innerWidth;
  addEventListener("resize", () => {
    if (Math.abs(innerWidth - wide) < 24) return;
    wide = innerWidth;
    refresh(form);
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    if (follows) follows.checked = false;
    for (const knob of knobs) knob.reset();
    unsettle(answer);
    refresh(form);
  });
  form.querySelector("[data-keep-all]").addEventListener("click", () => keepAll(form, "/changes"));
  form.querySelector("[data-keep-option]").addEventListener("click", () => {
    const option = form.querySelector("[data-option-name]").value.trim();
    if (!option) return form.querySelector("[data-option-name]").focus();
    keepAll(form, `/changes?${new URLSearchParams({ to: "option", option })}`);
  });
  // Enter in the name is the button beside it, and no question.
  form.querySelector("[data-option-name]").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.querySelector("[data-keep-option]").click();
  });
  refresh(form);
}

/** Ask what makes the difference and where it flips, once nothing moves any more. */
async function explain(form) {
  const [why, flip] = LATER.map((name) => document.getElementById(name));
  const asked = state(form);
  for (const field of form.querySelectorAll('input[type="hidden"][name]')) asked.set(field.name, field.value);
  if (!asked.has("over")) asked.set("over", form.elements.over?.value ?? "");
  asked.set("wide", inner(why));
  asked.set("flip", inner(flip));
  const answer = await piece(why, `/pieces/why?${asked}`);
  if (answer === null) return;
  if (!answer.ok) why.innerHTML = answer.text;
  const made = document.createElement("template");
  made.innerHTML = answer.text;
  for (const part of made.content.querySelectorAll("[data-into]")) {
    document.getElementById(part.dataset.into).replaceChildren(...part.childNodes);
  }
  for (const name of LATER) document.getElementById(name).setAttribute("aria-busy", "false");
  const makes = why.querySelector("[data-said-makes]")?.dataset.saidMakes;
  const place = document.querySelector("#answer [data-makes]");
  if (place && makes) {
    place.textContent = `; ${makes}`;
    tell(document.querySelector("#answer .lead-sentence").textContent);
  }
  form.dispatchEvent(new CustomEvent("explained"));
}

/** Fetch the inputs of a group that is opened for the first time. */
async function fetchGroup(form, group, knobs) {
  const asked = state(form);
  for (const field of form.querySelectorAll('input[type="hidden"][name]')) asked.set(field.name, field.value);
  const place = group.appendChild(document.createElement("div"));
  const answer = await piece(place, `/pieces/inputs/${group.dataset.group}?${asked}`);
  if (answer === null) return;
  place.innerHTML = answer.text;
  for (const knob of place.querySelectorAll("[data-knob]")) knobs.push(wireKnob(form, knob));
}

function brief(form, text) {
  form.querySelector("[data-brief]").textContent = text;
}

/** Of several shares that leave no room together, the one that was moved longest ago follows from now on. */
function letGo(form, knobs, names) {
  const held = knobs.filter((knob) => names.includes(knob.write.name)).sort((a, b) => a.at - b.at);
  held[0].write.dataset.follows = "";
  refresh(form);
}

function wireKnob(form, root) {
  const slide = root.querySelector(".slide");
  const write = root.querySelector(".write");
  const said = root.querySelector("[data-said]");
  const verdict = root.querySelector("[data-verdict]");
  const base = { said: said.innerHTML, min: slide.min, max: slide.max };
  const knob = { write, at: 0, show, reset };
  let sliding = false;
  let doubting = 0;

  slide.addEventListener("input", () => {
    const value = Number(slide.value);
    const from = Number(slide.dataset.value);
    const scale = document.getElementById("scale").checked && from !== 0;
    write.value = scale ? `*${short(value / from)}` : `${short(value)} ${slide.dataset.unit}`.trim();
    written(true);
    if (moved()) said.textContent = `${short(value)} ${slide.dataset.unit}`.trim();
  });
  write.addEventListener("input", () => written(false));
  mark();
  return knob;

  function moved() {
    return write.value !== write.dataset.default;
  }

  function mark() {
    root.classList.toggle("moved", moved());
    root.classList.toggle("follows", "follows" in write.dataset);
    if (moved()) said.textContent = "";
    else settle(base.said, slide.dataset.value);
  }

  function written(bySlide) {
    sliding = bySlide;
    knob.at = performance.now();
    delete write.dataset.follows;
    root.classList.remove("refused");
    verdict.replaceChildren();
    write.setAttribute("aria-invalid", "false");
    mark();
  }

  /** Show what the cell means now; `cell` is what the server says of it, if it is edited. */
  function show(cell) {
    if (cell && "follows" in cell.dataset) {
      write.value = cell.dataset.text;
      write.dataset.follows = "";
    } else if (!cell && "follows" in write.dataset) {
      write.value = write.dataset.default;
      delete write.dataset.follows;
    }
    mark();
    const refused = cell?.dataset.refused === "yes";
    root.classList.toggle("refused", refused);
    write.setAttribute("aria-invalid", String(refused));
    verdict.replaceChildren(...(cell?.querySelectorAll(".problems") ?? []));
    clearTimeout(doubting);
    if (!cell || !moved()) return;
    settle(cell.firstElementChild.innerHTML, cell.dataset.value);
    if (!refused && !("follows" in write.dataset)) doubting = setTimeout(doubt, DOUBT_MS);
  }

  function settle(html, value) {
    said.innerHTML = html;
    if (sliding && moved()) return; // the hand is on it
    if (value === undefined) return;
    slide.min = Math.min(Number(base.min), Number(value));
    slide.max = Math.max(Number(base.max), Number(value));
    slide.value = value;
  }

  function reset() {
    write.value = write.dataset.default;
    written(false);
  }

  /** Ask the whole catalog, once nothing moves any more, what is unlikely about the number. */
  async function doubt() {
    const text = write.value;
    const { table, row, column } = write.dataset;
    const beside = edits(form);
    const answer = await send("POST", "/api/judge", { table, row, column, text, beside });
    if (JSON.stringify(edits(form)) !== JSON.stringify(beside) || !answer.ok) return; // something else is written by now
    const { problems } = answer.body;
    if (problems.length) verdict.replaceChildren(problemList(problems));
    if (answer.body.accepted) return;
    // The rest of the catalog refuses it, though this product alone has an answer.
    write.setAttribute("aria-invalid", "true");
    refuse(form, problems);
  }
}

/** What is written in cells, other than their own texts. */
const edit = (write) => ({ ...cellOf(write.dataset), text: write.value });
const written = (form) => [...form.querySelectorAll(".write")].filter((write) => write.value !== write.dataset.default);
const edits = (form) => written(form).map(edit);

/** Put problems in the place of the answer: what is refused has none. */
function refuse(form, problems) {
  document.getElementById("answer").replaceChildren(problemList(problems));
  refused(form);
}

function refused(form) {
  brief(form, document.querySelector("#answer [data-refused-title]")?.textContent ?? "");
  tell("Refused, see the problems.");
}

async function keepAll(form, then) {
  if (!written(form).length) return tell("Nothing was moved.");
  const problems = await keep(written(form).map((write) => ({ ...edit(write), version: write.dataset.version })));
  if (problems === null) return location.assign(then);
  refuse(form, problems);
}
