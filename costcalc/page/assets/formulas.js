// The formulas of a network, evaluated: see costcalc/page/encode.py for how they are written down.
const OPERATIONS = {
  floor: floorDivide,
  ceil: (a, b) => -floorDivide(minus(a), b),
  mod: (a, b) => plus(a, minus(times(b, floorDivide(a, b)))),
  quotient: divide,
  min: (...all) => all.reduce((a, b) => (order(b, a) < 0 ? b : a)),
  max: (...all) => all.reduce((a, b) => (order(b, a) > 0 ? b : a)),
  // The multiple of `by` nearest to x, at least `by`, and at least nine tenths of x.
  divisible(x, by) {
    const near = floorDivide(plus(times(2n, x), by), times(2n, by));
    const multiple = times(near > 1n ? near : 1n, by);
    return order(times(9n, x), times(10n, multiple)) > 0 ? plus(multiple, by) : multiple;
  },
  bracket: (test) => (test ? 1n : 0n),
  select: (test, then, otherwise) => (test ? then : otherwise),
  name: (x) => x,
  whole: (x) => x,
};
const COMPARISONS = {
  "<": (o) => o < 0,
  "<=": (o) => o <= 0,
  ">": (o) => o > 0,
  ">=": (o) => o >= 0,
  "==": (o) => o === 0,
  "!=": (o) => o !== 0,
};

// A polynomial over atoms: an atom's place, a constant as a text, or terms [coefficient, atom, ...].
function value(form, atoms) {
  if (typeof form === "number") return atoms[form];
  if (typeof form === "string") return (constants[form] ??= exact(form));
  let sum = 0n;
  for (const term of form) {
    if (typeof term[0] === "number") term[0] = BigInt(term[0]);
    else if (typeof term[0] === "string") term[0] = exact(term[0]);
    let product = term[0];
    for (let i = 1; i < term.length; i++) product = times(product, atoms[term[i]]);
    sum = plus(sum, product);
  }
  return sum;
}
const constants = {};

function holds([operation, ...parts], atoms) {
  if (operation === "and") return parts.every((part) => holds(part, atoms));
  if (operation === "or") return parts.some((part) => holds(part, atoms));
  if (operation === "not") return !holds(parts[0], atoms);
  const [left, right] = parts.map((part) => value(part, atoms));
  return operation === "whole" ? isWhole(left) : COMPARISONS[operation](order(left, right));
}

