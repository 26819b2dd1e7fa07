// The graph beside the table, as `git log --graph` draws it: the main path, and an arc in a lane
// for each map that is read further down.
const LANE = 9;
const MOST_LANES = 24;

// What to draw beside each row: rows are layers, closed blocks, and heads of open blocks.
function lanesOf(rows, network) {
  const spot = [];
  rows.forEach((row, i) => {
    if (!row.isOpen && !row.isGone) for (const leaf of leavesOf(row.node)) spot[leaf.index] = i;
  });
  const drawn = rows.map(() => ({ arcs: [] }));
  const last = new Map();
  for (const leaf of network.leaves) {
    const to = spot[leaf.index];
    for (const source of leaf.sources) {
      const from = spot[source.index];
      if (from === undefined || from >= to) continue;
      let before = to - 1;
      while (before > from && (rows[before].isOpen || rows[before].isGone)) before--;
      if (before === from) for (let i = from; i <= to; i++) Object.assign(drawn[i], i > from && { up: true }, i < to && { down: true });
      else last.set(from, (last.get(from) ?? new Set()).add(to));
    }
  }
  const free = [];
  let width = 1;
  for (const [from, ends] of [...last].sort(([a], [b]) => a - b)) {
    const stop = Math.max(...ends);
    let lane = free.findIndex((until) => until <= from);
    if (lane < 0) lane = free.length;
    free[lane] = stop;
    const place = Math.min(lane, MOST_LANES) + 1;
    width = Math.max(width, place + 1);
    for (let i = from; i <= stop; i++) drawn[i].arcs.push({ place, from: i === from, to: ends.has(i), on: i > from && i < stop });
  }
  return { drawn, width: width * LANE + 3 };
}

function* leavesOf(node) {
  if (!node.children) yield node;
  else for (const child of node.children) yield* leavesOf(child);
}

function laneSvg({ up, down, arcs }, width, height, row) {
  const middle = height / 2;
  const x = 6;
  const main = (up ? `M${x} 0V${middle}` : "") + (down ? `M${x} ${middle}V${height}` : "");
  const svg = draw("svg", { width, height, "aria-hidden": true }, main && draw("path", { class: "path", d: main }));
  for (const { place, from, to, on } of arcs) {
    const at = x + place * LANE;
    const out = from ? `M${x} ${middle}C${at} ${middle} ${at} ${middle} ${at} ${height}` : "";
    const back = to ? `M${at} 0C${at} ${middle} ${at} ${middle} ${x} ${middle}` : "";
    svg.append(draw("path", { class: "arc", d: out + back + (on ? `M${at} 0V${height}` : "") }));
  }
  if (!row.isOpen && !row.isGone) svg.append(draw("circle", { class: row.node.costs.macs ? "dot" : "dot small", cx: x, cy: middle, r: row.node.costs.macs ? 3.5 : 2 }));
  return svg;
}
