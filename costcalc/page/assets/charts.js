// Accuracy against cost, and cost along alpha, with the current setting and the budgets.
const WIDE = 340;
const HIGH = 190;

function axes(x, y, titles) {
  const svg = draw("svg", { viewBox: `-46 -8 ${WIDE + 52} ${HIGH + 44}`, role: "img", "aria-label": titles.join(" against ") });
  for (const tick of y.ticks) svg.append(draw("line", { class: "grid", x1: 0, x2: WIDE, y1: y(tick), y2: y(tick) }), draw("text", { x: -6, y: y(tick) + 4, "text-anchor": "end" }, y.show(tick)));
  for (const tick of x.ticks) svg.append(draw("text", { x: x(tick), y: HIGH + 16, "text-anchor": "middle" }, x.show(tick)));
  svg.append(draw("text", { x: WIDE, y: HIGH + 32, "text-anchor": "end" }, titles[1]));
  return svg;
}
function linear(low, high, length, show) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 2 || 1));
  const wide = [1, 2, 5, 10].find((times) => (high - low) / (step * times) <= 5) * step;
  const scale = (value) => (length < 0 ? -length : 0) + (length * (value - low)) / (high - low || 1);
  scale.ticks = [];
  for (let tick = Math.ceil(low / wide) * wide; tick <= high + wide / 1e6; tick += wide) scale.ticks.push(tick);
  scale.show = show;
  return scale;
}
function logarithmic(low, high, length, show) {
  const scale = (value) => (length * Math.log(value / low)) / (Math.log(high / low) || 1);
  scale.ticks = [];
  for (let ten = 10 ** Math.floor(Math.log10(low)); ten <= high; ten *= 10) scale.ticks.push(...[1, 2, 5].map((n) => n * ten).filter((n) => n >= low && n <= high));
  if (scale.ticks.length > 6) scale.ticks = scale.ticks.filter((n, i) => String(n)[0] === "1" || scale.ticks.length < 9);
  if (scale.ticks.length < 2) scale.ticks = [low, high];
  scale.show = show;
  return scale;
}
const shortly = (n) => short(BigInt(Math.round(n)));

function accuracy() {
  const points = file.points.map(([source, variant, alpha, size, top1, macs, params]) => ({ source, variant, alpha, size, top1: asFloat(exact(top1)), macs: BigInt(macs), params: BigInt(params) }));
  if (!points.length) return [];
  const here = network.costs.macs;
  const all = [...points.map((point) => Number(point.macs)), Number(here || 1n)];
  const x = logarithmic(Math.min(...all) / 1.15, Math.max(...all) * 1.15, WIDE, shortly);
  const marks = points.map((point) => point.top1);
  const y = linear(Math.min(...marks) - 1, Math.max(...marks) + 1, -HIGH, (n) => n + " %");
  const svg = axes(x, y, ["published top-1 accuracy", "MACs"]);
  limits(svg, "macs", (value) => ({ x1: x(value), x2: x(value), y1: 0, y2: HIGH }));
  let best = -1;
  const front = [...points].sort((a, b) => (a.macs < b.macs ? -1 : a.macs > b.macs ? 1 : b.top1 - a.top1)).filter((point) => point.top1 > best && ((best = point.top1), true));
  svg.append(draw("path", { class: "path", "stroke-dasharray": "2 3", d: "M" + front.map((point) => `${x(Number(point.macs))} ${y(point.top1)}`).join("L") }));
  if (here) svg.append(draw("line", { class: "here", x1: x(Number(here)), x2: x(Number(here)), y1: 0, y2: HIGH }));
  const same = [];
  for (const point of points) {
    const isHere = point.macs === here && point.params === network.costs.params;
    if (isHere) same.push(point);
    const label = `${point.variant ?? file.name} alpha ${typed(exact(point.alpha))} at ${point.size}: ${point.top1} %, ${grouped(point.macs)} MACs; ${file.sources[point.source]}`;
    svg.append(draw("circle", { class: point.source ? "dot small" : "dot", r: isHere ? 5 : 3, cx: x(Number(point.macs)), cy: y(point.top1) }, draw("title", {}, label)));
  }
  const said = same.length ? same.map((point) => `${point.top1} %, ${file.sources[point.source]}`) : ["no accuracy is published at this cost"];
  return [make("section", {}, make("h2", {}, "Accuracy against MACs"), svg, said.map((text) => make("p", { class: "muted" }, named(text))))];
}

