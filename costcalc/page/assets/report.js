// The verdicts of `costcalc check`, above the network that they are of.
hooks.start = () => {
  const parts = page.report.map(([status, parts]) => {
    const [title, ...rest] = parts.filter(Boolean);
    const made = rest.map((part) => (typeof part === "string" ? make("p", {}, named(part)) : tableOf(part)));
    return make("details", { class: status, open: status !== "pass" }, make("summary", {}, named(title)), make("section", {}, made));
  });
  byId("knobs").before(make("section", { id: "report", "aria-label": "Budgets" }, parts));
};
function tableOf([heads, rows, strong]) {
  const cells = (tag, row) => row.map((cell, i) => make(tag, { class: heads[i][1] ? "text" : undefined }, named(cell)));
  return make("table", {}, make("thead", {}, make("tr", {}, cells("th", heads.map(([head]) => head)))), make("tbody", {}, rows.map((row, i) => make("tr", { class: strong.includes(i) ? "over" : undefined }, cells("td", row)))));
}
