// A second network beside the first: what `costcalc diff` knows, at the same settings.
let before;
const pair = () => page.compared.pairs[page.networks.indexOf(own)];
const other = () => page.networks[page.networks.indexOf(own) + page.compared.pairs.length];
const partner = new Map();
let gone = [];

// The other network at these settings, each knob by its name; the rest is as it has it itself.
hooks.update = () => {
  const tables = page.files[other().file];
  const at = other().knobs.map(([name, value]) => settings[own.knobs.findIndex((knob) => knob[0] === name)] ?? exact(value));
  const served = serving(other().forms, at);
  before = served && !served.form.error ? networkAt(served, tables, page.metrics) : undefined;
  partner.clear();
  gone = [];
  if (!before) return;
  const byName = new Map([...allOf(before.root)].map((node) => [node.name, node]));
  for (const node of allOf(network.root)) {
    const old = byName.get(pair().renamed[node.name] ?? node.name);
    if (old && !old.children === !node.children && !partner.has(old)) partner.set(node, old).set(old, node);
  }
  gone = before.leaves.filter((leaf) => !partner.has(leaf));
};

// Layers that only the other network has stand behind the one that they stood behind, several of
// them as a block that unfolds.
hooks.list = () => {
  if (sorting || filter) return;
  const place = new Map();
  rows.forEach((row, i) => row.isOpen || [...leavesOf(row.node)].forEach((leaf) => place.set(leaf, i)));
  const behind = new Map();
  for (const leaf of gone) {
    let index = leaf.index - 1;
    while (index >= 0 && !partner.has(before.leaves[index])) index--;
    const spot = index < 0 ? -1 : (place.get(partner.get(before.leaves[index])) ?? -1);
    behind.set(spot, [...(behind.get(spot) ?? []), { ...leaf, own: leaf.name, isGone: true }]);
  }
  const goneRows = (spot) => {
    const nodes = behind.get(spot) ?? [];
    const row = (node, level, isOpen) => ({ node, level, isOpen, isGone: true });
    if (nodes.length < 2) return nodes.map((node) => row(node, 1));
    const block = { own: `${nodes.length} layers`, name: "removed: " + nodes[0].name, label: "removed", type: "removed", children: nodes, isGone: true };
    addUp(block, page.metrics);
    const isOpen = opened.has(block.name);
    return [row(block, 1, isOpen), ...(isOpen ? nodes.map((node) => row({ ...node, parent: block }, 2)) : [])];
  };
  rows = [...goneRows(-1), ...rows.flatMap((row, i) => [row, ...goneRows(i)])];
};

hooks.change = (node) => (node.isGone ? "removed" : node.children ? "" : pair().changes[node.name]?.[0]);

const difference = (now, then) => (now > then ? "+" : "−") + grouped(now > then ? now - then : then - now);
// What a row's layers were before; of a block, those that are in it now.
function cost(node, metric) {
  const rule = page.metrics.find(({ name }) => name === metric);
  return [...leavesOf(node)].reduce((all, leaf) => joined(rule, all, partner.get(leaf)?.costs[metric] ?? 0n), 0n);
}
hooks.cell = (cell, node, metric) => {
  const [now, then] = node.isGone ? [0n, node.costs[metric]] : [node.costs[metric], cost(node, metric)];
  if (node.isGone) cell.textContent = "";
  if (before && now !== then) cell.prepend(make("small", { class: now > then ? "more" : "less" }, difference(now, then)), " ");
};

hooks.total = (metric) => {
  if (!before) return undefined;
  const [now, then] = [network.costs[metric], before.costs[metric]];
  if (now === then) return make("small", {}, "the same");
  const share = then ? `${now > then ? "+" : "−"}${percent(now > then ? now - then : then - now, then)} ` : "";
  return make("small", { class: now > then ? "more" : "less", title: "before: " + grouped(then) }, `${share}from ${short(then)}`);
};

hooks.about = (node) => {
  const parts = node === network.root ? pair().stated.map(([name, old, now]) => make("p", { class: "muted" }, named(name), ": ", named(old ?? "unsaid"), " → ", named(now ?? "unsaid"))) : [];
  const [change, fields] = pair().changes[node.name] ?? [];
  if (change && !node.isGone && !node.children) parts.push(make("p", {}, make("b", {}, change), " ", fields ? make("code", {}, named(fields)) : ""));
  const old = partner.get(node);
  if (old && !old.children && sized(old.dims) !== sized(node.dims)) parts.push(make("p", { class: "muted" }, "before: " + sized(old.dims)));
  return parts;
};

hooks.curve = (svg, x, y, place) => {
  const [old, name] = [other(), own.knobs[place][0]];
  const theirs = old.knobs.findIndex((knob) => knob[0] === name);
  if (!before || theirs < 0) return;
  const at = old.knobs.map(([knob, value]) => settings[own.knobs.findIndex((one) => one[0] === knob)] ?? exact(value));
  const points = along(place, 80n, (value) => serving(old.forms, at.map((x, i) => (i === theirs ? value : x))), page.files[old.file]);
  svg.append(draw("path", { class: "path", "stroke-dasharray": "3 3", d: "M" + points.map(([a, cost]) => `${x(a).toFixed(1)} ${Math.max(0, y(cost)).toFixed(1)}`).join("L") }, draw("title", {}, named(page.compared.labels[1]))));
};

hooks.head = () => {
  const [now, then] = page.compared.labels;
  byId("name").append(make("span", {}, named(now), make("small", {}, " compared with "), named(then)));
};
