// A surface in space, seen from far away so that parallel lines stay parallel, and the paths and points on it.
//
// The data stand in a box: a floor of at most 2 by 2, and a height of 2 HIGH. The camera goes round it, `turn` degrees
// about the vertical and `tilt` degrees above the floor: in matplotlib azim = turn - 90 and elev = tilt.

const HIGH = 0.58; // half the height of the box
const KEY_DEGREES = 5; // an arrow key
const PIXEL_DEGREES = 0.5; // a pixel of dragging
const FINEST = 56; // cells of a surface along a side: finer ones cost time and show nothing
const MESH = 26; // lines of the mesh across a side, at most about
const LIFT = 0.0125; // of the box's height: a path floats so far above its surface, whose cells would swallow it
const PIECE = 6; // pixels of a path that are hidden or visible together
const CELL = 3; // pixels of a cell of the cover
const SLACK = 0.07; // what is less than this behind the cover is taken to lie on it

marks.surface = { back: true, draw: drawSurface };

// Make the front canvas turn the camera. It is an application: the arrow keys are its own.
function addCamera(panel) {
  const { turn, tilt } = surfacesOf(panel)[0];
  const { front } = panel;
  const name = front.getAttribute("aria-label");
  const aim = (camera) => {
    panel.camera = { turn: (camera.turn + 360) % 360, tilt: Math.min(Math.max(camera.tilt, 0), 90) };
    const where = `turned ${Math.round(panel.camera.turn)}°, seen from ${Math.round(panel.camera.tilt)}° above`;
    front.setAttribute("aria-label", `${name}; ${where}; turn with the arrow keys, go back with Home`);
    panel.view.schedule();
  };
  const said = { role: "application", "aria-roledescription": "surface that turns", tabindex: "0" };
  for (const [key, value] of Object.entries(said)) front.setAttribute(key, value);
  front.classList.add("mm-turns");
  turnByDragging(panel, aim);
  front.addEventListener("keydown", (event) => turnByKey(event, panel.camera, { turn, tilt }, aim));
  aim({ turn, tilt });
}

const surfacesOf = (panel) => panel.spec.marks.filter((mark) => mark.kind === "surface");

// The near side of the box follows the pointer.
function turnByDragging(panel, aim) {
  let last;
  drag(panel.front, panel.front, (event) => {
    if (event.type === "pointermove") {
      const [right, down] = [event.clientX - last.clientX, event.clientY - last.clientY];
      const { turn, tilt } = panel.camera;
      aim({ turn: turn - right * PIXEL_DEGREES, tilt: tilt + down * PIXEL_DEGREES });
    }
    last = event;
  });
}

// The near side of the box follows the arrow.
function turnByKey(event, { turn, tilt }, start, aim) {
  const next = {
    ArrowLeft: { turn: turn + KEY_DEGREES, tilt },
    ArrowRight: { turn: turn - KEY_DEGREES, tilt },
    ArrowUp: { turn, tilt: tilt - KEY_DEGREES },
    ArrowDown: { turn, tilt: tilt + KEY_DEGREES },
    Home: start,
  }[event.key];
  if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  aim(next);
}

// The back canvas holds the surface and its axes, drawn again when the camera or the data moved; playing a path draws
// on the front canvas alone.
function drawSpace(panel) {
  panel.axes = { left: 0, top: 0, right: panel.width, bottom: panel.height };
  const { turn, tilt } = panel.camera;
  const key = panel.keyOf(surfacesOf(panel), [turn, tilt]);
  if (key !== panel.drawn) {
    panel.scene = new Scene(panel);
    const plot = panel.plot(panel.back);
    plot.space = panel.scene;
    drawBox(plot, panel.scene);
    panel.drawMarks(plot, (mark) => marks[mark.kind].back);
    panel.drawn = key;
  }
  const plot = panel.plot(panel.front);
  plot.space = panel.scene;
  panel.drawMarks(plot, (mark) => !marks[mark.kind].back);
}

