/* Small networks, run in the page from the course's own .safetensors files.

   Numbers are kept in double precision. The browser tests hold each network against torch at 200 random settings. */

"use strict";

/* The tensors of a .safetensors file: name -> {shape, data}. */
function readSafetensors(buffer) {
    const view = new DataView(buffer);
    const length = Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const tensors = {};
    delete header.__metadata__;
    for (const [name, { dtype, shape, data_offsets: [first] }] of Object.entries(header)) {
        const size = shape.reduce((product, n) => product * n, 1);
        const data = new Float64Array(size);
        const start = 8 + length + first;
        for (let k = 0; k < size; k++) {
            if (dtype === "F16") data[k] = half(view.getUint16(start + 2 * k, true));
            else if (dtype === "F32") data[k] = view.getFloat32(start + 4 * k, true);
            else if (dtype === "I64") data[k] = Number(view.getBigInt64(start + 8 * k, true));
            else throw new Error(`${name} must be F16, F32 or I64, got ${dtype}`);
        }
        tensors[name] = { shape, data };
    }
    return tensors;
}

/* A number of half precision from its 16 bits. */
function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const silu = (x) => x * sigmoid(x);
const relu = (x) => Math.max(0, x);
const leaky = (x) => (x > 0 ? x : 0.2 * x);

/* Rows through one linear layer: n rows of `inputs` numbers -> n rows of as many as W has. */
function linear(x, n, W, b) {
    const [outputs, inputs] = W.shape, y = new Float64Array(n * outputs);
    for (let r = 0; r < n; r++)
        for (let o = 0; o < outputs; o++) {
            let sum = b.data[o];
            for (let i = 0; i < inputs; i++) sum += W.data[o * inputs + i] * x[r * inputs + i];
            y[r * outputs + o] = sum;
        }
    return y;
}

/* A transposed convolution of square kernels: n images (inputs, side, side) -> (outputs, to, to). */
function transposed(x, n, side, W, bias, stride, padding) {
    const [inputs, outputs, kernel] = W.shape, to = (side - 1) * stride - 2 * padding + kernel;
    const y = new Float64Array(n * outputs * to * to);
    for (let r = 0; r < n; r++)
        for (let o = 0; o < outputs; o++) {
            const image = (r * outputs + o) * to * to;
            if (bias) y.fill(bias.data[o], image, image + to * to);
            for (let i = 0; i < inputs; i++) {
                const from = (r * inputs + i) * side * side, stamp = (i * outputs + o) * kernel * kernel;
                for (let row = 0; row < side; row++)
                    for (let column = 0; column < side; column++) {
                        const value = x[from + row * side + column];
                        if (value === 0) continue;
                        const top = row * stride - padding, left = column * stride - padding;
                        for (let u = Math.max(0, -top); u < Math.min(kernel, to - top); u++)
                            for (let v = Math.max(0, -left); v < Math.min(kernel, to - left); v++)
                                y[image + (top + u) * to + left + v] += value * W.data[stamp + u * kernel + v];
                    }
            }
        }
    return y;
}

/* Batch norm with the kept mean and variance, then ReLU, in place: n images of `maps` channels. */
function normalised(x, n, weights, name) {
    const at = (key) => weights[`${name}.${key}`].data, maps = at("weight").length, area = x.length / n / maps;
    for (let m = 0; m < maps; m++) {
        const slope = at("weight")[m] / Math.sqrt(at("running_var")[m] + 1e-5);
        const shift = at("bias")[m] - at("running_mean")[m] * slope;
        for (let r = 0; r < n; r++)
            for (let k = (r * maps + m) * area; k < (r * maps + m + 1) * area; k++) x[k] = relu(x[k] * slope + shift);
    }
    return x;
}

