// Numbers in words: the formats of Python, templates, and the marks Text and Equation.

const TEMPLATE = /\{([a-z][a-z0-9_.]*)(?::([^{}]*))?\}/g;

// Format a number as Python does: .3f, .2e, .3g, d and .0%.
function format(x, spec = ".3g") {
  if (typeof x !== "number") return String(x);
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  if (spec === "d") return withoutNegativeZero(fixed(x, 0));
  const [, digits, kind] = /^\.(\d+)([feg%])$/.exec(spec) ?? [null, "3", "g"];
  const n = Number(digits);
  if (kind === "f") return withoutNegativeZero(fixed(x, n));
  if (kind === "%") return withoutNegativeZero(fixed(100 * x, n)) + "%";
  if (kind === "e") return exponent(x, n);
  return general(x, Math.max(n, 1));
}

const withoutNegativeZero = (text) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);

// Half a unit is rounded to the even neighbour, as in Python; toFixed alone rounds it up.
function fixed(x, digits) {
  const scaled = Math.abs(x) * 10 ** digits;
  const tie = scaled < 2 ** 52 && scaled % 1 === 0.5 && scaled / 10 ** digits === Math.abs(x);
  if (!tie || Math.abs(x) >= 1e21) return x.toFixed(digits);
  const even = 2 * Math.round(scaled / 2);
  return ((Math.sign(x) * even) / 10 ** digits).toFixed(digits);
}

const exponent = (x, digits) =>
  x.toExponential(digits).replace(/e([+-])(\d+)$/, (_, sign, power) => `e${sign}${power.padStart(2, "0")}`);

function general(x, digits) {
  if (x === 0) return "0";
  const power = Number(x.toExponential(digits - 1).split("e")[1]);
  const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return trim(x.toFixed(digits - 1 - power));
  const [mantissa, exponentPart] = exponent(x, digits - 1).split("e");
  return `${trim(mantissa)}e${exponentPart}`;
}

// Put the present numbers into a template; `lookup(name)` gives a number or a word.
function fill(template, lookup) {
  return template.replace(TEMPLATE, (_, name, spec) => {
    const value = lookup(name);
    if (spec?.includes("|")) return spec.split("|")[Math.round(value)] ?? "–";
    return format(value, spec || undefined);
  });
}

function lookupFor(mark, view) {
  return (name) => (name in (mark.numbers ?? {}) ? view.numbers.value(mark.numbers[name]) : view.store.state[name]);
}

marks.text = {
  mount(mark, panel) {
    const line = element("p", { class: "mm-text" });
    panel.box.append(line);
    return () => setText(line, fill(mark.template, lookupFor(mark, panel.view)));
  },
};

// The formula arrives as MathML whose changing numbers are <mtext>@name:spec@</mtext>.
marks.equation = {
  mount(mark, panel) {
    const box = element("div", { class: "mm-equation" });
    box.innerHTML = mark.mathml;
    panel.box.append(box);
    const slots = [...box.querySelectorAll("mtext")].filter((slot) => /^@.*@$/.test(slot.textContent));
    const templates = slots.map((slot) => `{${slot.textContent.slice(1, -1)}}`);
    return () => {
      const lookup = lookupFor(mark, panel.view);
      slots.forEach((slot, i) => setText(slot, fill(templates[i], lookup)));
    };
  },
};