// Where things of space appear: every place is linear in the data, so a row of four numbers gives each coordinate.
class Scene {
  constructor(panel) {
    this.panel = panel;
    this.limits = boxLimits(panel);
    this.half = halfSides(this.limits, panel.spec.equal);
    this.look(panel.camera);
    this.cover = new Cover(panel.width, panel.height);
  }

  look({ turn, tilt }) {
    const [t, e] = [(turn * Math.PI) / 180, (tilt * Math.PI) / 180];
    const [wide, deep, high] = this.half;
    const round = Math.hypot(wide, deep); // the same for all turns, so that turning does not change the size
    const { width, height } = this.panel;
    const tall = round * Math.sin(e) + high * Math.cos(e);
    const unit = Math.min((width - 68) / (2 * round), (height - 64) / (2 * tall));
    this.unit = unit;
    this.right = [Math.cos(t), Math.sin(t), 0];
    this.up = [-Math.sin(t) * Math.sin(e), Math.cos(t) * Math.sin(e), Math.cos(e)];
    this.toward = [Math.sin(t) * Math.cos(e), -Math.cos(t) * Math.cos(e), Math.sin(e)];
    this.center = [width / 2, height / 2 - 8];
    const [across, down] = this.center;
    this.rows = [this.row(this.right, unit, across), this.row(this.up, -unit, down), this.row(this.toward, 1, 0)];
  }

  row(direction, factor, middle) {
    const slopes = this.limits.map(([low, high], k) => (factor * direction[k] * this.half[k] * 2) / (high - low));
    return [...slopes, this.limits.reduce((sum, [low, high], k) => sum - (slopes[k] * (low + high)) / 2, middle)];
  }

  // Pixels across, pixels down, and how near it is to the viewer.
  place(x, y, z) {
    return this.rows.map(([a, b, c, d]) => a * x + b * y + c * z + d);
  }

  // Where the points of an array (N, 3) lie, a little above their surface.
  places({ data }) {
    const lift = LIFT * (this.limits[2][1] - this.limits[2][0]);
    return (i) => {
      const [across, down, near] = this.place(data[3 * i], data[3 * i + 1], data[3 * i + 2] + lift);
      return [within(across), within(down), near];
    };
  }

  hides(place) {
    return this.cover.hides(...place);
  }
}

// Coordinates from one end of the surfaces to the other; heights for all states, so that a change shows.
function boxLimits(panel) {
  const surfaces = surfacesOf(panel);
  const around = (ends) => {
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    return high > low ? [low, high] : Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  };
  const edges = (name) => surfaces.flatMap((mark) => [...panel.view.numbers.at(mark[name]).data]);
  const heights = surfaces.flatMap((mark) => panel.view.numbers.span(mark.z)).filter(Number.isFinite);
  return [around(edges("x")), around(edges("y")), around(heights)];
}

function halfSides([[x0, x1], [y0, y1]], equal) {
  if (!equal) return [1, 1, HIGH];
  const longer = Math.max(x1 - x0, y1 - y0);
  return [(x1 - x0) / longer, (y1 - y0) / longer, HIGH];
}

// How near the surfaces come to the viewer, on a coarse grid of the screen: it tells what lies behind them.
class Cover {
  constructor(width, height) {
    this.columns = Math.ceil(width / CELL);
    this.lines = Math.ceil(height / CELL);
    this.near = new Float32Array(this.columns * this.lines).fill(-Infinity);
  }

  // A triangle, by its corners' numbers in the arrays of places.
  add({ across, down, near }, a, b, c) {
    const [x, y] = [across[a], down[a]];
    const [bx, by, cx, cy] = [across[b] - x, down[b] - y, across[c] - x, down[c] - y];
    const area = bx * cy - cx * by;
    if (Math.abs(area) < 1e-6) return;
    const [left, right] = centersWithin(x + Math.min(0, bx, cx), x + Math.max(0, bx, cx), this.columns);
    const [top, bottom] = centersWithin(y + Math.min(0, by, cy), y + Math.max(0, by, cy), this.lines);
    for (let j = top; j <= bottom; j++)
      for (let i = left; i <= right; i++) {
        const [dx, dy] = [(i + 0.5) * CELL - x, (j + 0.5) * CELL - y];
        const u = (dx * cy - cx * dy) / area;
        const v = (bx * dy - dx * by) / area;
        if (u < 0 || v < 0 || u + v > 1) continue;
        const here = near[a] + u * (near[b] - near[a]) + v * (near[c] - near[a]);
        const cell = j * this.columns + i;
        if (here > this.near[cell]) this.near[cell] = here;
      }
  }

