// Marks that fill a plane: field (colours and contours) and regions.

const SHADES = { light: LIGHT.field, dark: DARK.field };

// Regions are tinted with the series' colours, a fifth of each.
const tintsOf = ({ paper, series }) =>
  series.slice(1).map((color) => rgb(color).map((channel, k) => Math.round(0.8 * rgb(paper)[k] + 0.2 * channel)));

marks.field = {
  extent: (numbers) => [numbers("x"), numbers("y")],
  back: true,
  draw(plot, mark) {
    const grid = gridOf(plot, mark, mark.z, mark.log ? Math.log : (z) => z);
    if (mark.heat) {
      const shades = SHADES[plot.dark ? "dark" : "light"].map(rgb);
      const colors = Uint32Array.from({ length: TONES }, (_, i) => packed(mix(shades, i / (TONES - 1))));
      const unit = (TONES - 1) / (grid.high - grid.low || 1);
      const { z, width, low } = grid;
      paint(plot, grid, (k, u, v) => {
        const below = z[k] + (z[k + 1] - z[k]) * u;
        const above = z[k + width] + (z[k + width + 1] - z[k + width]) * u;
        const tone = Math.min(Math.max((below + (above - below) * v - low) * unit, 0), TONES - 1);
        return tone >= 0 ? colors[(tone + 0.5) | 0] : 0; // NaN is a gap
      });
    }
    if (mark.contours) drawContours(plot, grid, mark.contours);
    if (mark.heat && mark.label) drawColorScale(plot, mark, grid);
  },
};

// A bar beside the axes, with the numbers of its ends and its middle.
function drawColorScale(plot, mark, { low, high }) {
  const { ctx, box, theme } = plot;
  const shades = SHADES[plot.dark ? "dark" : "light"];
  const ramp = ctx.createLinearGradient(0, box.bottom, 0, box.top);
  shades.forEach((color, i) => ramp.addColorStop(i / (shades.length - 1), color));
  ctx.fillStyle = ramp;
  ctx.fillRect(box.right + 8, box.top, 9, box.bottom - box.top);
  ctx.fillStyle = theme.muted;
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const share of [0, 0.5, 1]) {
    const value = low + share * (high - low);
    ctx.fillText(format(mark.log ? Math.exp(value) : value, ".2g"), box.right + 20, box.bottom + share * (box.top - box.bottom));
  }
  ctx.textAlign = "right";
  ctx.fillText(mark.label, box.right + 50, box.bottom + 20);
}

marks.regions = {
  extent: (numbers) => [numbers("x"), numbers("y")],
  back: true,
  draw(plot, mark) {
    const grid = gridOf(plot, mark, mark.index, (z) => z);
    const tints = tintsOf(plot.theme).map(packed);
    const { z, width } = grid;
    paint(plot, grid, (k, u, v) => tints[z[k + (u < 0.5 ? 0 : 1) + (v < 0.5 ? 0 : width)] % tints.length]);
    drawBorders(plot, grid);
    mark.names.forEach((name, i) => nameRegion(plot, grid, name, i));
  },
};

function gridOf(plot, mark, z, transform) {
  const [x, y] = [plot.numbers(mark.x).data, plot.numbers(mark.y).data];
  const values = Float64Array.from(plot.numbers(z).data, transform);
  let [low, high] = (mark.limits ?? plot.panel.view.numbers.span(z)).map(transform);
  if (!Number.isFinite(low)) low = values.reduce((least, value) => (value > -Infinity && value < least ? value : least), high);
  return { x, y, z: values, width: x.length, height: y.length, low, high };
}

const TONES = 256; // of a field: more than an eye tells apart

// A colour as it lies in memory: red, green, blue, opaque.
const packed = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

// Fill the box: `color(k, u, v)` gives the colour, or 0 for none, in the cell whose first corner is k, at the fractions u
// and v of its sides. Every second pixel is enough.
function paint(plot, grid, color) {
  const { box, ctx } = plot;
  const width = Math.max(1, Math.round((box.right - box.left) / 2));
  const height = Math.max(1, Math.round((box.bottom - box.top) / 2));
  const columns = cellsAlong(grid.x, width, (i) => box.x.invert(box.left + ((i + 0.5) / width) * (box.right - box.left)));
  const rows = cellsAlong(grid.y, height, (i) => box.y.invert(box.top + ((i + 0.5) / height) * (box.bottom - box.top)));
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [width, height];
  const brush = sheet.getContext("2d");
  const image = brush.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let j = 0; j < height; j++) {
    if (rows.cell[j] < 0) continue;
    const first = rows.cell[j] * grid.width;
    for (let i = 0; i < width; i++)
      if (columns.cell[i] >= 0) pixels[j * width + i] = color(first + columns.cell[i], columns.part[i], rows.part[j]);
  }
  brush.putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(sheet, box.left, box.top, box.right - box.left, box.bottom - box.top);
}

// In which cell of an axis each coordinate lies, -1 for none, and at which fraction of it.
function cellsAlong(axis, count, coordinate) {
  const [cell, part] = [new Int32Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const place = fraction(axis, coordinate(i));
    cell[i] = Number.isNaN(place) ? -1 : Math.min(Math.floor(place), axis.length - 2);
    part[i] = place - cell[i];
  }
  return { cell, part };
}

