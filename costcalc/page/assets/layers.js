// The table of layers: a tree whose blocks fold, of which only the rows in view exist.
const HEIGHT = 26;
const opened = new Set();
let rows = [];
let lanes;
let sorting = "";
let filter = "";
let focused = 0;
let largest = {};
let third = "peak_memory";

const shownMetrics = () => ["params", "macs", third];

let shape = "";

// List the rows anew. Where a slider left all rows in their places, only the numbers change.
function list() {
  rows = [];
  const visit = (group, level) => {
    for (const node of group.children) {
      const isOpen = !!node.children && !sorting && !filter && opened.has(node.name);
      if (!filter || (!node.children && (node.name + " " + node.type).includes(filter))) rows.push({ node, level, isOpen });
      if (isOpen || (filter && node.children)) visit(node, level + 1);
    }
  };
  visit(network.root, 1);
  if (sorting) rows.sort((a, b) => (b.node.costs[sorting] > a.node.costs[sorting] ? 1 : b.node.costs[sorting] < a.node.costs[sorting] ? -1 : 0));
  hooks.list?.();
  largest = {};
  for (const name of shownMetrics()) {
    largest[name] = rows.reduce((most, { node, isOpen }) => (isOpen || node.costs[name] <= most ? most : node.costs[name]), 1n);
  }
  const before = shape;
  shape = rows.map(({ node, isOpen }) => node.name + (isOpen ? "+" : "-")).join() + sorting + third + own.file;
  if (shape === before) {
    for (const [place, row] of drawn) fill(row, rows[place]);
    return;
  }
  lanes = isTreeRow() ? lanesOf(rows, network) : undefined;
  focused = Math.min(focused, Math.max(0, rows.length - 1));
  head();
  view(true);
}

function head() {
  const label = (name) => page.metrics.find((metric) => metric.name === name).title;
  const column = (name) => make("th", { scope: "col", "aria-sort": sorting === name ? "descending" : undefined, class: name === third ? "wide number" : "number" },
    make("button", { type: "button", title: "Sort by " + label(name), onclick: () => sort(name) }, label(name) + (sorting === name ? " ↓" : "")));
  const table = byId("layers").querySelector("table");
  table.tHead.replaceChildren(make("tr", {}, make("th", { scope: "col" }, "layer"), make("th", { scope: "col", class: "wide kernel" }, "kernel"), make("th", { scope: "col", class: "output" }, "output"), shownMetrics().map(column)));
  table.setAttribute("aria-rowcount", rows.length + 1);
  byId("all").textContent = opened.size ? "fold all" : "unfold all";
}
function sort(name) {
  sorting = sorting === name ? "" : name;
  list();
}

let shown = "";
let drawn = new Map();
function view(always, all) {
  const body = byId("layers").querySelector("tbody");
  const top = body.getBoundingClientRect().top;
  const first = all ? 0 : Math.max(0, Math.min(rows.length, Math.floor(-top / HEIGHT)) - 10);
  const stop = all ? rows.length : Math.min(rows.length, first + Math.ceil(innerHeight / HEIGHT) + 20);
  if (!always && shown === first + " " + stop) return;
  shown = first + " " + stop;
  const space = (count) => {
    const cell = make("td", { colspan: 3 + shownMetrics().length });
    cell.style.height = count * HEIGHT + "px";
    return make("tr", { "aria-hidden": true }, cell);
  };
  const before = always ? new Map() : drawn;
  drawn = new Map();
  for (let i = first; i < stop; i++) drawn.set(i, before.get(i) ?? rowOf(rows[i], i));
  // Rows that stay where they are need not be laid out anew.
  const wanted = [...(first ? [space(first)] : []), ...drawn.values(), ...(stop < rows.length ? [space(rows.length - stop)] : [])];
  for (const row of [...body.children]) wanted.includes(row) || row.remove();
  wanted.forEach((row, i) => row === body.children[i] || body.insertBefore(row, body.children[i] ?? null));
}