  hides(across, down, near) {
    const [i, j] = [Math.floor(across / CELL), Math.floor(down / CELL)];
    return i >= 0 && i < this.columns && j >= 0 && j < this.lines && this.near[j * this.columns + i] > near + SLACK;
  }
}

// The first and the last of `count` cells whose centers lie between two pixels.
function centersWithin(low, high, count) {
  return [Math.max(0, Math.ceil(low / CELL - 0.5)), Math.min(count - 1, Math.floor(high / CELL - 0.5))];
}

// Cells from the farthest to the nearest: where rays are parallel and heights single, this order of rows and columns
// never paints a far one over a near one, and nothing needs sorting. A cell with a missing corner is a hole.
function drawSurface(plot, mark) {
  const net = netOf(plot, mark);
  const { columns, lines, z } = net;
  const { ctx, theme, space } = plot;
  const [stepX, stepY] = [Math.ceil(columns / MESH), Math.ceil(lines / MESH)];
  const tone = tones(plot, net);
  const order = (count, towards) => Array.from({ length: count }, (_, i) => (towards > 0 ? i : count - 1 - i));
  const across = order(columns - 1, space.toward[0]);
  ctx.strokeStyle = `rgba(${rgb(theme.ink)},0.22)`;
  ctx.lineWidth = 0.7;
  let color;
  for (const j of order(lines - 1, space.toward[1]))
    for (const i of across) {
      const a = j * columns + i;
      const [b, c, d] = [a + 1, a + columns + 1, a + columns];
      if (Number.isNaN(z[a] + z[b] + z[c] + z[d])) continue;
      space.cover.add(net, a, b, c);
      space.cover.add(net, a, c, d);
      const next = tone(a, b, c, d);
      if (next !== color) ctx.fillStyle = color = next;
      fillCell(ctx, net, a, b, c, d);
      const mesh = [];
      if (j % stepY === 0) mesh.push(a, b);
      if (i % stepX === 0) mesh.push(a, d);
      if (j === lines - 2) mesh.push(d, c);
      if (i === columns - 2) mesh.push(b, c);
      if (mesh.length) strokeMesh(ctx, net, mesh);
    }
}

// A cell, a little larger than it is, to close the hairline to its neighbours.
function fillCell(ctx, { across, down }, a, b, c, d) {
  const [x, y] = [(across[a] + across[b] + across[c] + across[d]) / 4, (down[a] + down[b] + down[c] + down[d]) / 4];
  ctx.beginPath();
  for (const corner of [a, b, c, d]) {
    const [right, below] = [across[corner] > x, down[corner] > y];
    ctx.lineTo(across[corner] + (right ? 0.4 : -0.4), down[corner] + (below ? 0.4 : -0.4));
  }
  ctx.fill();
}

function strokeMesh(ctx, { across, down }, ends) {
  ctx.beginPath();
  for (let n = 0; n < ends.length; n += 2) {
    ctx.moveTo(across[ends[n]], down[ends[n]]);
    ctx.lineTo(across[ends[n + 1]], down[ends[n + 1]]);
  }
  ctx.stroke();
}

