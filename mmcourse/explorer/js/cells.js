// Marks without axes, each on a canvas of its own: image, matrix, graph.

const SMALLEST_TEXT = 8; // pixels
const MOST_TOLD = 64; // numbers of a matrix that its description lists
const FADE = 120; // milliseconds in which a unit is switched

// A canvas in a panel, drawn again when its numbers, its width or the theme changed, or when `moving()` says so.
function addSheet(panel, mark, { tall, describe, draw, moving = () => "" }) {
  const { view } = panel;
  const canvas = element("canvas", { role: "img" });
  const cell = element("div", { class: `mm-cell mm-${mark.kind}` }, canvas);
  if (mark.label && mark.kind !== "sound") cell.append(element("div", { class: "mm-caption" }, mark.label));
  panel.box.append(cell);
  let drawn;
  const update = () => {
    const width = cell.clientWidth;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const versions = references(mark).map((reference) => view.numbers.at(reference).version);
    const key = [width, ratio, view.dark, moving(), ...versions].join(" ");
    if (key === drawn || !width) return;
    drawn = key;
    const height = Math.round(Math.min(panel.spec.height, tall(width)));
    fitCanvas(canvas, width, height, ratio);
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    draw({ ctx, width, height, ratio, theme: view.theme });
    canvas.setAttribute("aria-label", describe());
  };
  return { cell, canvas, update };
}

function fitCanvas(canvas, width, height, ratio) {
  canvas.style.height = `${height}px`;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
}

// A function that gives the color of a number: blue down to -limit, orange up to limit.
function diverging({ diverging: hexes }, limit) {
  const shades = hexes.map(rgb);
  return (value) => mix(shades, 0.5 + (0.5 * value) / limit).map(Math.round);
}

// Like format, with the sign that is as wide as a plus.
const written = (value, digits) => format(value, `.${digits}f`).replace("-", "−");

const css = ([r, g, b]) => `rgb(${r},${g},${b})`;

