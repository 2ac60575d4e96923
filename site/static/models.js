/* The four models that the page itself runs: VAE's plane, NADE's completion, DCGAN's walk, GAN-CLS's captions. */

"use strict";

/* Random numbers from a seed: uniform in [0, 1), and standard normal. They are not torch's. */
function dice(seed) {
    let state = (seed + 1) * 0x9e3779b9;
    const uniform = () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
}

/* Images (channels, side, side) in [0, 1] as a sheet on a canvas, like `pictures.sheet`: one channel is ink on paper. */
function sheet(images, side, channels, columns, extra = 0, paint = () => {}) {
    const rows = Math.ceil(images.length / columns), step = side + 1;
    const canvas = document.createElement("canvas");
    const width = columns * step - 1, height = rows * (step + extra) - 1;
    const small = new ImageData(width, height);
    small.data.fill(255);
    const put = (u, v, rgb) => {
        if (u < width && v < height) rgb.forEach((value, c) => (small.data[4 * (v * width + u) + c] = value));
    };
    const grey = Array(3).fill(Math.round(0.85 * 255));
    images.forEach((image, k) => {
        const left = (k % columns) * step, top = Math.floor(k / columns) * (step + extra);
        for (let v = 0; v < step; v++) for (let u = 0; u < step; u++) {
            if (u === side || v === side) put(left + u, top + v, grey);
            else if (channels === 1) put(left + u, top + v, Array(3).fill(level(1 - image[v * side + u])));
            else put(left + u, top + v, [0, 1, 2].map((c) => level(image[(c * side + v) * side + u])));
        }
        paint(k, left, top, put);
    });
    const factor = Math.max(1, Math.floor(480 / Math.max(width, height)));
    const native = document.createElement("canvas");
    [native.width, native.height] = [width, height];
    native.getContext("2d").putImageData(small, 0, 0);
    [canvas.width, canvas.height] = [factor * width, factor * height];
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(native, 0, 0, canvas.width, canvas.height);
    return canvas;
}

/* A share of white as one of 256 levels, halves to the even one, as torch rounds. */
function level(value) {
    const wide = Math.min(1, Math.max(0, Math.fround(value))) * 255, low = Math.floor(wide);
    return wide - low === 0.5 ? low + (low % 2) : Math.round(wide);
}

const COURSE_MODELS = {
    plane: async (file) => {
        const [weights, data] = [await file("vae_digits.safetensors"), await file("plane.json")];
        const plane = await picture(file.base + "plane.webp");
        return ({ z1, z2 }) => {
            const side = data.side, canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [2 * side + 1, side];
            const pen = canvas.getContext("2d");
            pen.fillStyle = "rgb(217, 217, 217)";
            pen.fillRect(0, 0, canvas.width, side);
            pen.drawImage(plane, 0, 0);
            pen.fillStyle = "rgb(102, 102, 102)";
            pen.fillRect(Math.round((1 + z1 / 3) * (side / 2 - 1)), 0, 1, side);
            pen.fillRect(0, Math.round((1 - z2 / 3) * (side / 2 - 1)), side, 1);
            const p = decoded([z1, z2], 1, weights, "0.decoder"), square = side / 8;
            p.forEach((value, k) => {
                const shade = level(1 - value);
                pen.fillStyle = `rgb(${shade}, ${shade}, ${shade})`;
                pen.fillRect(side + 1 + (k % 8) * square, Math.floor(k / 8) * square, square, square);
            });
            const density = Math.exp(-(z1 * z1 + z2 * z2) / 2) / (2 * Math.PI);
            return { canvas, line: `prior density here ${density.toFixed(3)}` };
        };
    },

    completion: async (file) => {
        const [weights, data] = [await file("nade_orders.safetensors"), await file("completion.json")];
        const bits = (text) => Float64Array.from(text);
        const [train, test] = [data.train.map(bits), data.test.map(bits)];
        const nearest = (x) => {
            let [best, least] = [0, Infinity];
            train.forEach((other, k) => {
                let far = 0;
                for (let i = 0; i < 64; i++) far += Math.abs(other[i] - x[i]);
                if (far < least) [best, least] = [k, far];
            });
            return best;
        };
        return ({ order, known, digit, seed }) => {
            const k = data.orders.indexOf(order), { uniform } = dice(seed);
            const positions = weights.orders.data.slice(64 * k, 64 * (k + 1));
            const hint = new Float64Array(64).fill(0.4);
            for (let i = 0; i < known; i++) hint[positions[i]] = test[digit][positions[i]];
            const images = [hint];
            for (let n = 0; n < 8; n++) {
                const x = Float64Array.from(positions, (place, i) => (i < known ? test[digit][place] : 0));
                nade(x, weights, `models.${k}`, (i, p) => {
                    if (i >= known) x[i] = Number(uniform() < p);
                });
                const image = new Float64Array(64);
                positions.forEach((place, i) => (image[place] = x[i]));
                images.push(image);
            }
            const agree = images.slice(1).filter((image) => data.train_labels[nearest(image)] === data.test_labels[digit]);
            const line = `${agree.length} of 8 completions look like the true digit, ${data.test_labels[digit]}`;
            return { canvas: sheet(images, 8, 1, 3), line };
        };
    },

    walk: async (file) => {
        const [weights, data] = [await file("dcgan_digits.safetensors"), await file("walk.json")];
        const length = (z) => Math.hypot(...z);
        return ({ first, second }) => {
            const [a, b] = [data.noise[first], data.noise[second]];
            const angle = Math.acos(a.reduce((sum, value, k) => sum + value * b[k], 0) / length(a) / length(b));
            const shares = [...Array(9).keys()].map((k) => k / 8);
            const straight = shares.map((t) => a.map((value, k) => value + t * (b[k] - value)));
            const circle = shares.map((t) => a.map((value, k) => (Math.sin((1 - t) * angle) * value + Math.sin(t * angle) * b[k]) / Math.sin(angle)));
            const z = Float64Array.from([...straight, ...circle].flat());
            const x = generated(z, 18, weights, "generator");
            const images = [...Array(18).keys()].map((k) => x.subarray(256 * k, 256 * (k + 1)));
            const shortest = [straight, circle].map((way) => Math.min(...way.map(length)).toFixed(1));
            return { canvas: sheet(images, 16, 1, 9), line: `shortest z: above ${shortest[0]}, below ${shortest[1]}` };
        };
    },

    caption: async (file) => {
        const [weights, data] = [await file("gan_cls_shapes.safetensors"), await file("caption.json")];
        const judge = { ...data.judge, masks: await file("masks.bin") };
        const names = Object.keys(data.slots);
        const inputs = (name) => weights[`generator.${name}.weight`].shape[0];
        const numbers = inputs("body.layers.1") - inputs("encoder.linear"); // of noise
        return (values) => {
            const off = values.say ? names : [];
            const asked = values.say ? understood(values.say, data) : { words: names.map((name) => values[name]) };
            const blank = Array(16).fill(new Float64Array(768).fill(1));
            if (asked.problem) return { canvas: marked(blank, null), line: `I cannot draw that: ${asked.problem}`, off };
            const choice = names.map((name, k) => data.slots[name].indexOf(asked.words[k]));
            const tokens = Array(16).fill(asked.words.map((word) => data.words.indexOf(word))).flat();
            const { normal } = dice(values.seed);
            const z = Float64Array.from({ length: 16 * numbers }, normal);
            const x = captioned(z, tokens, 16, weights, "generator");
            const images = [...Array(16).keys()].map((k) => x.subarray(768 * k, 768 * (k + 1)));
            const right = images.map((image) => seen(image, judge).map((word, k) => word === choice[k]));
            const all = right.filter((words) => words.every(Boolean)).length;
            const sentence = names.reduce((text, name, k) => text.replace(`{${name}}`, asked.words[k]), data.sentence);
            const told = data.unseen.includes(asked.words.join(" ")) ? "held out" : "trained on";
            return { canvas: marked(images, right), line: `${sentence}, ${told}: ${all} of 16 right`, off };
        };
    },
};

