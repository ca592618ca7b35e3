// Pending edits: look at what would be written, then write it, never without being asked.
import { keep, settled } from "./cell.js";
import { insist, keepAddress, problemList, send, tell } from "./live.js";

export function wireChanges(form) {
  const preview = document.getElementById("preview");
  const asked = () => {
    const to = form.querySelector('input[name="to"]:checked').value;
    const option = form.elements.option.value.trim();
    return to === "option" ? { to, option } : { to, option: null };
  };
  const clear = () => {
    preview.replaceChildren();
    const { to, option } = asked();
    keepAddress("/changes", new URLSearchParams(option ? { to, option } : { to }));
  };
  form.addEventListener("input", clear);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-preview]").addEventListener("click", async () => {
    const question = asked();
    const answer = await send("POST", "/api/edits/preview", question);
    if (JSON.stringify(asked()) !== JSON.stringify(question)) return; // something else is asked by now
    if (!answer.ok) return refused(answer.body, preview);
    preview.replaceChildren(...shown(answer.body));
    const button = preview.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "main";
    button.dataset.save = "";
    button.textContent = asked().to === "option" ? `Save as option ${asked().option}` : "Write to the catalog files";
    button.addEventListener("click", () => confirmed(answer.body, () => save(answer.body, asked(), preview)));
  });
  form.querySelector("[data-drop-all]").addEventListener("click", async () => {
    const answer = await send("DELETE", `/api/edits?version=${form.dataset.version}`);
    if (answer.ok) location.reload();
    else preview.replaceChildren(problemList(answer.body.problems));
  });
}

export function wireDrops() {
  for (const button of document.querySelectorAll("[data-drop-edit]")) {
    button.addEventListener("click", async () => {
      const { table, row, column, version } = button.dataset;
      const problems = await keep([{ table, row, column, version, text: null }]);
      if (problems === null) location.reload();
      else document.getElementById("preview").replaceChildren(problemList(problems));
    });
  }
}

/** Make what would change, file by file. */
export function shown(document_) {
  const parts = [];
  for (const file of document_.files) {
    const title = document.createElement("h2");
    title.className = "small";
    title.textContent = `${file.name}${file.kind === "new" ? " (new file)" : ""}`;
    const text = document.createElement("pre");
    text.className = "diff";
    text.tabIndex = 0;
    for (const line of file.diff.replace(/\n$/, "").split("\n")) {
      const part = text.appendChild(document.createElement("span"));
      part.textContent = line;
      part.className = line.startsWith("+") ? "add" : line.startsWith("-") ? "cut" : "";
    }
    parts.push(title, text);
    for (const loss of file.losses ?? []) {
      const told = document.createElement("p");
      told.className = "hint";
      told.textContent = `Cannot be kept: ${loss}`;
      parts.push(told);
    }
  }
  tell(`${document_.files.length} file${document_.files.length === 1 ? "" : "s"} would change.`);
  return parts;
}

/** Ask whether what was previewed is to be written, and then do it. */
export function confirmed(previewed, write) {
  const dialog = document.getElementById("confirm");
  const names = previewed.files.map((file) => file.name).join(", ");
  document.getElementById("confirm-text").textContent = `${names} will be written as shown. There is no way back but your own version control.`;
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.addEventListener("close", () => (dialog.returnValue === "yes" ? write() : tell("Nothing was written.")), { once: true });
}

async function save(previewed, asked, place) {
  const answer = await insist("POST", "/api/edits/save", { ...asked, digest: previewed.digest });
  if (!answer.ok) return refused(answer.body, place);
  location.assign(asked.to === "option" ? `/compare?options=base&options=${encodeURIComponent(asked.option)}` : "/catalog");
}

/** Show why nothing was written above the preview, which stays to be tried again; ask where cells have changed. */
async function refused(refusal, place) {
  const problems = await settled(refusal);
  if (problems === null) return location.reload();
  place.querySelector(":scope > .problems")?.remove();
  place.prepend(problemList(problems));
  tell("Refused, see the problems.");
}