// The corners of a surface's cells, with the places where they appear; of a very fine one not all.
function netOf(plot, mark) {
  const { rows } = plot.space;
  const [x, y] = [plot.numbers(mark.x).data, plot.numbers(mark.y).data];
  const heights = plot.numbers(mark.z).data;
  const [is, js] = [thinned(x.length), thinned(y.length)];
  const count = is.length * js.length;
  const net = { columns: is.length, lines: js.length, z: new Float64Array(count) };
  const names = ["across", "down", "near"];
  for (const name of names) net[name] = new Float64Array(count);
  js.forEach((j, line) => is.forEach((i, column) => {
    const k = line * is.length + column;
    net.z[k] = heights[j * x.length + i];
    names.forEach((name, n) => {
      const [a, b, c, d] = rows[n];
      net[name][k] = a * x[i] + b * y[j] + c * net.z[k] + d;
    });
  }));
  return net;
}

// Indices of `count` things, evenly thinned when there are too many, with the first and the last.
function thinned(count) {
  const cells = Math.min(count - 1, FINEST);
  return Array.from({ length: cells + 1 }, (_, n) => Math.round((n * (count - 1)) / cells));
}

// Colours of cells: by height, a little darker where the surface turns from a light over the viewer's left shoulder.
function tones({ space, theme }, { across, down, near, z }) {
  const [low, high] = space.limits[2];
  const unit = space.unit;
  const palette = paletteOf(theme.field);
  return (a, b, c, d) => {
    const ux = across[c] - across[a];
    const uy = down[a] - down[c];
    const un = (near[c] - near[a]) * unit;
    const vx = across[d] - across[b];
    const vy = down[b] - down[d];
    const vn = (near[d] - near[b]) * unit;
    const [nx, ny, nn] = [uy * vn - un * vy, un * vx - ux * vn, ux * vy - uy * vx]; // across both diagonals
    const light = Math.abs(-0.45 * nx + 0.55 * ny + 0.7 * nn) / (Math.sqrt(nx * nx + ny * ny + nn * nn) || 1);
    return palette(((z[a] + z[b] + z[c] + z[d]) / 4 - low) / (high - low), light);
  };
}

// A color for a height and a light, both from 0 to 1, in steps too small to see: there are few, so each is made once.
function paletteOf(hexes) {
  const shades = hexes.map(rgb);
  const made = [];
  return (height, light) => {
    const [level, gleam] = [Math.round(height * 63), Math.round(light * 15)];
    const factor = 0.84 + (0.2 * gleam) / 15;
    const shade = () => mix(shades, 0.12 + (0.88 * level) / 63).map((channel) => Math.round(channel * factor));
    return (made[level * 16 + gleam] ??= css(shade()));
  };
}

// A path from `start` to `end`: what is in front stands out from the surface, what is behind shines through.
function strokeInSpace({ ctx, theme, space }, at, start, end) {
  const [color, alpha, width] = [ctx.strokeStyle, ctx.globalAlpha, ctx.lineWidth];
  const { front, behind } = splitAtCover(space, at, start, end);
  const stroke = (path, style, share, wide) => {
    Object.assign(ctx, { strokeStyle: style, globalAlpha: alpha * share, lineWidth: wide });
    ctx.stroke(path);
  };
  stroke(behind, color, 0.4, width * 0.8);
  stroke(front, theme.paper, 0.75, width + 2.5);
  stroke(front, color, 1, width);
  Object.assign(ctx, { strokeStyle: color, globalAlpha: alpha, lineWidth: width });
}

function splitAtCover(space, at, start, end) {
  const found = { front: new Path2D(), behind: new Path2D() };
  let pen; // the path that the last piece belongs to
  for (let i = start; i < end; i++) {
    const [from, to] = [at(i), at(i + 1)];
    const count = Math.min(Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / PIECE) || 1, 200);
    if (Number.isNaN(from[0] + from[1] + to[0] + to[1])) pen = undefined;
    else
      for (let n = 0; n < count; n++)
        pen = addPiece(space, found, pen, (share) => between(from, to, (n + share) / count));
  }
  return found;
}

function addPiece(space, found, pen, place) {
  const next = space.hides(place(0.5)) ? found.behind : found.front;
  if (next !== pen) next.moveTo(...place(0).slice(0, 2));
  next.lineTo(...place(1).slice(0, 2));
  return next;
}

