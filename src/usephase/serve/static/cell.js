// The editor of one cell, in a panel over the table it was opened from, or on a page of its own.
import { follow, insist, piece, problemList, tell } from "./live.js";

export const cellOf = ({ table, row, column }) => ({ table, row, column });
const address = (edit) => JSON.stringify([edit.table, edit.row, edit.column]);

/**
 * Add edits to the pending ones; each carries the version of its cell as it was seen, and a text of null drops the
 * cell's. Where a cell has been changed since, the reader is asked. Gives the problems, or null if all is as chosen.
 */
export async function keep(edits) {
  const answer = await insist("POST", "/api/edits", { edits });
  return answer.ok ? null : settled(answer.body, edits);
}

/** Ask which text shall stand where others have changed cells, and see to it; gives the problems, or null. */
export async function settled(refusal, edits = []) {
  if (!refusal.conflicts) return refusal.problems;
  const choice = await chosen(refusal.conflicts);
  if (!choice) return refusal.problems;
  const changed = new Map(refusal.conflicts.map((one) => [address(one), one]));
  // What was pending already, and is theirs no longer, is dropped; what was never kept need not be.
  const rest = edits.filter((edit) => !changed.has(address(edit)));
  const again = refusal.conflicts.flatMap((one) => {
    if (choice === "mine") return [{ ...cellOf(one), text: one.mine, version: one.version }];
    return edits.length ? [] : [{ ...cellOf(one), text: null, version: one.version }];
  });
  return rest.length + again.length ? keep([...rest, ...again]) : null;
}

function chosen(conflicts) {
  const dialog = document.getElementById("conflict");
  const { yours, theirs, dropped, empty } = dialog.dataset;
  dialog.querySelector("[data-cells]").replaceChildren(...conflicts.map((one) => {
    const list = document.createElement("dl");
    list.className = "facts";
    const mine = one.mine === null ? dropped : one.mine === one.gives ? one.mine : `${one.mine} → ${one.gives}`;
    const sides = [["", `${one.table} ${one.column}, ${one.row}`], [yours, mine], [theirs, one.theirs]];
    for (const [name, text] of sides) {
      list.appendChild(document.createElement("dt")).textContent = name;
      list.appendChild(document.createElement("dd")).textContent = text || empty;
    }
    return list;
  }));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue), { once: true }));
}

export function wireCell(root, done) {
  const form = root.querySelector("[data-cell-form]");
  if (!form || form.dataset.wired) return;
  form.dataset.wired = "yes";
  follow(form);
  const field = form.querySelector("[data-first]");
  const mark = (event) => {
    // Without an answer the text can be sent again: it is judged then, too.
    const accepted = event?.detail.status === 0 || form.querySelector("[data-accepted]")?.dataset.accepted === "yes";
    field.setAttribute("aria-invalid", String(!accepted));
    form.querySelector("[data-keep]").disabled = !accepted;
  };
  form.addEventListener("answered", mark);
  mark();
  const put = async (text) => finish(await keep([{ ...cellOf(form.dataset), text, version: form.dataset.version }]), form, done);
  form.addEventListener("submit", () => put(field.value));
  form.addEventListener("input", () => form.querySelector("[data-refusal]").replaceChildren());
  form.addEventListener("click", (event) => {
    const choice = event.target.closest("button[data-text]");
    if (!choice) return;
    field.value = choice.dataset.text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  form.querySelector("[data-drop]")?.addEventListener("click", () => put(null));
}

function finish(problems, form, done) {
  if (problems === null) return done();
  // Not where the text is judged: that answer may come later than this one.
  form.querySelector("[data-refusal]").replaceChildren(problemList(problems));
  tell("Refused, see the problems.");
}

export function wirePanel() {
  const panel = document.getElementById("panel");
  const content = document.getElementById("panel-content");
  const open = async (address) => {
    const answer = await piece(content, `/pieces${new URL(address, location).pathname}${new URL(address, location).search}`);
    if (answer === null) return;
    content.innerHTML = answer.text;
    if (!panel.open) panel.showModal();
    wireCell(content, () => location.reload());
    content.querySelector("[data-first]")?.select();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-cell]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const target = new URL(link.getAttribute("href"), location); // a picture's link has no address as text
    const query = new URLSearchParams(location.search);
    query.set("cell", target.search);
    history.replaceState(null, "", `${location.pathname}?${query}`);
    open(target.href);
  });
  panel.addEventListener("close", () => {
    const query = new URLSearchParams(location.search);
    query.delete("cell");
    history.replaceState(null, "", query.size ? `${location.pathname}?${query}` : location.pathname);
  });
  const asked = new URLSearchParams(location.search).get("cell");
  if (asked?.startsWith("?")) open(`/cell${asked}`);
}
