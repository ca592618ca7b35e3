// The what-if desk: sliders write into cells, cells are judged as they are written, the answer follows.
import { keep, pending } from "./cell.js";
import { follow, piece, problemList, refresh, send, tell } from "./live.js";

const short = (value) => String(Number(value.toPrecision(4)));

export function wireDesk(form) {
  follow(form);
  form.addEventListener("answered", (event) => {
    if (!event.detail.ok) return;
    const line = form.querySelector(".verdict-line").textContent;
    tell(line);
    const figure = (name) => form.querySelector(`[data-figure="${name}"]`).textContent;
    form.querySelector("[data-brief]").textContent = `${figure("base")} → ${figure("edited")}`;
  });
  for (const knob of form.querySelectorAll("[data-knob]")) wireKnob(form, knob);
  form.querySelector("[data-go]").addEventListener("change", (event) => {
    event.stopPropagation();
    location.assign(`/product?name=${encodeURIComponent(event.target.value)}`);
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    for (const field of form.querySelectorAll(".write")) field.value = field.dataset.default;
    for (const slide of form.querySelectorAll(".slide")) slide.value = slide.dataset.value;
    for (const knob of form.querySelectorAll("[data-knob]")) mark(knob);
    refresh(form);
  });
  form.querySelector("[data-keep-all]").addEventListener("click", () => keepAll(form));
  refresh(form);
}

function wireKnob(form, knob) {
  const slide = knob.querySelector(".slide");
  const write = knob.querySelector(".write");
  slide.addEventListener("input", () => {
    const base = Number(slide.dataset.value);
    const value = Number(slide.value);
    const scale = document.getElementById("scale").checked && base !== 0;
    write.value = scale ? `*${short(value / base)}` : `${short(value)} ${slide.dataset.unit}`.trim();
    knob.querySelector("[data-said]").textContent = `${short(value)} ${slide.dataset.unit}`.trim();
    knob.querySelector("[data-verdict]").replaceChildren();
    mark(knob);
  });
  write.addEventListener("input", () => {
    mark(knob);
    judge(knob, write);
  });
  mark(knob);
}

function mark(knob) {
  const write = knob.querySelector(".write");
  const moved = write.value !== write.dataset.default;
  knob.classList.toggle("moved", moved);
  if (!moved) {
    write.setAttribute("aria-invalid", "false");
    knob.querySelector("[data-verdict]").replaceChildren();
  }
}

async function judge(knob, write) {
  const place = knob.querySelector("[data-verdict]");
  const { table, row, column } = write.dataset;
  const text = write.value;
  const answer = await send("POST", "/api/judge", { table, row, column, text });
  if (write.value !== text || text === write.dataset.default) return; // something else is written by now
  const problems = answer.body.problems ?? [];
  write.setAttribute("aria-invalid", String(!answer.ok || answer.body.accepted === false));
  place.replaceChildren(...(problems.length ? [problemList(problems)] : []));
}

async function keepAll(form) {
  const edits = new Map((await pending()).map((edit) => [JSON.stringify([edit.table, edit.row, edit.column]), edit]));
  let count = 0;
  for (const write of form.querySelectorAll(".write")) {
    if (write.value === write.dataset.default) continue;
    const { table, row, column } = write.dataset;
    edits.set(JSON.stringify([table, row, column]), { table, row, column, text: write.value });
    count += 1;
  }
  if (!count) return tell("Nothing was moved.");
  const problems = await keep([...edits.values()]);
  if (problems === null) return location.assign("/changes");
  const answer = document.getElementById("answer");
  answer.prepend(problemList(problems));
  tell("Refused, see the problems.");
}
