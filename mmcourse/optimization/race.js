(s) => {
  const { sqrt, log10, abs, max } = Math;
  const root = (u) => sqrt(u * u + 0.04), ramp = (u) => 1.5 * (u + root(u)), slope = (u) => 1.5 * (1 + u / root(u));
  const ravine = (x, y) => [0.5 * (x * x + 25 * (y * y)), x, 25 * y];
  const surface = {
    bowl: (x, y) => [(x * x + y * y) / 2, x, y],
    ravine, noisy: ravine,
    "turned ravine": (x, y) => [6.5 * x * x - 12 * x * y + 6.5 * y * y, 13 * x - 12 * y, 13 * y - 12 * x],
    saddle: (x, y) => [x * x / 2 - y * y / 2 + y ** 4 / 4, x, y ** 3 - y],
    Rosenbrock: (x, y) => [(1 - x) ** 2 + 100 * (y - x * x) ** 2, -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    plateau: (x, y, z = (x - 2) / 1.2, q = 1 / (1 + z * z)) => [ramp(-2.8 - x) + -(q * q * q) + ramp(x - 3.2) + y * y / 2, -slope(-2.8 - x) + 5 * z * (q * q * q * q) + slope(x - 3.2), y],
  }[s.track];
  const moves = {
    descent: (g, lr) => -lr * g,
    momentum: (g, lr, m) => (m.v = 0.9 * m.v - lr * g),
    Nesterov: (g, lr, m) => { const v = m.v; m.v = 0.9 * v - lr * g; return 1.9 * m.v - 0.9 * v; },
    Adagrad: (g, lr, m) => (m.r += g * g, -lr * g / (sqrt(m.r) + 1e-10)),
    RMSprop: (g, lr, m) => (m.r = 0.9 * m.r + (1 - 0.9) * (g * g), -lr * g / (sqrt(m.r) + 1e-8)),
    Adam: (g, lr, m, t) => (m.v = 0.9 * m.v + (1 - 0.9) * g, m.r = 0.999 * m.r + (1 - 0.999) * (g * g), -lr * (m.v / (1 - 0.9 ** t)) / (sqrt(m.r / (1 - 0.999 ** t)) + 1e-8)),
  };
  const rates = /*RATES*/[s.track], floor = /*FLOORS*/[s.track], [right, up] = /*PUSHES*/[s.track];
  const noise = /*NOISE*/, loud = s.track === "noisy" ? 4 : 0, found = {};
  const names = Object.keys(moves), all = !s.who || s.who === "all", single = s.who === "one rate for all weights";
  for (const name of names) {
    let [x, y] = s.start, memory = [{ v: 0, r: 0 }, { v: 0, r: 0 }];
    const path = [], heights = [], lr = s.scale * rates[name];
    for (let t = 0; t <= 200; t++) {
      const [f, gx, gy] = surface(x - right, y - up);
      path.push([x, y]); heights.push(log10(max(f - floor, 1e-6))); if (t === 200) break;
      x += moves[name](gx + loud * noise[t][0], lr, memory[0], t + 1);
      y += moves[name](gy + loud * noise[t][1], lr, memory[1], t + 1);
      if (!(abs(x) <= 8 && abs(y) <= 8)) x = y = NaN;
    }
    const seen = all || single === names.indexOf(name) < 3, left = isNaN(heights[200]) ? 202 : 0, above = heights.map((h) => h < -3).lastIndexOf(false);
    Object.assign(found, { [name]: seen ? path : path.map(() => [NaN, NaN]), [name + " height"]: seen ? heights : heights.map(() => NaN), [name + " rate"]: lr,
      [name + " arrival"]: heights.findIndex((h) => h < -3) + 1 || left, [name + " stays"]: left || (above === 200 ? 0 : above + 2) });
  }
  return found;
}
