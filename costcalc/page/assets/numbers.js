// Exact numbers: a BigInt, or a fraction {n, d} in lowest terms. Never a float.
const gcd = (a, b) => {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};
const ratio = (n, d) => {
  if (!d) throw new RangeError("division by 0");
  if (d < 0n) [n, d] = [-n, -d];
  const g = gcd(n, d);
  return d === g ? n / g : { n: n / g, d: d / g };
};
const isWhole = (x) => typeof x === "bigint";
const over = (x) => (isWhole(x) ? x : x.n);
const under = (x) => (isWhole(x) ? 1n : x.d);
const plus = (a, b) =>
  isWhole(a) && isWhole(b) ? a + b : ratio(over(a) * under(b) + over(b) * under(a), under(a) * under(b));
const times = (a, b) => (isWhole(a) && isWhole(b) ? a * b : ratio(over(a) * over(b), under(a) * under(b)));
const divide = (a, b) => ratio(over(a) * under(b), under(a) * over(b));
const order = (a, b) => {
  const difference = over(a) * under(b) - over(b) * under(a);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
const floorDivide = (a, b) => {
  let [n, d] = [over(a) * under(b), under(a) * over(b)];
  if (!d) throw new RangeError("division by 0");
  if (d < 0n) [n, d] = [-n, -d];
  const q = n / d;
  return n < 0n && q * d !== n ? q - 1n : q;
};
const minus = (a) => times(-1n, a);
const asFloat = (x) => (isWhole(x) ? Number(x) : Number((x.n * 10n ** 12n) / x.d) / 1e12);

// "0.35", "6/7" or "3" as they are written; undefined for anything else.
function exact(text) {
  const [, sign, whole, decimals = "", bottom] = /^\s*(-?)(\d*)(?:\.(\d+)|\/(\d+))?\s*$/.exec(text) || [];
  if (whole === undefined || !(whole + decimals) || (bottom && !BigInt(bottom))) return undefined;
  const n = BigInt(whole + decimals);
  return ratio(sign ? -n : n, bottom ? BigInt(bottom) : 10n ** BigInt(decimals.length));
}

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
// A fraction as a decimal of at most so many places, rounded half up.
function decimal(x, places) {
  const unit = 10n ** BigInt(places);
  const n = floorDivide(plus(times(2n * unit, x), 1n), 2n);
  const digits = String(n < 0n ? -n : n).padStart(places + 1, "0");
  const tail = places ? digits.slice(-places).replace(/0+$/, "") : "";
  return (n < 0n ? "-" : "") + grouped(digits.slice(0, digits.length - places)) + (tail && "." + tail);
}
// As it is typed: whole, a finite decimal, else a fraction.
function typed(x) {
  for (let places = 0; places < 7; places++) {
    if (10n ** BigInt(places) % under(x) === 0n) return decimal(x, places).replace(/,/g, "");
  }
  return over(x) + "/" + under(x);
}
// 300774272 as 300.8M, for axes and narrow places.
function short(n) {
  const digits = String(n).length;
  const step = Math.min(4, Math.floor((digits - 1) / 3));
  return step < 1 ? String(n) : decimal(ratio(n, 1000n ** BigInt(step)), digits % 3 === 1 ? 2 : digits % 3 ? 1 : 0) + "kMGT"[step - 1];
}
const percent = (part, whole) => (whole ? decimal(ratio(100n * part, whole), 1) + " %" : "");
