// Evidence: send data to be fitted, look at the fit, and write it where it is accepted, never without being asked.
import { confirmed, shown } from "./changes.js";
import { insist, keepAddress, piece, problemList, send, tell, upload } from "./live.js";

export function wireEvidence(form) {
  const place = document.getElementById("fitted");
  const choose = () => {
    const kind = form.querySelector('input[name="kind"]:checked').value;
    for (const part of form.querySelectorAll("[data-of-kind]")) part.hidden = part.disabled = part.dataset.ofKind !== kind;
  };
  for (const field of form.querySelectorAll('input[name="kind"]')) field.addEventListener("change", choose);
  choose();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = form.elements.file.files;
    const query = new URLSearchParams({ name: file.name });
    for (const field of form.elements) {
      if (!field.name || field.disabled || field.closest("fieldset:disabled") || field.type === "file" || !field.value) continue;
      if (field.type !== "radio" || field.checked) query.append(field.name, field.value.trim());
    }
    const button = form.querySelector("button.main");
    button.disabled = true;
    tell(form.dataset.reading);
    const answer = await upload(`/api/evidence?${query}`, file);
    button.disabled = false;
    if (!answer.ok) {
      keepAddress("/evidence", new URLSearchParams({ kind: query.get("kind") }));
      place.replaceChildren(problemList(answer.body.problems));
      return tell("Refused, see the problems.");
    }
    keepAddress("/evidence", new URLSearchParams({ kind: query.get("kind"), fit: answer.body.id }));
    const found = await piece(place, `/pieces/evidence/${answer.body.id}`);
    if (found === null) return;
    place.innerHTML = found.text;
    wireAccept();
  });
  wireAccept();
}

function wireAccept() {
  const form = document.getElementById("accept");
  if (form === null) return;
  const place = form.querySelector("#preview");
  form.addEventListener("input", () => place.replaceChildren());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { to, mode, joint } = form.elements;
    const asked = { to: to.value.trim(), mode: mode?.value.trim() ?? "", joint: joint?.checked ?? false };
    const address = `/api/evidence/${form.dataset.key}`;
    const answer = await send("POST", `${address}/preview`, asked);
    if (!answer.ok) return place.replaceChildren(problemList(answer.body.problems));
    place.replaceChildren(...shown(answer.body));
    const button = place.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "main";
    button.textContent = place.dataset.write;
    button.addEventListener("click", () => confirmed(answer.body, async () => {
      const written = await insist("POST", `${address}/write`, { ...asked, digest: answer.body.digest });
      if (!written.ok) return place.prepend(problemList(written.body.problems));
      const [table, row] = [asked.to.split(":")[0], asked.to.split(":")[1]];
      const link = document.createElement("a");
      link.href = `/catalog/${table}?search=${encodeURIComponent(row.split(";")[0].split("=")[1] ?? "")}`;
      link.textContent = `${place.dataset.written} ${written.body.written.join(", ")}`;
      place.replaceChildren(link);
      tell(link.textContent);
    }));
  });
}