// The value of every knob and step; null where the formula does not serve these knobs.
function solved(form, knobs) {
  const atoms = [...knobs];
  let next = 0;
  try {
    for (let place = 0; place <= form.steps.length; place++) {
      for (; next < form.guards.length && form.guards[next][2] <= place; next++) {
        if (holds(form.guards[next][0], atoms) !== !!form.guards[next][1]) return null;
      }
      if (place === form.steps.length) break;
      const [operation, ...parts] = form.steps[place];
      const tests = operation === "bracket" || operation === "select";
      atoms.push(OPERATIONS[operation](...parts.map((p, i) => (tests && !i ? holds(p, atoms) : value(p, atoms)))));
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return atoms;
}

// A network names its formulas by their places in its file.
function readPage(text) {
  const page = JSON.parse(text);
  for (const one of page.networks) one.forms = one.forms.map((place) => page.files[one.file].forms[place]);
  return page;
}

// The formula that serves these knobs, with its atoms; undefined where the page has none.
function serving(forms, knobs) {
  for (const form of forms) {
    const atoms = solved(form, knobs);
    if (atoms) return { form, atoms };
  }
}

// A layer of a pattern, with its numbers; metrics that are left out are what they mostly are.
function layerOf(tables, [place, ...places], atoms, metrics) {
  const pattern = tables.patterns[place];
  const own = places.map((atom) => atoms[atom]);
  const all = (forms) => forms && forms.map((form) => value(form, own));
  const costs = {};
  metrics.forEach((metric, i) => {
    if (!metric.of) return;
    const form = pattern.m[i];
    costs[metric.name] = form !== undefined ? value(form, own) : usual(metric, costs);
  });
  for (const metric of metrics) {
    if (metric.multiple) costs[metric.name] = multiple(metric.multiple, costs);
  }
  return {
    type: pattern.t, label: pattern.n ?? pattern.t, kernel: all(pattern.k), stride: all(pattern.s),
    dims: all(pattern.d), samples: pattern.b === undefined ? 1n : value(pattern.b, own),
    times: pattern.x === undefined ? 1n : value(pattern.x, own), experts: all(pattern.e), kind: pattern.f, costs,
    letters: pattern.l && Object.entries(pattern.l).map(([letter, form]) => [letter, value(form, own)]),
  };
}
// What a metric mostly is: another one, or 0.
const usual = (metric, costs) => costs[metric.mostly] ?? 0n;
const isTold = (metric, costs) =>
  costs[metric.name] !== undefined && !metric.hidden && !metric.multiple && (metric.mostly === undefined || costs[metric.name] !== usual(metric, costs));
const multiple = ([factor, names], costs) => BigInt(factor) * names.reduce((sum, name) => sum + costs[name], 0n);
const joined = (metric, a, b) => (metric.max ? (a > b ? a : b) : a + b);

// What a network costs by a metric, without its rows: each kind of row times how often there is one.
function total({ form, atoms }, tables, metrics, metric) {
  form.counts ??= form.rows.reduce((counts, row) => ((counts[row] = (counts[row] || 0n) + 1n), counts), []);
  let sum = 0n;
  form.distinct.forEach((row, i) => {
    const { times: often, costs } = layerOf(tables, row, atoms, metrics);
    if (often) sum = metric.max ? joined(metric, sum, costs[metric.name]) : sum + form.counts[i] * often * costs[metric.name];
  });
  return sum;
}

// By executed row, the bytes that are alive at it.
function aliveIn(memory, atoms) {
  const [rows, sizes, buffers] = memory ?? [[], [], []];
  const bytes = sizes.map((size) => value(size, atoms));
  const steps = Array(rows.length + 2).fill(0n);
  for (const [first, last, size] of buffers) {
    steps[first] += bytes[size];
    steps[last + 1] -= bytes[size];
  }
  let now = steps[0];
  return Object.fromEntries(rows.map((row, i) => [row, (now += steps[i + 1])]));
}

// The plan of costcalc/memory/arena.py: the largest buffer first, each in the lowest gap.
function arenaOf(memory, atoms) {
  const [, sizes, buffers, alignment, scratch] = memory ?? [];
  if (!alignment) return undefined;
  const all = [...buffers, ...scratch];
  const unit = BigInt(alignment);
  const bytes = sizes.map((size) => -floorDivide(-value(size, atoms), unit) * unit);
  const size = (i) => bytes[all[i][2]];
  memory.near ??= neighbours(all);
  const starts = [];
  let top = 0n;
  for (const i of [...all.keys()].sort((a, b) => order(size(b), size(a)) || b - a)) {
    let start = 0n;
    const taken = memory.near[i].filter((other) => starts[other] !== undefined);
    for (const other of taken.sort((a, b) => order(starts[a], starts[b]) || order(size(a), size(b)))) {
      if (starts[other] - start >= size(i)) break;
      if (starts[other] + size(other) > start) start = starts[other] + size(other);
    }
    starts[i] = start;
    if (start + size(i) > top) top = start + size(i);
  }
  return top;
}
// By buffer, those that are alive at some step at which it is.
function neighbours(buffers) {
  const near = buffers.map(() => []);
  let alive = [];
  for (const i of [...buffers.keys()].sort((a, b) => buffers[a][0] - buffers[b][0])) {
    alive = alive.filter((other) => buffers[other][1] >= buffers[i][0]);
    for (const other of alive) near[i].push(other), near[other].push(i);
    alive.push(i);
  }
  return near;
}

const runs = (list) => list.flatMap((x, i) => (i % 2 ? [] : Array(list[i + 1]).fill(x)));

// The tree of a network at some knobs, with the names, shapes, sources and costs of all its rows.
function networkAt(served, tables, metrics) {
  const { form, atoms } = served;
  const layers = form.distinct.map((row) => layerOf(tables, row, atoms, metrics));
  const lines = (form.allLines ??= runs(form.lines));
  const inputs = form.inputs.map(([name, ...dims]) => ({ name, dims: dims.map((dim) => value(dim, atoms)), input: true }));
  const latest = [];
  const leaves = [];
  let row = 0;
  let line = 0;
  const at = (source) => (source < 0 ? inputs[-1 - source] : latest[source]);
  const alive = aliveIn(form.memory, atoms);
  // A parent of null only walks on: what is below does not count.
  function walk(children, parent) {
    for (const child of children) {
      if (Array.isArray(child)) copies(child, parent);
      else if (child < 0) group(child, parent);
      else for (let i = 0; i < child; i++) leaf(parent);
    }
  }
  function group(place, parent) {
    const [label, type, ...children] = tables.groups[-1 - place];
    const made = parent && { label, type, parent, line: lines[line], children: [] };
    if (made) parent.children.push(made);
    line++;
    walk(children, made);
  }
  function leaf(parent) {
    const layer = layers[form.rows[row]];
    if (parent) {
      const sources = (form.sources[row] ?? [row ? row - 1 : -1]).map(at);
      const costs = { ...layer.costs, peak_memory: alive[row] ?? 0n };
      latest[row] = { ...layer, costs, parent, line: lines[line], sources, row, shared: latest[form.shared?.[row]] };
      parent.children.push(latest[row]);
      leaves.push(latest[row]);
    }
    row++;
    line++;
  }
  function copies([count, given, made, ...children], parent) {
    const start = [row, line];
    const before = given.map(at);
    const often = value(count, atoms);
    for (let copy = 0n; copy < often; copy++) {
      [row, line] = start;
      if (copy) given.forEach((source, i) => set(source, at(made[i])));
      walk(children, parent);
    }
    given.forEach((source, i) => set(source, before[i]));
    if (!often) {
      walk(children, null);
      made.forEach((source, i) => set(source, before[i])); // what it would read is handed on
    }
  }
  const set = (source, node) => {
    if (source >= 0) latest[source] = node;
  };
  const [, type, ...children] = tables.groups[form.root];
  const root = { label: "", type, name: "", line: 1, children: [] };
  walk(children, root);
  leaves.forEach((node, i) => (node.index = i));
  nameChildren(root);
  return { root, leaves, inputs, served, outputs: form.outputs.map(at), costs: { ...addUp(root, metrics), arena: arenaOf(form.memory, atoms) } };
}

// Dotted names; siblings of one label are numbered from 1.
function nameChildren(group) {
  const counts = new Map();
  for (const { label } of group.children) counts.set(label, (counts.get(label) || 0) + 1);
  const used = new Map();
  for (const child of group.children) {
    let own = child.label;
    if (counts.get(own) > 1) {
      let number = (used.get(own) || 0) + 1;
      while (counts.get(own + "_" + number) === 1) number++;
      used.set(own, number);
      own += "_" + number;
    }
    child.own = own;
    child.name = group.name ? group.name + "." + own : own;
    if (child.children) nameChildren(child);
  }
}

function addUp(group, metrics) {
  const costs = (group.costs = {});
  for (const metric of metrics) if (!metric.planned) costs[metric.name] = 0n;
  group.count = 0;
  for (const child of group.children) {
    if (child.children) addUp(child, metrics);
    group.count += child.count ?? 1;
    if (child.last ?? child.dims) group.last = child.last ?? child;
    for (const metric of metrics) {
      if (!metric.planned) costs[metric.name] = joined(metric, costs[metric.name], child.costs[metric.name]);
    }
  }
  return costs;
}

// Every convolution that exists in both forms, standard and depthwise separable.
function comparedOf({ leaves, served: { form, atoms } }, tables) {
  const by = new Map();
  for (const node of leaves) by.set(node.row, [...(by.get(node.row) ?? []), node]);
  return form.compared
    .flatMap(([rows, place, ...places]) => {
      const own = places.map((atom) => atoms[atom]);
      const [channels, side, kernel, macs, isSeparable] = tables.comparisons[place];
      const all = (forms) => forms.map((form) => value(form, own));
      const [standard, depthwise, pointwise] = all(macs);
      return (by.get(rows[0]) ?? []).map((first, i) => {
        const last = (by.get(rows[rows.length - 1]) ?? [])[i];
        const name = first === last ? first.name : around(first, last);
        return { first, name, isSeparable, channels: all(channels), side: all(side), kernel: all(kernel), standard, depthwise, pointwise };
      });
    })
    .sort((a, b) => a.first.index - b.first.index);
}
// The innermost block around two layers, or both names.
function around(first, last) {
  const groups = new Set();
  for (let group = first.parent; group.parent; group = group.parent) groups.add(group);
  for (let group = last.parent; group.parent; group = group.parent) if (groups.has(group)) return group.name;
  return first.name + " + " + last.name;
}
