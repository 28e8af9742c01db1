// The state of an explorer and the numbers that belong to it.
//
// A reference in a mark says where its numbers are: {array: i} in the payload, {state: name} in the state itself,
// {formula: i, key} from JavaScript, {live: i, key, array: i} from the kernel, with what it gave first.
// `numbers.at(reference)` returns {data, shape, version}; the version changes when the data does, so views can keep what
// they drew.

async function unpack(bytes, specs) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  return specs.map((spec) => decode(raw, spec));
}

// Bytes come in planes (all first bytes, all second bytes, ...), which compresses better.
function decode(raw, { dtype, offset, count, low, step, shape, over }) {
  const size = { f4: 4, u2: 2, u1: 1 }[dtype];
  const bytes = new Uint8Array(count * size);
  for (let plane = 0; plane < size; plane++) {
    const from = offset + plane * count;
    for (let i = 0, to = plane; i < count; i++, to += size) bytes[to] = raw[from + i];
  }
  if (dtype === "f4") return { values: new Float32Array(bytes.buffer), shape, over };
  const codes = dtype === "u2" ? new Uint16Array(bytes.buffer) : bytes;
  const gap = dtype === "u2" ? 65535 : 255;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = codes[i] === gap ? NaN : low + step * codes[i];
  return { values, shape, over };
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

// Numbers, nested arrays or typed arrays as {data, shape}.
function flatten(value) {
  const shape = [];
  for (let level = value; typeof level === "object" && level !== null; level = level[0]) shape.push(level.length);
  if (shape.length <= 1) return { data: shape.length ? value : [value], shape };
  return { data: value.flat(shape.length - 1), shape };
}

class Store {
  constructor(controls, initial) {
    this.controls = new Map(controls.map((control) => [control.name, control]));
    this.defaults = Object.fromEntries(controls.map((control) => [control.name, control.default]));
    this.state = { ...this.defaults };
    this.listeners = new Set();
    this.set(initial ?? {}, "start");
  }

  // Take new values for some controls; what a control cannot be is brought to the nearest it can be.
  set(patch, origin = "reader") {
    let changed = false;
    for (const [name, value] of Object.entries(patch)) {
      const control = this.controls.get(name);
      if (!control) continue;
      const accepted = accept(control, value);
      if (accepted === undefined || same(accepted, this.state[name])) continue;
      this.state = { ...this.state, [name]: accepted };
      changed = true;
    }
    if (changed) for (const listener of this.listeners) listener(this.state, origin);
  }

  index(name) {
    return indexOf(this.controls.get(name), this.state[name]);
  }

  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const same = (a, b) => a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

function accept(control, value) {
  switch (control.kind) {
    case "play":
      return Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), control.count - 1) : undefined;
    case "slider":
    case "logslider":
      return Number.isFinite(value) ? control.values[indexOf(control, value)] : undefined;
    case "choice":
      return control.values.includes(value) ? value : undefined;
    case "toggle":
      return Boolean(value);
    case "numbers":
      return value.map((row) => row.map((x) => Math.min(Math.max(Number(x) || 0, control.low), control.high)));
    default:
      return String(value);
  }
}

// Index of the value of a control nearest to `value`; the values are sorted, so half the rest falls away each time.
function indexOf(control, value) {
  if (control.kind === "play") return value;
  if (control.kind === "choice" || control.kind === "toggle") return control.values.indexOf(value);
  const { values, kind } = control;
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle;
  }
  const nearer =
    kind === "logslider" ? value * value < values[low] * values[high] : value - values[low] < values[high] - value;
  return nearer ? low : high;
}

class Numbers {
  constructor(store, spec, arrays) {
    this.store = store;
    this.arrays = arrays.map((array) => withStrides(array, store));
    this.formulas = spec.formulas.map((source) => new Formula(source, store));
    this.live = new Map(); // number of a live source -> {key: {data, shape, version}}
  }

  at(reference) {
    if ("state" in reference) {
      const value = this.store.state[reference.state];
      const number = typeof value === "number" ? value : this.store.index(reference.state);
      return { data: [number], shape: [], version: number };
    }
    if ("formula" in reference) return this.formulas[reference.formula].at(reference.key);
    const answer = "live" in reference && this.live.get(reference.live)?.[reference.key];
    return answer || this.slice(reference.array);
  }

  // The numbers of an array for the present state: a view, not a copy.
  slice(i) {
    const { values, shape, size, strides } = this.arrays[i];
    let offset = 0;
    for (const [name, stride] of strides) offset += this.store.index(name) * stride;
    return { data: values.subarray(offset, offset + size), shape, version: offset };
  }

  // The least and the greatest number of a reference, over all states where they are known.
  span(reference) {
    const known = "array" in reference && !("live" in reference) && this.arrays[reference.array];
    if (known?.span) return known.span;
    let [low, high] = [Infinity, -Infinity];
    for (const value of known ? known.values : this.at(reference).data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (known) known.span = [low, high];
    return [low, high];
  }

  // A scalar, as text templates want it.
  value(reference) {
    return this.at(reference).data[0];
  }
}

function withStrides({ values, shape, over }, store) {
  const size = shape.reduce((product, length) => product * length, 1);
  const strides = [];
  let stride = size;
  for (const name of [...over].reverse()) {
    strides.push([name, stride]);
    const control = store.controls.get(name);
    stride *= control.kind === "play" ? control.count : control.values.length;
  }
  return { values, shape, size, strides };
}

// A function of the state, evaluated again when one of the controls that it looked at has moved.
class Formula {
  constructor(source, store) {
    this.compute = new Function(`return (${source});`)();
    this.store = store;
    this.seen = new Map();
    this.version = 0;
  }

  at(key) {
    if (!this.result || [...this.seen].some(([name, value]) => !same(value, read(this.store.state, name)))) {
      this.seen = new Map();
      const seen = this.seen;
      const watched = new Proxy(this.store.state, {
        get: (state, name) => {
          const value = read(state, name);
          seen.set(name, value);
          return value;
        },
      });
      const result = this.compute(watched);
      const plain = typeof result === "number" || Array.isArray(result) || ArrayBuffer.isView(result);
      this.result = plain ? { value: result } : result;
      this.version += 1;
      this.flat = {};
    }
    this.flat[key] ??= { ...flatten(this.result[key]), version: this.version };
    return this.flat[key];
  }
}

// A control's value; a point is an array of its two coordinates.
function read(state, name) {
  if (name in state) return state[name];
  return `${String(name)}.x` in state ? [state[`${name}.x`], state[`${name}.y`]] : undefined;
}
