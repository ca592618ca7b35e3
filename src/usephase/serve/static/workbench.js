// Wires the page that is open to its script.
import { wireCell, wirePanel } from "./cell.js";
import { wireChanges, wireDrops } from "./changes.js";
import { wireJob } from "./job.js";
import { wireEvidence } from "./evidence.js";
import { wireImport } from "./import.js";
import { follow } from "./live.js";
import { wireDesk } from "./product.js";
import { wireTake } from "./take.js";

const desk = document.querySelector("[data-desk]");
if (desk) wireDesk(desk);
for (const form of document.querySelectorAll("form[data-live]:not([data-desk]):not([data-cell-form])")) follow(form);
for (const form of document.querySelectorAll("form[data-job]")) wireJob(form);
const save = document.getElementById("save");
if (save) wireChanges(save);
const evidence = document.getElementById("evidence");
if (evidence) wireEvidence(evidence);
const table = document.getElementById("import");
if (table) wireImport(table);
wireDrops();
wireCell(document.querySelector(".cell-page") ?? document.createElement("div"), () => location.assign("/changes"));
wirePanel();
wireTake();

// The row of views shows where one is, also where it scrolls.
const here = document.querySelector("nav.main [aria-current]");
if (here) here.closest("nav").scrollLeft = here.offsetLeft - (here.closest("nav").clientWidth - here.offsetWidth) / 2;

// What scrolls sideways can be reached with the keyboard, and nothing else takes a stop.
const reach = () => {
  for (const part of document.querySelectorAll(".picture, .prose pre, .prose table")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
reach();
addEventListener("resize", reach);
new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  event.preventDefault();
  document.querySelector('[data-key="/"]').focus();
});
document.documentElement.dataset.ready = "yes";
