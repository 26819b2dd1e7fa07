// The state of the page, its sliders, and what is drawn anew when one moves.
let page, own, file, network, settings;

function choose(place) {
  own = page.networks[place];
  file = page.files[own.file];
  settings = own.knobs.map((knob) => exact(knob[1]));
  controls();
  update();
}

function update() {
  const served = serving(own.forms, settings);
  const fault = served ? served.form.error : ["the page has no formulas for a network that is built in this way"];
  byId("notice").textContent = fault ? "No network at this setting: " + fault.join("\n") + (served ? " (there, or near it)" : "") : "";
  if (fault) return;
  network = networkAt(served, file, page.metrics);
  const isOwn = own.knobs.every(([, value], i) => !order(exact(value), settings[i]));
  if (network.costs.arena === undefined && own.arena && isOwn) network.costs.arena = BigInt(own.arena);
  hooks.update?.();
  byId("settings").replaceChildren(...own.knobs.map(([name], i) => make("span", {}, named(name), " ", typed(settings[i]))));
  totals();
  selected = selected && [...allOf(network.root)].find((node) => node.name === selected.name);
  list();
  byId("layer").replaceChildren(...about(selected));
  later(charts, 16);
  later(plateau, 150);
}
const charts = () => byId("charts").replaceChildren(...accuracy(), ...curve(), ...budgets(), ...forms());
// Once, when the slider rests for so long.
function later(call, wait) {
  clearTimeout(waiting.get(call));
  waiting.set(call, setTimeout(call, wait));
}
const waiting = new Map();
function* allOf(group) {
  for (const child of group.children) {
    yield child;
    if (child.children) yield* allOf(child);
  }
}

function totals() {
  const shown = page.metrics.filter(({ name }) => ["macs", "params", "peak_memory"].includes(name));
  byId("totals").replaceChildren(...shown.map((metric) => make("div", {}, make("dt", {}, metric.title), make("dd", {}, grouped(network.costs[metric.name]), metric.bytes && make("small", {}, " B")), limitOf(metric.name), hooks.total?.(metric.name))));
}

// The strictest budget of the whole network that holds for these settings.
function limitOf(name) {
  const found = own.budgets.filter((budget) => budget.metric === name && isLive(budget)).map((budget) => BigInt(budget.max));
  if (!found.length) return undefined;
  const least = found.reduce((a, b) => (b < a ? b : a));
  return make("small", { class: network.costs[name] > least ? "over" : "under" }, (network.costs[name] > least ? "over " : "of ") + short(least));
}
const isLive = (budget) => !budget.at && !budget.layers && network.costs[budget.metric] !== undefined;

function controls() {
  const label = (one) => one.variant ?? page.files[one.file].name;
  const all = page.networks.slice(0, page.compared?.pairs.length);
  const which = make("select", { "aria-label": "Network", onchange: (event) => choose(+event.target.value) },
    all.map((one, i) => make("option", { value: i, selected: one === own }, label(one))));
  byId("name").replaceChildren(make("h1", {}, named(file.name)), all.length > 1 ? which : "", make("small", {}, named([all.length < 2 && own.variant !== file.name && !file.path.startsWith(own.variant + ".") && own.variant, file.path, own.fixed].filter(Boolean).join(" · "))));
  hooks.head?.();
  const sliders = own.knobs.map((knob, i) => slider(knob, i));
  const params = sliders.filter((_, i) => own.knobs[i][6]);
  byId("knobs").replaceChildren(...sliders.filter((_, i) => !own.knobs[i][6]), ...(params.length ? [make("details", {}, make("summary", {}, make("small", {}, `${params.length} params`)), make("div", {}, params))] : []));
}

