// The arithmetic of attention in double precision, in the order in which the page explains it:
// dot products left to right, times the scale, plus the mask, divided by the temperature,
// softmax with the row's maximum taken out, weighted sum left to right.

export function matrix(rows, cols, data = new Float64Array(rows * cols)) {
  return { rows, cols, data };
}

export function at(m, i, j) {
  return m.data[i * m.cols + j];
}

function build(rows, cols, value) {
  const m = matrix(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) m.data[i * cols + j] = value(i, j);
  }
  return m;
}

export function transposed(m) {
  return build(m.cols, m.rows, (i, j) => at(m, j, i));
}

export function columns(m, from, to) {
  return build(m.rows, to - from, (i, j) => at(m, i, from + j));
}

export function concat(parts) {
  const widths = parts.map((part) => part.cols);
  const cols = widths.reduce((sum, width) => sum + width, 0);
  const m = matrix(parts[0].rows, cols);
  let from = 0;
  for (const part of parts) {
    for (let i = 0; i < part.rows; i++) {
      for (let j = 0; j < part.cols; j++) {
        m.data[i * cols + from + j] = at(part, i, j);
      }
    }
    from += part.cols;
  }
  return m;
}

// a bᵀ: the dot product of every row of `a` with every row of `b`.
export function rowDots(a, b) {
  return build(a.rows, b.rows, (i, j) => {
    let sum = 0;
    for (let c = 0; c < a.cols; c++) sum += at(a, i, c) * at(b, j, c);
    return sum;
  });
}

export function product(a, b) {
  return build(a.rows, b.cols, (i, j) => {
    let sum = 0;
    for (let c = 0; c < a.cols; c++) sum += at(a, i, c) * at(b, c, j);
    return sum;
  });
}

// A row in which everything is hidden gives zeros, as torch's scaled_dot_product_attention does.
export function softmaxRow(row) {
  const top = Math.max(...row);
  if (top === -Infinity) return row.map(() => 0);
  const powers = row.map((x) => Math.exp(x - top));
  const sum = powers.reduce((total, x) => total + x, 0);
  return powers.map((x) => x / sum);
}

export function rowOf(m, i) {
  return Array.from(m.data.subarray(i * m.cols, (i + 1) * m.cols));
}

export function softmax(m, temperature = 1) {
  const result = matrix(m.rows, m.cols);
  for (let i = 0; i < m.rows; i++) {
    const row = rowOf(m, i).map((x) => x / temperature);
    result.data.set(softmaxRow(row), i * m.cols);
  }
  return result;
}

function oneHead(q, k, v, { scale, mask, temperature }) {
  const scores = rowDots(q, k);
  const scaled = build(scores.rows, scores.cols, (i, j) => at(scores, i, j) * scale);
  const masked = mask
    ? build(scaled.rows, scaled.cols, (i, j) => at(scaled, i, j) + at(mask, i, j))
    : scaled;
  const weights = softmax(masked, temperature);
  return { q, k, v, scores, scaled, masked, weights, output: product(weights, v) };
}

// q [L, E], k [S, E], v [S, Ev]; head h takes its share of the columns of each.
export function attention(q, k, v, { heads = 1, divide = true, mask = null, temperature = 1 }) {
  const width = q.cols / heads;
  const valueWidth = v.cols / heads;
  const scale = divide ? 1 / Math.sqrt(width) : 1;
  const each = [];
  for (let h = 0; h < heads; h++) {
    each.push(
      oneHead(
        columns(q, h * width, (h + 1) * width),
        columns(k, h * width, (h + 1) * width),
        columns(v, h * valueWidth, (h + 1) * valueWidth),
        { scale, mask, temperature },
      ),
    );
  }
  return {
    heads: each,
    output: concat(each.map((head) => head.output)),
    scale,
    width,
    valueWidth,
  };
}

export function causalMask(rows, cols) {
  return build(rows, cols, (i, j) => (j > i ? -Infinity : 0));
}

// The angle of position `pos` in column `i`: sine and cosine of a pair share it.
export function positionalAngle(pos, i, width, layout) {
  const half = Math.ceil(width / 2);
  const pair = layout === "concatenated" ? i % half : Math.floor(i / 2);
  const isSine = layout === "concatenated" ? i < half : i % 2 === 0;
  return { pair, isSine, angle: pos / Math.pow(10000, (2 * pair) / width) };
}

export function positionalEncoding(length, width, layout) {
  return build(length, width, (pos, i) => {
    const { isSine, angle } = positionalAngle(pos, i, width, layout);
    return isSine ? Math.sin(angle) : Math.cos(angle);
  });
}

export function divisors(n) {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}
