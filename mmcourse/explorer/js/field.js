// Marks that fill a plane: field (colours and contours) and regions.

const SHADES = { light: LIGHT.field, dark: DARK.field };

// Regions are tinted with the series' colours, a fifth of each.
const tintsOf = ({ paper, series }) =>
  series.slice(1).map((color) => rgb(color).map((channel, k) => Math.round(0.8 * rgb(paper)[k] + 0.2 * channel)));

marks.field = {
  back: true,
  draw(plot, mark) {
    const grid = gridOf(plot, mark, mark.z, mark.log ? Math.log : (z) => z);
    if (mark.heat) {
      const shades = SHADES[plot.dark ? "dark" : "light"].map(rgb);
      const unit = 1 / (grid.high - grid.low || 1);
      paint(plot, (column, row) => {
        const z = interpolate(grid, column, row);
        return Number.isNaN(z) ? null : mix(shades, (z - grid.low) * unit);
      }, grid);
    }
    if (mark.contours) drawContours(plot, grid, mark.contours);
    if (mark.label) plot.label(mark.label, plot.box.right, plot.box.top + 8, plot.theme.muted);
  },
};

marks.regions = {
  back: true,
  draw(plot, mark) {
    const grid = gridOf(plot, mark, mark.index, (z) => z);
    const tints = tintsOf(plot.theme);
    const nearest = (column, row) => grid.z[Math.round(row) * grid.width + Math.round(column)];
    paint(plot, (column, row) => tints[nearest(column, row) % tints.length], grid);
    drawBorders(plot, grid);
    mark.names.forEach((name, i) => nameRegion(plot, grid, name, i));
  },
};

function gridOf(plot, mark, z, transform) {
  const [x, y] = [plot.numbers(mark.x).data, plot.numbers(mark.y).data];
  const values = Float64Array.from(plot.numbers(z).data, transform);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { x, y, z: values, width: x.length, height: y.length, low, high };
}

// Fill the box: `shade(column, row)` gives the colour at a place between the grid's points. Every second pixel is enough.
function paint(plot, shade, grid) {
  const { box, ctx } = plot;
  const width = Math.max(1, Math.round((box.right - box.left) / 2));
  const height = Math.max(1, Math.round((box.bottom - box.top) / 2));
  const columns = positions(grid.x, width, (i) => box.x.invert(box.left + ((i + 0.5) / width) * (box.right - box.left)));
  const rows = positions(grid.y, height, (i) => box.y.invert(box.top + ((i + 0.5) / height) * (box.bottom - box.top)));
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [width, height];
  const brush = sheet.getContext("2d");
  const image = brush.createImageData(width, height);
  for (let j = 0, k = 0; j < height; j++)
    for (let i = 0; i < width; i++, k += 4) {
      const color = Number.isNaN(columns[i] + rows[j]) ? null : shade(columns[i], rows[j]);
      if (color) [image.data[k], image.data[k + 1], image.data[k + 2], image.data[k + 3]] = [...color, 255];
    }
  brush.putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(sheet, box.left, box.top, box.right - box.left, box.bottom - box.top);
}

// Where coordinates lie on an axis of the grid, as fractional indices; NaN outside.
function positions(axis, count, coordinate) {
  const found = new Float64Array(count);
  for (let i = 0; i < count; i++) found[i] = fraction(axis, coordinate(i));
  return found;
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

function interpolate({ z, width, height }, column, row) {
  const [i, j] = [Math.min(Math.floor(column), width - 2), Math.min(Math.floor(row), height - 2)];
  const [u, v] = [column - i, row - j];
  const k = j * width + i;
  return (z[k] * (1 - u) + z[k + 1] * u) * (1 - v) + (z[k + width] * (1 - u) + z[k + width + 1] * u) * v;
}

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

function mix(shades, share) {
  const position = Math.min(Math.max(share, 0), 1) * (shades.length - 1);
  const i = Math.min(Math.floor(position), shades.length - 2);
  return shades[i].map((channel, k) => channel + (position - i) * (shades[i + 1][k] - channel));
}

// Marching squares: each cell contributes the pieces of line that separate its corners.
function drawContours(plot, grid, count) {
  const { ctx, theme } = plot;
  ctx.strokeStyle = theme.muted;
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 1;
  plot.inside(() => {
    for (let n = 1; n <= count; n++) contour(plot, grid, grid.low + ((grid.high - grid.low) * n) / (count + 1));
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
}

function contour({ ctx, box }, { x, y, z, width, height }, level) {
  const px = Float64Array.from(x, (value) => box.x(value));
  const py = Float64Array.from(y, (value) => box.y(value));
  for (let j = 0; j < height - 1; j++)
    for (let i = 0; i < width - 1; i++) {
      const k = j * width + i;
      const [a, b, c, d] = [z[k] - level, z[k + 1] - level, z[k + width + 1] - level, z[k + width] - level];
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
