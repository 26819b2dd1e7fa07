// What is said of one layer or block: its formulas with their numbers, and its line.
let selected;

function select(node) {
  if (node === selected) return;
  document.querySelector("tr.now")?.classList.remove("now");
  selected = node;
  byId("layer").replaceChildren(...about(node));
  const place = rows.findIndex((row) => row.node === node);
  document.querySelector(`tr[data-place="${place}"]`)?.classList.add("now");
}

function about(node) {
  if (!node) return [...about(network.root), make("p", { class: "muted hint" }, "Point at a layer for its formula and its line.")];
  const dims = (node.children ? node.last : node)?.dims;
  const first = node.sources?.[0];
  const said = node.children ? `${node.count} layers` : [kernelOf(node), node.experts && `${node.experts[1]} of ${node.experts[0]} experts`, node.shared && "weights of " + node.shared.name].filter(Boolean).join(", ");
  const costs = node === network.root ? network.costs : node.costs;
  const parts = [
    make("h2", {}, named(node.name || file.name)),
    make("p", { class: "muted" }, named(node.type), said && " · " + said, dims && " · " + (first ? sized(first.dims) + " → " : "") + sized(dims), node.samples > 1n && " · " + grouped(node.samples) + " samples"),
  ];
  page.metrics.forEach((metric, i) => {
    const cost = costs[metric.name];
    if (!cost || !isTold(metric, costs)) return;
    const share = metric.max || node === network.root ? "" : percent(cost, network.costs[metric.name]);
    const steps = node.children ? [] : stepsOf(node, i, cost);
    parts.push(make("p", { class: "cost" }, make("small", {}, metric.title), make("b", {}, grouped(cost), metric.bytes && " B"), make("small", {}, share), steps.length > 0 && make("code", {}, steps.join(" = "))));
  });
  if (node === network.root && costs.arena === undefined) parts.push(make("p", { class: "muted" }, "arena: not planned where a param counts copies"));
  parts.push(...(hooks.about?.(node) ?? []));
  const line = node.name && file.text[node.line];
  if (typeof node.line === "string") parts.push(make("p", { class: "muted" }, "node ", named(node.line)));
  if (line) parts.push(make("p", { class: "line" }, make("small", {}, named(file.path), `:${node.line}`), make("code", {}, named(line))));
  return parts;
}

// The formula of a cost in letters, and in numbers; nothing where it does not give the cost.
function stepsOf(node, metric, cost) {
  const [own, forms] = file.kinds?.[node.kind] ?? [];
  const terms = forms?.[metric];
  if (!terms) return [];
  const letters = lettersOf(node, own);
  const valued = terms.reduce((sum, [factor, ...names]) => plus(sum, names.reduce((x, name) => (name[0] === "/" ? divide(x, letters[name.slice(1)]) : times(x, letters[name])), exact(factor))), 0n);
  if (order(valued, cost)) return [];
  const written = (show) => terms.map((term) => product(term, show)).join(" + ").replace(/\+ -/g, "- ");
  const steps = new Set([written((name) => name), written((name) => grouped(letters[name]))]);
  steps.delete(grouped(cost));
  return [...steps];
}
function lettersOf({ dims: [N, ...out], samples, sources, dims, letters: moving }, own) {
  const [M, ...inner] = (sources[0] ?? { dims }).dims;
  const letters = { M, N, B: samples, D_F: out[0], n: out[0], F_h: out.at(-2), F_w: out.at(-1), F_d: out[0], D_I: inner[0], n_I: inner[0], I_h: inner.at(-2), I_w: inner.at(-1), I_d: inner[0] };
  for (const name in own) letters[name] = BigInt(own[name]);
  for (const [name, number] of moving ?? []) letters[name] = number;
  for (const name in letters) letters[name] ??= 1n;
  return letters;
}
const raised = (n) => (n > 1 ? String(n).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]) : "");
function product([factor, ...names], show) {
  const powers = new Map();
  for (const name of names) powers.set(name, (powers.get(name) ?? 0) + 1);
  const part = (isDivisor) => [...powers].filter(([name]) => (name[0] === "/") === isDivisor).map(([name, n]) => show(name.replace("/", "")) + raised(n));
  const top = part(false);
  if (factor !== "1" || !top.length) top.unshift(factor);
  return [top.join("·"), ...part(true)].join(" / ");
}