function fraction(axis, value) {
  const last = axis.length - 1;
  if (!(value >= axis[0] - (axis[1] - axis[0]) && value <= axis[last] + (axis[last] - axis[last - 1]))) return NaN;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (axis[middle] <= value) low = middle;
    else high = middle;
  }
  return Math.min(Math.max(low + (value - axis[low]) / (axis[high] - axis[low]), 0), last);
}

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

function mix(shades, share) {
  const position = Math.min(Math.max(share, 0), 1) * (shades.length - 1);
  const i = Math.min(Math.floor(position), shades.length - 2);
  return shades[i].map((channel, k) => channel + (position - i) * (shades[i + 1][k] - channel));
}

// Marching squares: each cell contributes the pieces of line that separate its corners, of those levels that pass it.
function drawContours(plot, grid, count) {
  const { ctx, theme, box } = plot;
  const { x, y, z, width, height, low, high } = grid;
  const px = Float64Array.from(x, (value) => box.x(value));
  const py = Float64Array.from(y, (value) => box.y(value));
  const step = (high - low) / (count + 1);
  ctx.strokeStyle = theme.muted;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 1;
  plot.inside(() => {
    for (let j = 0; j < height - 1 && step > 0; j++)
      for (let i = 0; i < width - 1; i++) {
        const k = j * width + i;
        const corners = [z[k], z[k + 1], z[k + width + 1], z[k + width]];
        const [least, most] = [Math.min(...corners), Math.max(...corners)]; // NaN when one is: no level passes
        for (let n = Math.max(1, Math.ceil((least - low) / step)); n <= count && low + n * step <= most; n++)
          contourInCell(ctx, px, py, i, j, corners, low + n * step);
      }
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
}

function contourInCell(ctx, px, py, i, j, corners, level) {
  const [a, b, c, d] = corners.map((z) => z - level);
  const cuts = [];
  if (a < 0 !== b < 0) cuts.push(px[i] + ((px[i + 1] - px[i]) * a) / (a - b), py[j]);
  if (b < 0 !== c < 0) cuts.push(px[i + 1], py[j] + ((py[j + 1] - py[j]) * b) / (b - c));
  if (c < 0 !== d < 0) cuts.push(px[i + 1] + ((px[i] - px[i + 1]) * c) / (c - d), py[j + 1]);
  if (d < 0 !== a < 0) cuts.push(px[i], py[j + 1] + ((py[j] - py[j + 1]) * d) / (d - a));
  for (let n = 0; n + 3 < cuts.length; n += 4) {
    ctx.moveTo(cuts[n], cuts[n + 1]);
    ctx.lineTo(cuts[n + 2], cuts[n + 3]);
  }
}

function drawBorders(plot, { x, y, z, width, height }) {
  const { ctx, box, theme } = plot;
  const middle = (axis, place, i) => place((axis[i] + axis[i + 1]) / 2);
  const edge = (axis, place, i) => (i <= 0 ? place(axis[0]) : i >= axis.length ? place(axis.at(-1)) : middle(axis, place, i - 1));
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  const trace = () => {
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const here = z[j * width + i];
      if (i + 1 < width && z[j * width + i + 1] !== here) {
        ctx.moveTo(middle(x, box.x, i), edge(y, box.y, j));
        ctx.lineTo(middle(x, box.x, i), edge(y, box.y, j + 1));
      }
      if (j + 1 < height && z[(j + 1) * width + i] !== here) {
        ctx.moveTo(edge(x, box.x, i), middle(y, box.y, j));
        ctx.lineTo(edge(x, box.x, i + 1), middle(y, box.y, j));
      }
    }
  };
  plot.inside(() => {
    trace();
    ctx.stroke();
  });
}

// The name stands where the region is deepest: at the cell farthest from any other region, in steps of the grid.
function nameRegion(plot, { x, y, z, width, height }, name, region) {
  const depth = new Int32Array(z.length);
  let [best, deepest] = [0, -1];
  const sweepCell = (k, i, j, di, dj) => {
    if (z[k] !== region) return (depth[k] = 0);
    const side = i + di >= 0 && i + di < width ? depth[k + di] : 0;
    const above = j + dj >= 0 && j + dj < height ? depth[k + dj * width] : 0;
    return Math.min(side, above) + 1;
  };
  for (let j = 0; j < height; j++) for (let i = 0; i < width; i++) depth[j * width + i] = sweepCell(j * width + i, i, j, -1, -1);
  for (let j = height - 1; j >= 0; j--)
    for (let i = width - 1; i >= 0; i--) {
      const k = j * width + i;
      depth[k] = Math.min(depth[k], sweepCell(k, i, j, 1, 1));
      if (z[k] === region && depth[k] > best) [best, deepest] = [depth[k], k];
    }
  if (deepest < 0) return;
  const [i, j] = [deepest % width, Math.floor(deepest / width)];
  drawLabel(plot.ctx, name, plot.box.x(x[i]), plot.box.y(y[j]), { color: plot.theme.ink, paper: plot.theme.paper, align: "center", bold: true });
}