function slider([name, , low, high, step, least, kind], place) {
  if (kind === 2) return make("label", { class: "switch" }, make("input", { type: "checkbox", checked: settings[place] > 0n, onchange: (event) => ((settings[place] = BigInt(event.target.checked)), update()) }), " ", named(name));
  const [first, unit, bound] = [low, step, least].map((text) => exact(String(text)) ?? 0n);
  const position = (x) => Number(floorDivide(plus(x, minus(first)), unit));
  const range = make("input", { type: "range", min: 0, max: position(exact(high)), value: position(settings[place]), "aria-label": name });
  const text = make("input", { id: "knob" + place, value: typed(settings[place]), inputmode: "decimal" });
  range.addEventListener("input", () => set(plus(first, times(unit, BigInt(range.value)))));
  text.addEventListener("change", () => {
    const value = exact(text.value);
    const isFine = value !== undefined && order(value, bound) >= 0 && order(value, 0n) + (place < 1) > (place < 1 ? 1 : -1) && (unit !== 1n || isWhole(value));
    text.setAttribute("aria-invalid", !isFine);
    if (isFine) set(value);
  });
  const set = (value) => {
    settings[place] = value;
    text.value = typed(value);
    range.value = position(value);
    update();
  };
  return make("div", { class: "knob" }, make("label", { for: text.id }, named(name)), text, range, make("small", { id: "same" + place }));
}

// Around the current value of alpha, rho: where everything costs the same, to the exact fraction.
function plateau() {
  own.knobs.forEach(([name, , , , step], place) => {
    if (step === "1") return;
    const say = byId("same" + place);
    const here = settings[place];
    const marks = (x) => {
      const served = serving(own.forms, settings.map((value, i) => (i === place ? x : value)));
      if (!served || served.form.error) return "";
      const layers = served.form.distinct.map((row) => layerOf(file, row, served.atoms, page.metrics));
      return own.forms.indexOf(served.form) + layers.map(({ dims, times, costs }) => [...dims, times, ...Object.values(costs)].join()).join(";");
    };
    const now = marks(here);
    const edge = (direction) => {
      let [inside, outside] = [here, direction < 0 ? 0n : times(2n, here)];
      if (direction > 0 && marks(outside) === now) return "";
      for (let i = 0; i < 24; i++) {
        const middle = divide(plus(inside, outside), 2n);
        if (over(middle) > 0n && marks(middle) === now) inside = middle;
        else outside = middle;
      }
      const found = direction < 0 ? simplest(outside, inside) : simplest(inside, outside);
      return [found, over(found) > 0n && marks(found) === now];
    };
    const [low, high] = [edge(-1), edge(1)];
    const sign = (isIn) => (isIn ? " ≤ " : " < ");
    say.textContent = high ? "the same for " + decimal(low[0], 4) + sign(low[1]) + name + sign(high[1]) + decimal(high[0], 4) : name + " changes nothing here";
    say.title = high ? `exactly ${over(low[0])}/${under(low[0])} to ${over(high[0])}/${under(high[0])}` : "";
  });
}
// The fraction of the smallest denominator from a to b: a breakpoint, where these are close to it.
function simplest(a, b) {
  const whole = floorDivide(a, 1n);
  if (order(whole, a) === 0) return whole;
  if (order(whole + 1n, b) <= 0) return whole + 1n;
  const shift = -whole;
  return plus(whole, divide(1n, simplest(divide(1n, plus(b, shift)), divide(1n, plus(a, shift)))));
}

async function start() {
  page = readPage(await unpacked(byId("data").textContent));
  document.querySelector("aside").append(make("section", { id: "layer", "aria-live": "polite", "aria-label": "Layer" }), make("div", { id: "charts" }));
  byId("knobs").addEventListener("submit", (event) => event.preventDefault());
  byId("tools").append(
    make("input", { type: "search", placeholder: "filter layers", "aria-label": "Filter layers", oninput: (event) => ((filter = event.target.value), list()) }),
    make("select", { "aria-label": "Metric of the last column", onchange: (event) => ((third = event.target.value), list()) },
      page.metrics.filter((metric) => !metric.hidden && !metric.planned && !["params", "macs"].includes(metric.name)).map(({ name, title }) => make("option", { value: name, selected: name === third }, title))),
    make("button", { id: "all", type: "button", onclick: toggleAll }));
  listen();
  hooks.start?.();
  if (page.networks.length) choose(0);
}