const between = (from, to, share) => from.map((value, k) => value + share * (to[k] - value));

// The box: faint lines behind the surface, and scales at the edges that face the viewer.
function drawBox(plot, scene) {
  const [xs, ys, [low, high]] = scene.limits;
  const near = [xs, ys].map((ends, axis) => ends[scene.toward[axis] > 0 ? 1 : 0]);
  const far = [xs, ys].map((ends, axis) => ends[scene.toward[axis] > 0 ? 0 : 1]);
  const corners = { back: far, one: [near[0], far[1]], other: [far[0], near[1]], front: near };
  const at = (name, z) => scene.place(...corners[name], z);
  const left = at("one", low)[0] < at("other", low)[0] ? "one" : "other";
  const { ctx, theme } = plot;
  ctx.strokeStyle = theme.faint;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const [from, to] of [["one", "back"], ["back", "other"]])
    for (const z of [low, high]) join(ctx, at(from, z), at(to, z));
  for (const name of ["one", "back", "other"]) join(ctx, at(name, low), at(name, high));
  ctx.stroke();
  const { x, y } = plot.panel.spec;
  drawScale(plot, { ends: [scene.place(xs[0], near[1], low), scene.place(xs[1], near[1], low)], limits: xs, name: x });
  drawScale(plot, { ends: [scene.place(near[0], ys[0], low), scene.place(near[0], ys[1], low)], limits: ys, name: y });
  drawScale(plot, { ends: [at(left, low), at(left, high)], limits: [low, high], upright: true });
  nameHeight(plot, at(left, high), surfacesOf(plot.panel).map((mark) => mark.label).find(Boolean));
}

function join(ctx, from, to) {
  ctx.moveTo(from[0], from[1]);
  ctx.lineTo(to[0], to[1]);
}

// An edge of the box with ticks, numbers and a name on the side away from the middle; nothing where it is too short.
function drawScale({ ctx, theme, space }, { ends: [from, to], limits, name, upright }) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 24) return;
  const middle = between(from, to, 0.5);
  const out = upright ? [-1, 0] : outwards(from, to, middle, space.center);
  ctx.strokeStyle = ctx.fillStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = Math.abs(out[0]) < 0.35 ? "center" : out[0] < 0 ? "right" : "left";
  ctx.textBaseline = Math.abs(out[1]) < 0.35 ? "middle" : out[1] < 0 ? "bottom" : "top";
  ctx.beginPath();
  join(ctx, from, to);
  let widest = 0;
  for (const value of ticks("linear", limits, Math.min(Math.max(length / 42, 1), 4))) {
    const [x, y] = between(from, to, (value - limits[0]) / (limits[1] - limits[0]));
    const text = tickLabel(value, "linear");
    join(ctx, [x, y], [x + 4 * out[0], y + 4 * out[1]]);
    ctx.fillText(text, x + 7 * out[0], y + 7 * out[1]);
    widest = Math.max(widest, ctx.measureText(text).width);
  }
  ctx.stroke();
  if (!name) return;
  const far = 11 + Math.abs(out[0]) * widest + Math.abs(out[1]) * 11;
  ctx.font = "12px system-ui, sans-serif";
  ctx.fillText(name, middle[0] + far * out[0], middle[1] + far * out[1]);
}

// The direction across an edge, of length 1, that leads away from the middle of the picture.
function outwards(from, to, middle, center) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const across = [(from[1] - to[1]) / length, (to[0] - from[0]) / length];
  const away = across[0] * (middle[0] - center[0]) + across[1] * (middle[1] - center[1]);
  return away < 0 ? across.map((value) => -value) : across;
}

function nameHeight({ ctx, theme }, [x, y], name) {
  if (!name) return;
  ctx.font = "12px system-ui, sans-serif";
  Object.assign(ctx, { fillStyle: theme.muted, textAlign: "right", textBaseline: "bottom" });
  ctx.fillText(name, Math.max(x, ctx.measureText(name).width + 4), Math.max(y - 9, 13)); // not where the surface is
}