// Cost along the first knob that changes it, the others as they are.
function curve() {
  const place = moving();
  if (place < 0) return [];
  const points = cached(place);
  const here = [asFloat(settings[place]), Number(network.costs.macs)];
  const x = linear(0, Math.max(points.at(-1)[0], here[0]), WIDE, (n) => String(+n.toFixed(2)));
  const y = linear(0, Math.max(...points.map(([, cost]) => cost), here[1], 1), -HIGH, shortly);
  const svg = axes(x, y, ["MACs", own.knobs[place][0]]);
  limits(svg, "macs", (value) => ({ x1: 0, x2: WIDE, y1: y(value), y2: y(value) }));
  svg.append(draw("path", { class: "path", d: "M" + points.map(([at, cost]) => `${x(at).toFixed(1)} ${y(cost).toFixed(1)}`).join("L") }));
  hooks.curve?.(svg, x, y, place);
  svg.append(draw("circle", { class: "here", cx: x(here[0]), cy: y(here[1]), r: 5 }));
  return [make("section", {}, make("h2", {}, "MACs by ", named(own.knobs[place][0])), svg)];
}
// The first knob that moves the cost; the points are kept while the other knobs are where they were.
const kept = new Map();
const keyOf = (place) => page.networks.indexOf(own) + ":" + settings.map((x, i) => (i === place ? "" : typed(x))).join() + place;
function moving() {
  const key = keyOf(-1).split(":")[0];
  if (!kept.has(key)) kept.set(key, own.knobs.findIndex((_, i) => new Set(along(i, 8n).map(([, cost]) => cost)).size > 1));
  return kept.get(key);
}
function cached(place) {
  const key = keyOf(place);
  if (kept.has(key)) kept.set("last", key);
  else later(anew, 200);
  if (!kept.has(kept.get("last"))) kept.set(key, along(place, 80n)).set("last", key);
  return kept.get(kept.get("last"));
}
// Where the other knobs moved, the old points stay until the slider rests.
function anew() {
  const place = moving();
  kept.set(keyOf(place), along(place, 80n));
  charts();
}
function along(place, count, at = (value) => serving(own.forms, settings.map((x, i) => (i === place ? value : x))), tables = file) {
  const [low, high, step] = own.knobs[place].slice(2, 5).map(exact);
  const points = [];
  for (let i = 0n; i <= count; i++) {
    const value = plus(low, times(step, floorDivide(divide(times(plus(high, minus(low)), i), count), step)));
    const served = at(value);
    if (served && !served.form.error) points.push([asFloat(value), Number(total(served, tables, page.metrics, page.metrics[0]))]);
  }
  return points;
}

function limits(svg, metric, place) {
  for (const budget of own.budgets) {
    if (budget.metric !== metric || !isLive(budget)) continue;
    const at = place(Number(budget.max));
    if (!(at.x1 >= 0 && at.x1 <= WIDE && at.y1 >= 0)) continue;
    const isOver = network.costs[metric] > BigInt(budget.max);
    svg.append(draw("g", { class: isOver ? "over" : undefined }, draw("line", { class: "limit", ...at }), draw("text", { x: at.x2 - 4, y: at.y1 + 11, "text-anchor": "end" }, budget.text)));
  }
}

function budgets() {
  if (!own.budgets.length) return [];
  return [make("section", {}, make("h2", {}, "Budgets"), make("table", {}, own.budgets.map((budget) => {
    const now = isLive(budget) ? network.costs[budget.metric] : BigInt(budget.value);
    const most = BigInt(budget.max);
    return make("tr", { class: now > most && "over" }, make("td", {}, named(budget.of), make("small", {}, named(budget.source))), make("td", {}, grouped(now)), make("td", {}, (now > most ? "over " : "of ") + budget.text), make("td", {}, percent(now, most)));
  })))];
}

function forms() {
  const found = comparedOf(network, file);
  if (!found.length) return [];
  const sum = (choose) => found.reduce((all, row) => all + choose(row), network.costs.macs);
  const saved = (row) => row.standard - row.depthwise - row.pointwise;
  const standard = sum((row) => (row.isSeparable ? saved(row) : 0n));
  const separable = sum((row) => (row.isSeparable ? 0n : -saved(row)));
  const cells = (...texts) => make("tr", {}, texts.map((text) => make("td", {}, text)));
  const whole = [["as written", network.costs.macs], ["all standard", standard], ["all separable", separable]];
  return [make("section", {}, make("h2", {}, "Standard against separable"),
    make("table", {}, whole.map(([label, macs]) => cells(label, grouped(macs), percent(macs, standard)))),
    make("details", {}, make("summary", {}, make("small", {}, `1/N + 1/D_K² of ${found.length} convolutions`)),
      make("table", {}, make("tr", {}, ["layer", "D_K", "N", "standard", "ratio"].map((text) => make("th", {}, text))),
        found.map((row) => cells(named(row.name + (row.isSeparable ? "" : " *")), side(row.kernel), grouped(row.channels[1]), short(row.standard), decimal(ratio(row.depthwise + row.pointwise, row.standard || 1n), 4)))),
      make("small", {}, "* written as a standard convolution")))];
}
