// The editor of one cell, in a panel over the table it was opened from, or on a page of its own.
import { follow, piece, problemList, send, tell } from "./live.js";

const same = (edit, data) => edit.table === data.table && edit.row === data.row && edit.column === data.column;

export async function pending() {
  const answer = await send("GET", "/api/edits");
  return answer.ok ? answer.body.edits : [];
}

/** Take edits as the pending ones; gives the problems, or null if they are kept. */
export async function keep(edits) {
  const answer = await send("PUT", "/api/edits", { edits });
  return answer.ok ? null : answer.body.problems;
}

export function wireCell(root, done) {
  const form = root.querySelector("[data-cell-form]");
  if (!form || form.dataset.wired) return;
  form.dataset.wired = "yes";
  follow(form);
  const field = form.querySelector("[data-first]");
  const mark = () => {
    const accepted = form.querySelector("[data-accepted]")?.dataset.accepted !== "no";
    field.setAttribute("aria-invalid", String(!accepted));
    form.querySelector("[data-keep]").disabled = !accepted;
  };
  form.addEventListener("answered", mark);
  mark();
  form.addEventListener("submit", async () => {
    const data = form.dataset;
    const edits = (await pending()).filter((edit) => !same(edit, data));
    if (field.value !== data.written) edits.push({ table: data.table, row: data.row, column: data.column, text: field.value });
    finish(await keep(edits), form, done);
  });
  form.querySelector("[data-drop]")?.addEventListener("click", async () => {
    finish(await keep((await pending()).filter((edit) => !same(edit, form.dataset))), form, done);
  });
}

function finish(problems, form, done) {
  if (problems === null) return done();
  form.querySelector(".judged").replaceChildren(problemList(problems));
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
    const query = new URLSearchParams(location.search);
    query.set("cell", link.search);
    history.replaceState(null, "", `${location.pathname}?${query}`);
    open(link.href);
  });
  panel.addEventListener("close", () => {
    const query = new URLSearchParams(location.search);
    query.delete("cell");
    history.replaceState(null, "", query.size ? `${location.pathname}?${query}` : location.pathname);
  });
  const asked = new URLSearchParams(location.search).get("cell");
  if (asked?.startsWith("?")) open(`/cell${asked}`);
}
