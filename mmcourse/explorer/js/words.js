// Numbers in words: the formats of Python, templates, and the marks Text and Equation.

const FIELD = /\{\{|\}\}|\{([^{}]*)\}/g;

// Format a number as Python does: .3f, .2e, .3g, d and .0%.
function format(x, spec = ".3g") {
  if (typeof x !== "number") return String(x);
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  const [, digits, kind] = /^\.(\d+)([feg%])$/.exec(spec) ?? [null, spec === "d" ? 0 : 3, spec === "d" ? "f" : "g"];
  const n = Number(digits);
  if (kind === "%") return unsigned(fixed(100 * x, n)) + "%";
  return unsigned({ f: fixed, e: exponent, g: general }[kind](x, n));
}

// What rounds to zero has no minus.
const unsigned = (text) => (/^-0(\.0*)?(e\+00)?$/.test(text) ? text.slice(1) : text);

const PLACES = 100; // as many as toFixed and toExponential can give, and no double of interest has more

// Both round exact ties away from zero; Python takes the even digit, which is then the one that stands there.
function toEven(x, method, digits) {
  const [mantissa, power] = x[method](PLACES).split("e");
  const end = mantissa.indexOf(".") + 1 + digits;
  const cut = mantissa.slice(0, digits ? end : end - 1);
  if (!/^50*$/.test(mantissa.slice(end)) || Number(cut.at(-1)) % 2) return x[method](digits);
  return power === undefined ? cut : `${cut}e${power}`;
}

function fixed(x, digits) {
  if (Math.abs(x) >= 1e21) return BigInt(x) + (digits ? "." + "0".repeat(digits) : "");
  return toEven(x, "toFixed", digits);
}

function exponent(x, digits) {
  const [mantissa, power] = toEven(x, "toExponential", digits).split("e");
  return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

function general(x, wanted) {
  const digits = Math.max(wanted, 1);
  const [mantissa, power] = exponent(x, digits - 1).split("e");
  const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return trim(fixed(x, digits - 1 - power));
  return `${trim(mantissa)}e${power}`;
}

// Put the present numbers into a template; `lookup(name)` gives a number or a word.
function fill(template, lookup) {
  return template.replace(FIELD, (whole, field) => {
    if (field === undefined) return whole[0];
    const colon = field.includes(":") ? field.indexOf(":") : field.length;
    const [value, spec] = [lookup(field.slice(0, colon).trim()), field.slice(colon + 1)];
    if (typeof value === "string") return value;
    if (spec.includes("|")) return spec.split("|")[Number(value)] ?? "–";
    return format(Number(value), spec || undefined);
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