function rowOf(row, place) {
  const { node, level, isOpen } = row;
  const name = make("th", { scope: "row" }, lanes && laneSvg(lanes.drawn[place], lanes.width, HEIGHT, row));
  const own = isTreeRow() ? node.own : node.name;
  const text = make("span", {}, node.children && make("small", {}, isOpen ? "▾ " : "▸ "), isOpen ? make("b", {}, named(own)) : named(own));
  if (lanes) text.style.paddingLeft = (level - 1) * 14 + "px";
  const change = hooks.change?.(node);
  if (change) text.append(" ", make("small", {}, change));
  if (!node.label.startsWith(node.type)) text.append(" ", make("small", {}, named(node.type)));
  name.append(text);
  const made = make("tr", {
    tabindex: place === focused ? 0 : -1, "aria-rowindex": place + 2, "aria-level": level, "aria-expanded": node.children && String(isOpen),
    class: [node === selected && "now", hooks.change?.(node)].filter(Boolean).join(" "), "data-place": place,
  }, name, make("td", { class: "wide muted" }), make("td", { class: "muted output" }), shownMetrics().map((metric) => make("td", { class: (isOpen ? "muted " : "") + (metric === third ? "wide" : "") })));
  fill(made, row);
  return made;
}
// The numbers of a row, written where they changed.
function fill(made, { node, isOpen }) {
  const dims = (node.children ? node.last : node)?.dims;
  const write = (cell, text) => cell.textContent === text || (cell.textContent = text);
  write(made.cells[1], kernelOf(node));
  write(made.cells[2], dims ? sized(dims) : "");
  shownMetrics().forEach((metric, i) => {
    const cost = node.costs[metric];
    const cell = made.cells[3 + i];
    write(cell, cost ? grouped(cost) : "");
    hooks.cell?.(cell, node, metric);
    if (isOpen) return;
    cell.classList.toggle("bar", cost > 0n);
    if (cost) cell.style.setProperty("--size", Number((cost * 1000n) / largest[metric]) / 10 + "%");
  });
}
const isTreeRow = () => !sorting && !filter;
const kernelOf = (node) => (node.kernel ? sized(node.kernel) + (node.stride?.some((s) => s !== 1n) ? " /" + side(node.stride) : "") : "");

function toggle(row, isOpen = !row.isOpen) {
  if (!row?.node.children || !isTreeRow()) return;
  opened[isOpen ? "add" : "delete"](row.node.name);
  list();
}
function toggleAll() {
  const visit = (group) => group.children.forEach((node) => node.children && (opened.add(node.name), visit(node)));
  if (opened.size) opened.clear();
  else visit(network.root);
  list();
}

function focus(place) {
  focused = Math.max(0, Math.min(rows.length - 1, place));
  const body = byId("layers").querySelector("tbody");
  const y = body.getBoundingClientRect().top + focused * HEIGHT;
  const edge = byId("layers").querySelector("th").getBoundingClientRect().bottom;
  if (y < edge || y > innerHeight - 2 * HEIGHT) scrollBy(0, y - innerHeight / 2);
  view(true);
  body.querySelector(`[data-place="${focused}"]`)?.focus({ preventScroll: true });
}

function listen() {
  const body = byId("layers").querySelector("tbody");
  const rowAt = (event) => rows[event.target.closest("tr")?.dataset.place];
  body.addEventListener("click", (event) => {
    const row = rowAt(event);
    if (!row) return;
    toggle(row);
    focus(rows.findIndex(({ node }) => node.name === row.node.name && node.isGone === row.node.isGone));
  });
  // On a narrow screen what is said of a layer covers the lower part of the table.
  const isNarrow = () => matchMedia("(max-width: 1000px)").matches;
  byId("layer").addEventListener("click", () => isNarrow() && select());
  body.addEventListener("mouseover", (event) => !isNarrow() && rowAt(event) && select(rowAt(event).node));
  body.addEventListener("focusin", (event) => rowAt(event) && select(rowAt(event).node));
  addEventListener("keydown", (event) => event.key === "Escape" && select());
  body.addEventListener("keydown", (event) => {
    const row = rows[focused];
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -rows.length, End: rows.length };
    if (event.key in steps) focus(focused + steps[event.key]);
    else if (event.key === "ArrowRight" && !row.isOpen) toggle(row, true), focus(focused);
    else if (event.key === "ArrowLeft" && row.isOpen) toggle(row, false), focus(focused);
    else if (event.key === "ArrowLeft") focus(Math.max(0, rows.findIndex(({ node }) => node === row.node.parent)));
    else if (event.key === "Enter" || event.key === " ") toggle(row), focus(focused);
    else return;
    event.preventDefault();
  });
  let waiting = false;
  const later = () => {
    if (!waiting) requestAnimationFrame(() => ((waiting = false), view()));
    waiting = true;
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  addEventListener("beforeprint", () => view(true, rows.length <= 5000));
  addEventListener("afterprint", () => view(true));
}