// Ink or paper, whichever reads better on a color.
function textOn(color, { ink, paper }) {
  const contrast = (other) => {
    const [a, b] = [luminance(color), luminance(rgb(other))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  return contrast(ink) >= contrast(paper) ? ink : paper;
}

function luminance(color) {
  const [r, g, b] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// The greatest absolute value, over all states where they are known.
function strongest(panel, reference) {
  const most = Math.max(...panel.view.numbers.span(reference).map(Math.abs));
  return Number.isFinite(most) && most > 0 ? most : 1;
}

// Image

marks.image = {
  mount(mark, panel) {
    const read = (reference) => panel.view.numbers.at(reference);
    const describe = () => {
      const [height, width] = read(mark.pixels).shape;
      const size = `${mark.label || "image"}, ${width} by ${height} pixels`;
      return mark.overlay ? `${size}, with an overlay in colour` : size;
    };
    const tall = (width) => {
      const [down, across] = read(mark.pixels).shape;
      return ((width - 2) * down) / across + 2;
    };
    const draw = (sheet) => {
      const pixels = read(mark.pixels);
      const frame = frameOf(sheet, pixels.shape);
      const { ctx } = sheet;
      ctx.imageSmoothingEnabled = frame.scale < 1; // enlarged pixels keep their corners, a reduced picture its content
      ctx.imageSmoothingQuality = "high";
      ctx.drawImage(picture(pixels, pixels.shape.length === 3 ? colored : grey), ...frame.box);
      ctx.imageSmoothingEnabled = true;
      if (mark.overlay) ctx.drawImage(picture(read(mark.overlay), tint(rgb(sheet.theme.series[2]))), ...frame.box);
      ctx.strokeStyle = sheet.theme.faint; // or a white corner would be lost on white paper
      ctx.strokeRect(...frame.box);
    };
    return addSheet(panel, mark, { tall, describe, draw }).update;
  },
};

// As large as fits, in the middle; when enlarged, by whole pixels of the screen, so that all are equal.
function frameOf({ width, height, ratio }, [down, across]) {
  const fitting = Math.min((width - 2) / across, (height - 2) / down) * ratio;
  const scale = (fitting >= 2 ? Math.floor(fitting) : fitting) / ratio;
  const left = Math.round(((width - across * scale) / 2) * ratio) / ratio;
  return { scale: scale * ratio, box: [left, 1, across * scale, down * scale] };
}

// A small canvas with one pixel for each entry; `color(data, i)` gives red, green, blue and opacity of the i-th.
function picture({ data, shape: [height, width] }, color) {
  const canvas = element("canvas", { width, height });
  const ctx = canvas.getContext("2d");
  const image = ctx.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set(color(data, i), 4 * i);
  ctx.putImageData(image, 0, 0);
  return canvas;
}

// Bytes are clamped by the canvas itself; a missing number is transparent.
const opaque = (...color) => [...color.map((share) => share * 255), Number.isNaN(color[0]) ? 0 : 255];
const grey = (data, i) => opaque(data[i], data[i], data[i]);
const colored = (data, i) => opaque(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
const tint = (color) => (data, i) => [...color, 217 * Math.min(Math.max(data[i] || 0, 0), 1)];

// Matrix

marks.matrix = {
  mount(mark, panel) {
    const read = () => panel.view.numbers.at(mark.values);
    const measure = element("canvas").getContext("2d");
    const grid = (width) => matrixGrid(measure, mark, read().shape, width, panel.spec.height);
    const limit = () => mark.limit ?? strongest(panel, mark.values);
    return addSheet(panel, mark, {
      tall: (width) => grid(width).height,
      describe: () => describeMatrix(mark, read()),
      draw: (sheet) => drawMatrix(sheet, mark, read().data, grid(sheet.width), limit()),
    }).update;
  },
};

function describeMatrix({ label, rows, columns, digits }, { data, shape: [height, width] }) {
  const name = `${label || "matrix"}, ${height} rows, ${width} columns`;
  if (height * width > MOST_TOLD) {
    const known = Array.from(data).filter((value) => !Number.isNaN(value));
    return `${name}, numbers from ${format(Math.min(...known))} to ${format(Math.max(...known))}`;
  }
  const heads = columns.length ? ` (${columns.join(", ")})` : "";
  const lines = Array.from({ length: height }, (_, i) => {
    const numbers = Array.from(data.slice(i * width, (i + 1) * width));
    const texts = numbers.map((value) => format(value, digits < 0 ? ".3g" : `.${digits}f`));
    return `${rows[i] ?? `row ${i + 1}`}: ${texts.join(", ")}`;
  });
  return `${name}${heads}. ${lines.join("; ")}`;
}

// Where the cells lie: square when there is room, with the names to the left and above.
function matrixGrid(ctx, { rows, columns }, [down, across], width, most) {
  ctx.font = "12px system-ui, sans-serif";
  const widest = (words) => Math.max(0, ...words.map((word) => ctx.measureText(word).width));
  const left = rows.length ? Math.min(widest(rows) + 8, width * 0.35) : 0;
  const cellWidth = Math.min((width - left - 1) / across, 64);
  const upright = widest(columns) > cellWidth - 4;
  const top = columns.length ? (upright ? Math.min(widest(columns) + 8, most * 0.35) : 20) : 0;
  const cellHeight = Math.min((most - top - 1) / down, cellWidth, 44);
  return { left, top, cellWidth, cellHeight, upright, down, across, height: top + down * cellHeight + 1 };
}

function drawMatrix({ ctx, theme }, mark, data, grid, limit) {
  const { left, top, cellWidth, cellHeight, across } = grid;
  const gap = Math.min(1.5, cellWidth / 12, cellHeight / 12);
  const write = numberWriter(ctx, mark, data, grid);
  const colorOf = diverging(theme, limit);
  for (let k = 0; k < data.length; k++) {
    if (Number.isNaN(data[k])) continue;
    const [x, y] = [left + (k % across) * cellWidth, top + Math.floor(k / across) * cellHeight];
    const color = colorOf(data[k]);
    ctx.fillStyle = css(color);
    ctx.fillRect(x, y, cellWidth - gap, cellHeight - gap);
    ctx.fillStyle = textOn(color, theme);
    write(data[k], x + (cellWidth - gap) / 2, y + (cellHeight - gap) / 2);
  }
  nameCells(ctx, theme, mark, grid);
}

// What stands in a cell: its number, where it can be read; else at least a minus in those below 0.
function numberWriter(ctx, { digits }, data, { cellWidth, cellHeight }) {
  const text = (value) => written(value, digits);
  const longest = digits < 0 ? "" : Array.from(data, text).reduce((a, b) => (b.length > a.length ? b : a), "");
  ctx.font = "12px system-ui, sans-serif";
  const size = digits < 0 ? 0 : Math.min(12, (12 * (cellWidth - 5)) / ctx.measureText(longest).width, cellHeight * 0.6);
  if (size >= SMALLEST_TEXT)
    return (value, x, y) => {
      Object.assign(ctx, { font: `${size}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle" });
      ctx.fillText(text(value), x, y + 0.5);
    };
  const dash = Math.min(cellWidth, cellHeight) * 0.4;
  return (value, x, y) => {
    if (value < 0 && dash > 2) ctx.fillRect(x - dash / 2, y - 0.5, dash, 1);
  };
}

// Names as large as fits; where not even small ones fit, every second, third, ... stands for its neighbours.
function nameCells(ctx, theme, { rows, columns }, { left, top, cellWidth, cellHeight, upright }) {
  ctx.fillStyle = theme.muted;
  const room = upright ? cellWidth : Infinity;
  eachName(ctx, rows, cellHeight, (name, i) => {
    Object.assign(ctx, { textAlign: "right", textBaseline: "middle" });
    ctx.fillText(name, left - 6, top + (i + 0.5) * cellHeight, left - 8);
  });
  eachName(ctx, columns, room, (name, i) => {
    ctx.save();
    ctx.translate(left + (i + 0.5) * cellWidth, top - 5);
    if (upright) ctx.rotate(-Math.PI / 2);
    Object.assign(ctx, { textAlign: upright ? "left" : "center", textBaseline: upright ? "middle" : "bottom" });
    ctx.fillText(name, 0, 0, upright ? top - 8 : cellWidth - 2);
    ctx.restore();
  });
}

function eachName(ctx, names, room, write) {
  const size = Math.min(12, Math.max(9, room * 0.9));
  ctx.font = `${size}px system-ui, sans-serif`;
  const every = Math.max(1, Math.ceil((0.9 * size) / room));
  names.forEach((name, i) => i % every === 0 && write(name, i));
}

// Graph

marks.graph = {
  mount(mark, panel) {
    const graph = () => readGraph(mark, (reference) => panel.view.numbers.at(reference));
    const presence = new Presence();
    const moving = () => {
      const now = presence.at(graph().active);
      if (presence.moving) panel.view.schedule();
      return presence.moving ? performance.now() : "";
    };
    const limits = () => ["values", "weights"].map((name) => mark[name] && strongest(panel, mark[name]));
    const draw = (sheet) => {
      const [valueLimit, weightLimit] = limits();
      const { nodes, ...rest } = graph();
      const places = placeNodes(sheet, nodes, panel.spec.equal);
      const shown = presence.at(rest.active);
      const scene = { ...sheet, ...rest, mark, shown, places, radius: radiusFor(places), valueLimit, weightLimit };
      drawEdges(scene);
      drawNodes(scene);
    };
    const describe = () => describeGraph(mark, graph());
    return addSheet(panel, mark, { tall: () => panel.spec.height, describe, draw, moving }).update;
  },
};

function readGraph(mark, at) {
  const pairs = ({ data, shape }) => Array.from({ length: shape[0] }, (_, i) => [data[2 * i], data[2 * i + 1]]);
  const nodes = pairs(at(mark.nodes));
  return {
    nodes,
    edges: pairs(at(mark.edges)),
    active: nodes.map((_, i) => (mark.active ? at(mark.active).data[i] > 0.5 : true)),
    values: mark.values && at(mark.values).data,
    weights: mark.weights && at(mark.weights).data,
  };
}

function describeGraph({ label, names }, { edges, active }) {
  const off = active.flatMap((on, i) => (on ? [] : [names[i] || `${i + 1}`]));
  const text = `${label || "graph"} of ${active.length} nodes and ${edges.length} edges`;
  return text + (off.length ? `; switched off: ${off.join(", ")}` : "");
}

// How much each unit is there, from 0 to 1: a unit that is switched fades for a moment, or at once for those who do not
// want motion.
class Presence {
  at(active) {
    const target = active.map(Number);
    const now = performance.now();
    const shown = this.target ? this.between(now) : target;
    if (!this.target || !same(target, this.target)) {
      const still = !this.target || matchMedia("(prefers-reduced-motion: reduce)").matches;
      Object.assign(this, { from: still ? target : shown, target, since: now });
    }
    this.moving = now - this.since < FADE && !same(this.from, this.target);
    return this.between(now);
  }

  between(now) {
    const share = Math.min((now - this.since) / FADE, 1);
    return this.target.map((value, i) => this.from[i] + share * (value - this.from[i]));
  }
}

// Pixels of the nodes, with room at the borders for a node and its name.
function placeNodes({ width, height }, nodes, equal) {
  const [[x0, x1], [y0, y1]] = [0, 1].map((k) => {
    const known = nodes.map((node) => node[k]).filter((value) => !Number.isNaN(value));
    return [Math.min(...known), Math.max(...known)];
  });
  let [unitX, unitY] = [(width - 64) / (x1 - x0 || 1), (height - 76) / (y1 - y0 || 1)];
  if (equal) unitX = unitY = Math.min(unitX, unitY);
  return nodes.map(([x, y]) => [width / 2 + (x - (x0 + x1) / 2) * unitX, height / 2 - (y - (y0 + y1) / 2) * unitY]);
}

// Such that neighbours stay apart.
function radiusFor(places) {
  let closest = Infinity;
  places.forEach(([x, y], i) => {
    for (const other of places.slice(0, i))
      closest = Math.min(closest, Math.hypot(x - other[0], y - other[1]) || Infinity);
  });
  return Math.min(Math.max(0.3 * closest, 4), 19);
}

// Positive weights orange, negative ones blue and dashed; an edge is as faint as the fainter of its ends.
function drawEdges({ ctx, theme, mark, places, edges, weights, weightLimit, shown }) {
  const labels = [];
  edges.forEach(([start, end], i) => {
    const weight = weights ? weights[i] : 0;
    if (Number.isNaN(weight)) return;
    const strength = weights ? Math.abs(weight) / weightLimit : 0.3;
    const there = Math.min(shown[start], shown[end]);
    ctx.strokeStyle = weights ? theme.series[weight < 0 ? 1 : 4] : theme.muted;
    ctx.globalAlpha = 0.13 + there * (0.3 + 0.55 * Math.min(strength, 1));
    ctx.lineWidth = 0.8 + 4 * strength;
    ctx.setLineDash(weight < 0 ? [6, 4] : []);
    ctx.beginPath();
    join(ctx, places[start], places[end]);
    ctx.stroke();
    if (weights && mark.digits >= 0 && there > 0.5) labels.push([weight, between(places[start], places[end], 0.38)]);
  });
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  for (const [weight, [x, y]] of labels)
    drawLabel(ctx, written(weight, mark.digits), x, y, { color: theme.ink, paper: theme.paper, align: "center" });
}

function drawNodes(scene) {
  const { ctx, theme, places, radius, values, valueLimit, shown, active } = scene;
  const colorOf = values ? diverging(theme, valueLimit) : () => rgb(theme.field[2]);
  places.forEach(([x, y], i) => {
    if (Number.isNaN(x + y)) return;
    const color = colorOf(values?.[i] || 0);
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = theme.paper;
    ctx.fill();
    ctx.fillStyle = css(color);
    ctx.globalAlpha = shown[i];
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.setLineDash(active[i] ? [] : [3, 3]);
    ctx.lineWidth = active[i] ? 1.5 : 1.2;
    ctx.strokeStyle = active[i] ? theme.ink : theme.muted;
    ctx.stroke();
    ctx.setLineDash([]);
    nameNode(scene, i, active[i] ? textOn(color, theme) : theme.muted);
  });
}

// Name and number of a node, inside where all names fit, else below, or beside it where edges go down.
function nameNode(scene, i, color) {
  const { ctx, theme, mark, places, radius, values, active, width } = scene;
  const words = mark.names[i] ? [mark.names[i]] : [];
  if (values && mark.digits >= 0 && active[i] && !Number.isNaN(values[i])) words.push(written(values[i], mark.digits));
  if (!words.length) return;
  const [x, y] = places[i];
  const longest = Math.max(words[0].length, ...mark.names.map((name) => name.length));
  if (words.length === 1 && longest * 6.5 < 2 * radius - 3) {
    Object.assign(ctx, { font: "12px system-ui, sans-serif", textAlign: "center", textBaseline: "middle" });
    ctx.fillStyle = color;
    ctx.fillText(words[0], x, y + 0.5);
  } else {
    const look = { color: active[i] ? theme.ink : theme.muted, paper: theme.paper, align: "center" };
    const text = words.join(" ");
    if (!edgesBelow(scene, i)) return drawLabel(ctx, text, x, y + radius + 9, look);
    const right = x + radius + 8 + 7 * text.length < width;
    drawLabel(ctx, text, x + (right ? 1 : -1) * (radius + 6), y, { ...look, align: right ? "left" : "right" });
  }
}

// Whether an edge leaves a node through the place below it.
function edgesBelow({ places, edges, weights }, i) {
  return edges.some(([start, end], k) => {
    if ((start !== i && end !== i) || (weights && Number.isNaN(weights[k]))) return false;
    const other = places[start === i ? end : start];
    return Math.abs(other[0] - places[i][0]) < other[1] - places[i][1];
  });
}
