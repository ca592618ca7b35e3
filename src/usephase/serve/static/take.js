// Pictures to take along: as SVG and PNG in the colours that they are seen in, and their table as CSV.

const SCALE = 2;
const MARGIN = 16;
const TITLE = 34;

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "picture";

/** Offer the forms of a picture where its data are opened. */
export function wireTake() {
  document.addEventListener("toggle", (event) => {
    const behind = event.target;
    if (!behind.matches?.("details.behind") || !behind.open || behind.querySelector("[data-take]")) return;
    const line = document.createElement("p");
    line.className = "buttons";
    for (const form of ["svg", "png", "csv"]) {
      const button = line.appendChild(document.createElement("button"));
      button.type = "button";
      button.dataset.take = form;
      button.textContent = form.toUpperCase();
      button.addEventListener("click", () => take(behind.closest("figure"), form));
    }
    behind.querySelector("summary").after(line);
  }, true);
}

async function take(figure, form) {
  const title = figure.querySelector("figcaption").textContent;
  const name = `${slug(title)}.${form}`;
  if (form === "csv") return save(new Blob([csv(figure.querySelector("table"))], { type: "text/csv" }), name);
  const { text, width, height } = drawn(figure.querySelector("svg"), title);
  if (form === "svg") return save(new Blob([text], { type: "image/svg+xml" }), name);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, name), "image/png");
}

function save(blob, name) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Write a picture of the page as a file of its own: colours by value, the title above, paper behind. */
function drawn(svg, title) {
  const copy = svg.cloneNode(true);
  const seen = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((part, i) => {
    const style = getComputedStyle(seen[i]);
    if (!/^[fs]-/.test(part.getAttribute("class") ?? "")) return;
    part.setAttribute("fill", style.fill);
    if (style.stroke !== "none") part.setAttribute("stroke", style.stroke);
    part.removeAttribute("class");
  });
  for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  const { width, height } = svg.viewBox.baseVal;
  const [whole, tall] = [width + 2 * MARGIN, height + TITLE + MARGIN];
  const colors = getComputedStyle(document.body);
  const make = (name, attributes) => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    return part;
  };
  const head = make("text", { x: 0, y: 22 - TITLE, "font-size": 16, "font-weight": 600, fill: colors.color });
  head.textContent = title;
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper");
  copy.prepend(make("rect", { x: -MARGIN, y: -TITLE, width: whole, height: tall, fill: paper }), head);
  for (const [key, value] of [["width", whole], ["height", tall], ["font-family", colors.fontFamily]]) copy.setAttribute(key, value);
  copy.setAttribute("viewBox", `${-MARGIN} ${-TITLE} ${whole} ${tall}`);
  return { text: new XMLSerializer().serializeToString(copy), width: whole, height: tall };
}

/** A spreadsheet would compute what begins like a formula: such a text is quoted. */
function csv(table) {
  const cell = (text) => {
    const plain = text.trim();
    const safe = /^[=@+\-\t\r]/.test(plain) && !/^[+-]?[\d.,]+$/.test(plain) ? `'${plain}` : plain;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [...table.rows].map((row) => [...row.cells].map((one) => cell(one.textContent)).join(",")).join("\r\n") + "\r\n";
}