/* A DCGAN's generator of 16 x 16 pixels: n noises -> n images (C, 16, 16) in [0, 1]. */
function generated(z, n, weights, name) {
    const at = (key) => weights[`${name}.layers.${key}`];
    let x = normalised(transposed(z, n, 1, at("1.weight"), null, 1, 0), n, weights, `${name}.layers.2`);
    x = normalised(transposed(x, n, 4, at("4.weight"), null, 2, 1), n, weights, `${name}.layers.5`);
    return transposed(x, n, 8, at("7.weight"), at("7.bias"), 2, 1).map((value) => (Math.tanh(value) + 1) / 2);
}

/* The decoder of a VAE: n codes -> n rows of probabilities. */
function decoded(z, n, weights, name) {
    let x = z;
    for (const [k, activation] of [[1, silu], [4, silu], [7, sigmoid]])
        x = linear(x, n, weights[`${name}.${k}.weight`], weights[`${name}.${k}.bias`]).map(activation);
    return x;
}

/* NADE: p(x_i = 1 | x_<i) of every pixel of one row. `x[i]` may be chosen late, by `choose(i, p)`. */
function nade(x, weights, name, choose = () => {}) {
    const [W, c, V, b] = ["W", "c", "V", "b"].map((key) => weights[`${name}.${key}`].data);
    const hidden = c.length, pixels = b.length, sums = Float64Array.from(c), p = new Float64Array(pixels);
    for (let i = 0; i < pixels; i++) {
        let logit = b[i];
        for (let h = 0; h < hidden; h++) logit += V[i * hidden + h] * sigmoid(sums[h]);
        p[i] = sigmoid(logit);
        choose(i, p[i]);
        if (x[i]) for (let h = 0; h < hidden; h++) sums[h] += W[h * pixels + i] * x[i];
    }
    return p;
}

/* GAN-CLS: n noises and n captions of tokens -> n images (3, 16, 16). */
function captioned(z, tokens, n, weights, name) {
    const book = weights[`${name}.encoder.embedding.weight`], width = book.shape[1];
    const words = Float64Array.from({ length: tokens.length * width }, (_, k) => book.data[tokens[Math.floor(k / width)] * width + (k % width)]);
    const text = linear(words, n, weights[`${name}.encoder.linear.weight`], weights[`${name}.encoder.linear.bias`]).map(leaky);
    const noise = z.length / n, encoded = text.length / n, both = new Float64Array(n * (noise + encoded));
    for (let r = 0; r < n; r++) {
        both.set(z.subarray(r * noise, (r + 1) * noise), r * (noise + encoded));
        both.set(text.subarray(r * encoded, (r + 1) * encoded), r * (noise + encoded) + noise);
    }
    return generated(both, n, weights, `${name}.body`);
}

/* What the judge of the drawn world sees in one picture (3, side, side): the words' places in their lists.

   `judge` has masks (M, pixels), what each shows, the ground and the shades of the colours. */
function seen(x, judge) {
    const pixels = x.length / 3, ink = Float64Array.from(x, (value) => value - judge.ground);
    let best = -1, explained = -1, slope = null;
    for (let m = 0; m < judge.power.length; m++) {
        const sums = [0, 0, 0], mask = m * pixels;
        for (let k = 0; k < pixels; k++) {
            const cover = judge.masks[mask + k];
            if (cover) for (let c = 0; c < 3; c++) sums[c] += cover * ink[c * pixels + k];
        }
        const slopes = sums.map((sum) => sum / judge.power[m]);
        const found = judge.power[m] * slopes.reduce((sum, s) => sum + s * s, 0);
        if (found > explained) [best, explained, slope] = [m, found, slopes];
    }
    const colour = slope.map((s) => s + judge.ground);
    const far = judge.shades.map((shade) => shade.reduce((sum, s, c) => sum + (s - colour[c]) ** 2, 0));
    const nearest = Math.floor(far.indexOf(Math.min(...far)) / judge.shades_each);
    const [size, shape, place] = judge.what[best];
    return [size, nearest, shape, place];
}
