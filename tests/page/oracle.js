// What the page's own formulas say of a network, a line a layer; see oracle.py.
function say(file, metrics, found) {
  const costs = (node, all) => metrics.filter((m) => all || !(m.alive || m.planned)).map(({ name }) => name + "=" + node.costs[name]).join(" ");
  const lines = found.leaves.map((x) => `${x.name} ${x.type} ${x.line} ${x.dims.join("×")} of ${x.sources.map((source) => source.name).join()} ${costs(x)}`);
  for (const row of comparedOf(found, file)) {
    lines.push([row.name, ...row.channels, row.standard, row.depthwise, row.pointwise].join(" "));
  }
  lines.push(costs(found, true));
  for (const m of metrics.filter((m) => m.of)) {
    const fast = total(found.served, file, metrics, m);
    if (fast !== found.costs[m.name]) lines.push(`the total of ${m.name} is ${fast}`);
  }
  return lines;
}

// Where the formulas and what is expected differ, and at how many settings there is a network.
function wrong(page, cases) {
  const found = [];
  let served = 0;
  let planned = 0;
  for (const [place, values, engines] of cases) {
    const own = page.networks[place];
    const file = page.files[own.file];
    const at = serving(own.forms, values.map(exact));
    if (!at && (own.partial || !engines)) continue;
    const isNetwork = at && !at.form.error;
    const network = isNetwork ? networkAt(at, file, page.metrics) : null;
    const said = isNetwork ? say(file, page.metrics, network) : null;
    if (isNetwork) served++;
    // Where copies are counted, a page does not plan the arena.
    const isPlanned = network?.costs.arena !== undefined;
    if (isPlanned) planned++;
    const expected = isPlanned ? engines : engines && engines.map((line) => line.replace(/ arena=\d+$/, " arena=undefined"));
    if (JSON.stringify(said) !== JSON.stringify(expected)) {
      const line = Math.max(0, (said ?? []).findIndex((x, i) => x !== (expected ?? [])[i]));
      found.push([own.variant, values, said?.[line] ?? said, expected?.[line] ?? expected]);
    }
  }
  return { served, planned, found };
}

// The same of totals alone, [macs, params], at many settings of the first two knobs.
function wrongTotals(page, cases) {
  const found = [];
  let served = 0;
  for (const [place, values, macs, params] of cases) {
    const own = page.networks[place];
    const at = serving(own.forms, own.knobs.map((knob, i) => exact(values[i] ?? knob[1])));
    if (!at && own.partial) continue;
    const file = page.files[own.file];
    const said = at && !at.form.error ? ["macs", "params"].map((name) => String(total(at, file, page.metrics, page.metrics.find((m) => m.name === name)))) : [];
    served++;
    if (said[0] !== macs || said[1] !== params) found.push([own.variant, values, said, macs, params]);
  }
  return { served, found };
}
