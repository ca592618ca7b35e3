// Import: send a table, decide what it leaves open, and take the catalog along. The server keeps nothing but the table.
import { insist, keepAddress, piece, problemList, tell, upload } from "./live.js";

export function wireImport(form) {
  const place = document.getElementById("imported");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { file, map, year, sheet } = form.elements;
    const query = new URLSearchParams({ name: file.files[0].name });
    for (const field of [year, sheet]) if (field.value.trim()) query.append(field.name, field.value.trim());
    const button = form.querySelector("button.main");
    button.disabled = true;
    tell(form.dataset.reading);
    let answer = await upload(`/api/imports?${query}`, file.files[0]);
    if (answer.ok && map.files.length) answer = await upload(`/api/imports/${answer.body.id}/map`, map.files[0]);
    button.disabled = false;
    await show(answer, place);
  });
  wireDecide(place);
}

async function show(answer, place) {
  if (!answer.ok) {
    keepAddress("/import", new URLSearchParams());
    place.replaceChildren(problemList(answer.body.problems));
    return tell("Refused, see the problems.");
  }
  keepAddress("/import", new URLSearchParams({ table: answer.body.id }));
  const found = await piece(place, `/pieces/import/${answer.body.id}`);
  if (found === null) return;
  place.innerHTML = found.text;
  wireDecide(place);
  tell(place.querySelector("[data-summary]").textContent);
}

function wireDecide(place) {
  const form = document.getElementById("decide");
  if (form === null) return;
  for (const button of form.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", () => {
      button.closest(".question").querySelector("[data-path]").value = button.dataset.fill;
    });
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const decisions = [];
    for (const select of form.querySelectorAll("[data-column]")) {
      const unit = select.closest("tr").querySelector("[data-unit]");
      if (select.value === select.dataset.was && unit.value.trim() === unit.dataset.was) continue;
      decisions.push({ path: ["columns", select.dataset.column], value: select.value, unit: unit.value.trim() });
    }
    for (const field of form.querySelectorAll("[data-path]")) {
      if (field.value.trim()) decisions.push({ path: JSON.parse(field.dataset.path), value: field.value.trim() });
    }
    document.getElementById("decide-button").disabled = true;
    await show(await insist("POST", `/api/imports/${form.dataset.key}/decide`, { decisions }), place);
  });
}