/* A word for each slot, from a sentence in any order. */
function understood(text, { slots, filling }) {
    const parts = text.toLowerCase().replaceAll("center", "centre").match(/[\p{L}\p{N}]+/gu) || [];
    const known = Object.values(slots).flat();
    const strange = parts.filter((part) => !known.includes(part) && !filling.includes(part));
    if (strange.length) return { problem: `this world has no word ${strange.join(", ")}; it knows ${known.join(", ")}` };
    const found = Object.values(slots).map((words) => parts.find((part) => words.includes(part)));
    const empty = Object.keys(slots).filter((_, k) => !found[k]);
    if (empty.length) return { problem: `say its ${empty.join(", ")} too` };
    const spare = parts.filter((part) => known.includes(part) && !found.includes(part));
    return spare.length ? { problem: `name one thing of each kind, not ${spare.join(", ")} too` } : { words: found };
}

/* Pictures four times as large, and under each a mark for every word: green where it is right, red and cut where not. */
function marked(images, right) {
    const factor = 4, side = 16 * factor;
    const large = images.map((image) => Float64Array.from({ length: 3 * side * side }, (_, k) => {
        const [c, v, u] = [Math.floor(k / side / side), Math.floor(k / side) % side, k % side];
        return image[(c * 16 + Math.floor(v / factor)) * 16 + Math.floor(u / factor)];
    }));
    const white = [255, 255, 255];
    return sheet(large, side, 3, 8, 8, (k, left, top, put) => {
        for (let v = side; v < side + 8; v++) for (let u = 0; u < side; u++) put(left + u, top + v, white);
        if (!right) return;
        right[k].forEach((fits, word) => {
            const count = right[k].length;
            const [first, last] = [Math.floor((side * word) / count) + 1, Math.floor((side * (word + 1)) / count) - 1];
            const gap = Math.floor((first + last) / 2);
            for (let v = side + 2; v < side + 7; v++) for (let u = first; u < last; u++) {
                const cut = !fits && (u === gap || u === gap - 1);
                put(left + u, top + v, cut ? white : fits ? [0, 158, 115] : [213, 94, 0]);
            }
        });
        for (let u = 0; u <= side; u++) put(left + u, top + side + 8, Array(3).fill(217));
    });
}

function picture(address) {
    return new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = reject;
        image.src = address;
    });
}

/* The draw of a model, whose files lie in the folder `base`. */
async function loadCourseModel(name, base) {
    const file = async (path) => {
        const answer = await fetch(base + path);
        if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        if (path.endsWith(".json")) return answer.json();
        const bytes = await answer.arrayBuffer();
        if (path.endsWith(".safetensors")) return readSafetensors(bytes);
        return Float64Array.from(new Uint16Array(bytes), half);
    };
    file.base = base;
    return COURSE_MODELS[name](file);
}
