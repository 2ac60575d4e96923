"""Right answers in the forms that students write them in: at least four for every exercise."""

import math
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from genlib.metrics import intersection_over_union
from genlib.models.cyclegan import cycle_loss
from genlib.models.discrete_vae import uniform_kl
from genlib.models.gan import nonsaturating_loss
from genlib.models.progressive import PixelNorm, doubled, halved, with_deviation
from genlib.models.puzzle import appearance_loss
from genlib.models.stargan import label_loss
from genlib.models.text2image import matching_loss, optimal_match


def one_number(value):
    """A number as Python, numpy and torch have it, and in brackets."""
    return [
        value,
        float(value),
        Fraction(value),
        [value],
        np.float64(value),
        np.array([value]),
        torch.tensor(float(value)),
        torch.tensor([float(value)], requires_grad=True),
    ]


def a_count(value):
    return [*one_number(value), np.int64(value), torch.tensor(value)]


# --- notebook 01


def chain_with_floats(x, first, table):
    probabilities = [float(first), *(float(row[int(v)]) for row, v in zip(table, x, strict=False))]
    return sum(math.log(p if v == 1 else 1 - p) for p, v in zip(probabilities, x, strict=True))


def chain_by_gather(x, first, table):
    p = torch.cat([first[None], table.gather(1, x[:-1, None].long())[:, 0]])
    return (x * p.log() + (1 - x) * (1 - p).log()).sum()


def chain_by_library(x, first, table):
    p = torch.cat([first.view(1), table[torch.arange(len(table)), x[:-1].long()]])
    return Bernoulli(p).log_prob(x).sum(0, keepdim=True)


def chain_by_numpy(x, first, table):
    p = np.append(first.numpy(), table.numpy()[np.arange(len(table)), x[:-1].numpy().astype(int)])
    return np.log(np.where(x.numpy() == 1, p, 1 - p)).sum()


COLUMNS = torch.arange(64).view(8, 8).T.flatten()


def posterior_by_rows(log_likelihood, log_prior):
    return [torch.softmax(row + log_prior, 0) for row in log_likelihood]


def posterior_by_division(log_likelihood, log_prior):
    joint = log_likelihood.exp() * log_prior.exp()
    return joint / joint.sum(1, keepdim=True)


def posterior_by_numpy(log_likelihood, log_prior):
    joint = np.exp(log_likelihood.numpy() + log_prior.numpy())
    return joint / joint.sum(1)[:, None]


def posterior_of_floats(log_likelihood, log_prior):
    joint = (log_likelihood + log_prior).exp().tolist()
    return [[p / sum(row) for p in row] for row in joint]


# --- notebook 02


def logits_at_once(x, W, c, V, b):
    sums = (W * x).cumsum(1) - W * x + c[:, None]
    return b + (V.T * sums.sigmoid()).sum(0)


def logits_in_place(x, W, c, V, b):
    logits = torch.empty(len(x))
    for i in range(len(x)):
        logits[i] = b[i] + torch.dot(V[i], c.sigmoid())
        c += x[i] * W[:, i]
    return logits


def logits_as_floats(x, W, c, V, b):
    a, logits = c.clone(), []
    for pixel, into, out_of, bias in zip(x, W.T, V, b, strict=True):
        logits.append((bias + (out_of * torch.sigmoid(a)).sum()).item())
        if pixel == 1:
            a = a + into
    return logits


def logits_joined(x, W, c, V, b):
    a, logits = c, torch.zeros(0)
    for i in range(len(x)):
        logits = torch.cat([logits, F.linear(a.sigmoid(), V[i : i + 1], b[i : i + 1])])
        a = torch.addcmul(a, W[:, torch.tensor(i)], x[i])
    return logits.numpy()


def mixture_shifted(log_probs):
    top = log_probs.amax(0)
    return top + (log_probs - top).exp().mean(0).log()


def mixture_in_pairs(log_probs):
    total = log_probs[0]
    for row in log_probs[1:]:
        total = torch.logaddexp(total, row)
    return total - math.log(len(log_probs))


def mixture_by_numpy(log_probs):
    return np.logaddexp.reduce(log_probs.numpy(), 0) - np.log(len(log_probs))


def mixture_image_by_image(log_probs):
    return [math.log(sum(map(math.exp, column)) / len(column)) for column in log_probs.T.tolist()]


# --- notebook 03


def step_stacked(gates, c):
    o, f, i, g = gates.view(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.stack([torch.sigmoid(o) * torch.tanh(c), c])


def step_in_place(gates, c):
    H = len(c)
    c *= gates[H : 2 * H].sigmoid()
    c += gates[2 * H : 3 * H].sigmoid() * gates[3 * H :].tanh()
    return [gates[:H].sigmoid() * c.tanh(), c]


def step_by_numpy(gates, c):
    o, f, i, g = np.split(gates.numpy(), 4)
    o, f, i = (1 / (1 + np.exp(-gate)) for gate in (o, f, i))
    c = f * c.numpy() + i * np.tanh(g)
    return o * np.tanh(c), c


def step_of_torch(gates, c):
    cell = nn.LSTMCell(1, len(c)).requires_grad_(False)
    o, f, i, g = gates.chunk(4)
    for values in cell.parameters():
        values.zero_()
    cell.bias_ih.copy_(torch.cat([i, f, g, o]))
    h, c = cell(torch.zeros(1, 1), (torch.zeros(1, len(c)), c[None]))
    return h[0], c[0]


def mask_of_lists(kind, k):
    middle = k // 2
    return [
        [1 if r < middle or (r == middle and s < middle + (kind == "B")) else 0 for s in range(k)]
        for r in range(k)
    ]


def mask_in_reading_order(kind, k):
    place = torch.arange(k * k).view(k, k)
    return place <= k * k // 2 if kind == "B" else place < k * k // 2


def mask_by_numpy(kind, k):
    mask = np.zeros(k * k, dtype=int)
    mask[: k * k // 2 + int(kind == "B")] = 1
    return mask.reshape(k, k)


def mask_from_ones(kind, k):
    mask = torch.ones(k, k, dtype=torch.long)
    mask[k // 2 + 1 :] = 0
    mask[k // 2, k // 2 + 1 :] = 0
    mask[k // 2, k // 2] = int(kind == "B")
    return mask


# --- notebook 04


def prior_fitting_by_library(mean, log_std):
    return kl_divergence(Normal(mean, log_std.exp()), Normal(0.0, 1.0)).sum(-1)


def prior_fitting_by_loop(mean, log_std):
    return [
        sum((m * m + math.exp(2 * s) - 1) / 2 - s for m, s in zip(*rows, strict=True))
        for rows in zip(mean.tolist(), log_std.tolist(), strict=True)
    ]


def prior_fitting_by_numpy(mean, log_std):
    mean, std = mean.numpy(), np.exp(log_std.numpy())
    return 0.5 * np.sum(mean**2 + std**2 - 1 - np.log(std**2), axis=1)


def prior_fitting_in_place(mean, log_std):
    variance = (2 * log_std).exp_()
    return variance.add_(mean.square_()).sub_(1).sub_(2 * log_std).mean(1) * mean.shape[1] / 2


def bound_by_softmax(log_weights):
    return (log_weights - log_weights.log_softmax(0))[0] - math.log(len(log_weights))


def bound_by_columns(log_weights):
    return [w.max() + torch.log(torch.mean(torch.exp(w - w.max()))) for w in log_weights.T]


def bound_by_numpy(log_weights):
    w = log_weights.numpy()
    return w.max(0) + np.log(np.exp(w - w.max(0)).mean(0))


def draw_row_by_row(mean, log_std, noise):
    return [m + s.exp() * e for m, s, e in zip(mean, log_std, noise, strict=True)]


def draw_in_place(mean, log_std, noise):
    noise *= log_std.exp()
    noise += mean
    return noise


# --- notebook 05


def divergence_by_library(p, g):
    m = ((p + g) / 2).log()
    return (F.kl_div(m, p, reduction="sum") + F.kl_div(m, g, reduction="sum")) / 2


def divergence_by_entropies(p, g):
    m = (p + g) / 2
    return ((p * p.log() + g * g.log()) / 2 - m * m.log()).sum()


def divergence_of_floats(p, g):
    total = 0
    for a, b in zip(p.tolist(), g.tolist(), strict=True):
        total += a * math.log(2 * a / (a + b)) / 2 + b * math.log(2 * b / (a + b)) / 2
    return total


def divergence_by_numpy(p, g):
    p, g = p.numpy(), g.numpy()
    return np.mean([np.sum(t * np.log(t / ((p + g) / 2))) for t in (p, g)])


def step_by_cross_entropy(G, D, z, optimizer):
    optimizer.zero_grad()
    logits = D(G(z))
    loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    loss.backward()
    optimizer.step()
    return loss.item()


def step_by_gradients(G, D, z, optimizer):
    loss = -torch.log(torch.sigmoid(D(G(z)))).mean()
    weights = list(G.parameters())
    for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = slope
    optimizer.step()
    return loss


def step_with_frozen_D(G, D, z, optimizer):
    D.requires_grad_(False)
    loss = -F.logsigmoid(D(G(z))).mean()
    G.zero_grad()
    loss.backward()
    optimizer.step()
    D.requires_grad_(True)
    return [loss.item()]


def step_by_library(G, D, z, optimizer):
    loss = nonsaturating_loss(D(G(z)))
    loss.backward()
    optimizer.step()
    for network in (G, D):
        network.zero_grad()
    return loss


# --- notebook 06


def up_by_library(x, kernel, s):
    return F.conv_transpose1d(x.view(1, 1, -1), kernel.view(1, 1, -1), stride=s).flatten()


def up_by_zeros(x, kernel, s):
    k = len(kernel)
    row = torch.zeros((len(x) - 1) * s + 1)
    row[::s] = x
    row = F.pad(row, (k - 1, k - 1))
    return torch.stack([row[i : i + k] @ kernel.flip(0) for i in range(len(row) - k + 1)])


def up_of_floats(x, kernel, s):
    y = [0.0] * ((len(x) - 1) * s + len(kernel))
    for j in range(len(x)):
        for i in range(len(kernel)):
            y[j * s + i] += float(x[j] * kernel[i])
    return y


def up_by_matrix(x, kernel, s):
    rows = np.zeros((len(x), (len(x) - 1) * s + len(kernel)))
    for j, row in enumerate(rows):
        row[j * s : j * s + len(kernel)] = kernel.numpy()
    return x.numpy() @ rows


def norm_channel_by_channel(x, eps):
    for c in range(x.shape[1]):
        m, v = x[:, c].mean(), x[:, c].var(correction=0)
        x[:, c] = (x[:, c] - m) / torch.sqrt(v + eps)
    return x


def norm_flattened(x, eps):
    rows = x.transpose(0, 1).flatten(1)
    rows = (rows - rows.mean(1, keepdim=True)) / (rows.var(1, False, keepdim=True) + eps) ** 0.5
    return rows.view(x.shape[1], x.shape[0], *x.shape[2:]).transpose(0, 1)


def norm_by_numpy(x, eps):
    x = x.numpy()
    over = {"axis": (0, 2, 3), "keepdims": True}
    return (x - x.mean(**over)) / np.sqrt(x.var(**over) + eps)


# --- notebook 07


def information_of_positive_cells(table):
    ratio = table / (table.sum(0) * table.sum(1)[:, None])
    return (table[table > 0] * ratio[table > 0].log()).sum()


def information_by_entropies(table):
    def entropy(p):
        return torch.special.entr(p).sum()

    return entropy(table.sum(0)) + entropy(table.sum(1)) - entropy(table)


def information_of_floats(table):
    rows, columns = table.sum(1).tolist(), table.sum(0).tolist()
    total = 0.0
    for c, row in enumerate(table.tolist()):
        for x, p in enumerate(row):
            if p > 0:
                total += p * math.log(p / (rows[c] * columns[x]))
    return total


def information_by_numpy(table):
    table = table.numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nansum(table * np.log(table / table.sum(0) / table.sum(1, keepdims=True)))


def gaussian_by_hand(mean, log_std, c):
    z = (c - mean) * (-log_std).exp()
    log_q = (-0.5 * z**2 - log_std - 0.5 * math.log(2 * math.pi)).sum(1)
    return log_q.mean() + c.size(1) * math.log(2)


def gaussian_by_library(mean, log_std, c):
    log_q = torch.distributions.Independent(Normal(mean, log_std.exp()), 1).log_prob(c)
    return (log_q + c.shape[1] * math.log(2)).mean()


def gaussian_by_loss(mean, log_std, c):
    loss = F.gaussian_nll_loss(mean, c, (2 * log_std).exp(), full=True, reduction="none")
    return [float(c.shape[1] * math.log(2) - loss.sum(1).mean())]


def gaussian_by_numpy(mean, log_std, c):
    mean, std, c = mean.numpy(), np.exp(log_std.numpy()), c.numpy()
    density = np.exp(-(((c - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))
    return np.log(density).sum() / len(c) + c.shape[1] * np.log(2)


# --- notebook 08


def match_of_the_library():
    pairs = torch.eye(4, dtype=torch.float64) / 4
    return optimal_match(pairs, pairs)[0, 0]


def matching_by_cross_entropy(right, wrong, fake):
    loss = nn.BCEWithLogitsLoss()
    no = loss(wrong, torch.zeros_like(wrong)) + loss(fake, torch.zeros_like(fake))
    return loss(right, torch.ones_like(right)) + no / 2


def matching_in_one_row(right, wrong, fake):
    no = torch.cat([wrong, fake])
    return F.softplus(-right).mean() + F.softplus(no).mean()


def matching_by_logsigmoid(right, wrong, fake):
    def no(logits):
        return (F.logsigmoid(logits) - logits).mean()

    return -(F.logsigmoid(right).mean() + (no(wrong) + no(fake)) / 2)


def matching_by_numpy(right, wrong, fake):
    right, wrong, fake = right.numpy(), wrong.numpy(), fake.numpy()
    no = (np.logaddexp(0, wrong) + np.logaddexp(0, fake)) / 2
    return (np.logaddexp(0, -right) + no).mean()


def matching_of_floats(right, wrong, fake):
    def minus_log(logit):  # of the sigmoid
        return max(-logit, 0) + math.log1p(math.exp(-abs(logit)))

    total = 0.0
    for r, w, f in zip(right.tolist(), wrong.tolist(), fake.tolist(), strict=True):
        total += minus_log(r) + (minus_log(-w) + minus_log(-f)) / 2
    return total / len(right)


def code_kl_by_log_softmax(logits):
    log_q = F.log_softmax(logits, dim=-1)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(-1)


def code_kl_by_entropy(logits):
    return math.log(logits.size(2)) - torch.special.entr(logits.softmax(2)).sum(2)


def code_kl_by_library(logits):
    uniform = Categorical(logits=torch.zeros_like(logits))
    return kl_divergence(Categorical(logits=logits), uniform)


def code_kl_by_loss(logits):
    log_uniform = torch.full_like(logits, -math.log(logits.shape[-1]))
    log_q = logits.log_softmax(-1)
    return F.kl_div(log_uniform, log_q, reduction="none", log_target=True).sum(-1)


def code_kl_by_numpy(logits):
    z = logits.double().numpy()
    q = np.exp(z - z.max(-1, keepdims=True))
    q /= q.sum(-1, keepdims=True)
    return np.log(z.shape[-1]) + (q * np.log(np.where(q > 0, q, 1))).sum(-1)


def code_kl_place_by_place(logits):
    rows = []
    for image in logits:
        rows.append([math.log(len(v)) - Categorical(logits=v).entropy().item() for v in image])
    return rows


def sharpen_by_scatter(logits, temperature, top_k):
    values, places = (logits / temperature).topk(top_k, dim=1)
    return torch.zeros_like(logits).scatter(1, places, values.softmax(1))


def sharpen_by_sorting(logits, temperature, top_k):
    z = logits / temperature
    least = z.sort(1, descending=True).values[:, top_k - 1 : top_k]
    z[z < least] = -torch.inf
    return torch.softmax(z, dim=1)


def sharpen_by_powers(logits, temperature, top_k):
    p = logits.softmax(1) ** (1 / temperature)
    p = p * (p >= p.topk(top_k, dim=1).values.min(1, keepdim=True).values)
    return p / p.sum(1, keepdim=True)


def sharpen_by_numpy(logits, temperature, top_k):
    z = logits.numpy() / temperature
    p = np.zeros_like(z)
    for row, out in zip(z, p, strict=True):
        best = np.argsort(-row)[:top_k]
        out[best] = np.exp(row[best]) / np.exp(row[best]).sum()
    return p


def sharpen_of_floats(logits, temperature, top_k):
    rows = []
    for row in logits.tolist():
        least = sorted(row)[-top_k]
        weights = [math.exp(v / temperature) if v >= least else 0.0 for v in row]
        rows.append([weight / sum(weights) for weight in weights])
    return rows


# --- notebook 09


def appearance_by_library(mask, picture, true_mask, real):
    return F.l1_loss(mask * picture, true_mask * real, reduction="sum") / len(mask)


def appearance_by_steps(mask, picture, true_mask, real):
    difference = torch.abs(true_mask * real - mask * picture)
    return torch.mean(torch.sum(difference, dim=(1, 2, 3)))


def appearance_by_norm(mask, picture, true_mask, real):
    shown, due = (mask * picture).flatten(1), torch.where(true_mask > 0, real, 0).flatten(1)
    return torch.linalg.vector_norm(shown - due, ord=1, dim=1).mean(0, keepdim=True)


def appearance_in_place(mask, picture, true_mask, real):
    return picture.mul_(mask).sub_(real.mul_(true_mask)).abs_().mean(0).sum()


def appearance_by_numpy(mask, picture, true_mask, real):
    mask, picture, true_mask, real = (v.numpy() for v in (mask, picture, true_mask, real))
    return np.abs(mask * picture - true_mask * real).sum(axis=(1, 2, 3)).mean()


def appearance_of_floats(mask, picture, true_mask, real):
    total = 0.0
    for b in range(len(mask)):
        for image, due in zip(picture[b], real[b], strict=True):
            rows = (mask[b, 0] * image - true_mask[b, 0] * due).tolist()
            total += sum(abs(v) for row in rows for v in row)
    return total / len(mask)


def overlap_of_booleans(mask, true_mask):
    a, b = mask > 0.5, true_mask >= 0.5
    return (a & b).sum((1, 2, 3)) / (a | b).sum((1, 2, 3))


def overlap_of_floats(mask, true_mask):
    a, b = (mask > 0.5).float().flatten(1), (true_mask > 0.5).float().flatten(1)
    both = (a * b).sum(1)
    return both / (a.sum(1) + b.sum(1) - both)


def overlap_by_rounding(mask, true_mask):
    a, b = mask.round(), true_mask.round()
    return torch.min(a, b).sum(dim=(1, 2, 3)) / torch.max(a, b).sum(dim=(1, 2, 3))


def overlap_by_numpy(mask, true_mask):
    a, b = mask.numpy() > 0.5, true_mask.numpy() > 0.5
    both = np.logical_and(a, b).sum(axis=(1, 2, 3))
    return both / np.logical_or(a, b).sum(axis=(1, 2, 3))


def overlap_of_sets(mask, true_mask):
    shares = []
    for one, other in zip(mask, true_mask, strict=True):
        a, b = (set(map(tuple, (m[0] > 0.5).nonzero().tolist())) for m in (one, other))
        shares.append(len(a & b) / len(a | b))
    return shares


# --- notebook 10


def cycle_by_numpy(G, F, x, y):
    to_x, to_y = F(G(x)).numpy() - x.numpy(), G(F(y)).numpy() - y.numpy()
    return np.abs(to_x).mean() + np.abs(to_y).mean()


def cycle_of_floats(G, F, x, y):
    total = 0.0
    for there, back, batch in ((G, F, x), (F, G, y)):
        errors = (back(there(batch)) - batch).flatten().tolist()
        total += sum(map(abs, errors)) / len(errors)
    return total


def cycle_picture_by_picture(G, F, x, y):
    of_x = [torch.abs(F(G(one[None])) - one).mean() for one in x]
    of_y = [torch.abs(G(F(one[None])) - one).mean() for one in y]
    return sum(of_x) / len(of_x) + sum(of_y) / len(of_y)


def cycle_by_norm(G, F, x, y):
    of_y = torch.linalg.vector_norm(G(F(y)) - y, 1) / y.numel()
    return [(F(G(x)) - x).norm(p=1) / x.numel() + of_y]


def field_from_the_last(layers):
    seen = 1
    for kernel, stride in reversed(layers):
        seen = (seen - 1) * stride + kernel
    return seen


def field_from_the_first(layers):
    seen, step = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * step
        step *= stride
    return float(seen)


def field_at_once(layers):
    kernels, strides = np.array(layers).T
    return 1 + ((kernels - 1) * (strides.cumprod() // strides)).sum()


def field_in_place(layers):
    if not layers:
        return 1
    kernel, stride = layers.pop(0)
    return (field_in_place(layers) - 1) * stride + kernel


def field_of_a_gradient(layers):
    x = torch.zeros(1, 1, 200, requires_grad=True)
    h = x
    for kernel, stride in layers:
        h = F.conv1d(h, torch.ones(1, 1, kernel), stride=stride)
    h[0, 0, 1].backward()
    return (x.grad > 0).sum()


def pool_as_asked(kept, size, x, coin, place):
    if len(kept) < size:
        kept.append(x)
        return x
    if coin < 0.5:
        return x
    old = kept[place]
    kept[place] = x
    return old


def pool_in_one_swap(kept, size, x, coin, place):
    if len(kept) < size:
        kept += [x]
    elif coin >= 0.5:
        x, kept[place] = kept[place], x
    return x


def pool_of_copies(kept, size, x, coin, place):
    if len(kept) == size:
        old = kept[place].clone()
        if coin > 0.5:
            kept[place].copy_(x)
        return old if coin > 0.5 else x
    kept.extend([x.detach().clone()])
    return x.numpy()


def pool_by_insert(kept, size, x, coin, place):
    full = len(kept) >= size
    if full and coin < 0.5:
        return x
    kept.insert(place if full else len(kept), x)
    return kept.pop(place + 1) if full else x.tolist()


def pool_by_slices(kept, size, x, coin, place):
    if len(kept) < size:
        kept[len(kept) :] = [x]
    elif not coin < 0.5:
        old = kept[place]
        kept[:] = kept[:place] + [x] + kept[place + 1 :]
        return old
    return x


# --- notebook 11


def penalty_by_linalg(slope):
    return (torch.linalg.vector_norm(slope, dim=(1, 2, 3)) - 1).square().mean()


def penalty_by_root(slope):
    return (((slope**2).sum((1, 2, 3)) + 1e-12).sqrt() - 1).pow(2).sum() / slope.shape[0]


def penalty_by_loss(slope):
    return F.mse_loss(slope.view(len(slope), -1).norm(2, dim=1), torch.ones(len(slope)))


def penalty_by_numpy(slope):
    return ((np.linalg.norm(slope.numpy().reshape(len(slope), -1), axis=1) - 1) ** 2).mean()


def penalty_of_floats(slope):
    lengths = [math.hypot(*picture) for picture in slope.flatten(1).tolist()]
    return [sum((length - 1) ** 2 for length in lengths) / len(lengths)]


def reader_by_loss(logits, labels, known):
    each = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (each * known).sum(dim=1).mean()


def reader_by_weight(logits, labels, known):
    loss = nn.BCEWithLogitsLoss(weight=known, reduction="sum")
    return loss(logits, labels) / len(logits)


def reader_of_those_known(logits, labels, known):
    told = known > 0
    logits, labels = logits[told], labels[told]
    return F.softplus(torch.where(labels > 0, -logits, logits)).sum() / len(known)


def reader_by_logsigmoid(logits, labels, known):
    yes, no = labels * F.logsigmoid(logits), (1 - labels) * F.logsigmoid(-logits)
    return -torch.mean(torch.sum((yes + no) * known, 1))


def reader_by_library(logits, labels, known):
    return -(Bernoulli(logits=logits).log_prob(labels) * known).sum(1).mean(0, keepdim=True)


def reader_by_numpy(logits, labels, known):
    logits, labels, known = logits.numpy(), labels.numpy(), known.numpy()
    return ((np.logaddexp(0, logits) - logits * labels) * known).sum(1).mean()


def reader_of_floats(logits, labels, known):
    total = 0.0
    for rows in zip(logits.tolist(), labels.tolist(), known.tolist(), strict=True):
        for logit, label, told in zip(*rows, strict=True):
            if told:
                total += max(logit, 0) - logit * label + math.log1p(math.exp(-abs(logit)))
    return total / len(logits)


def edit_of_a_copy(labels, hair):
    new = labels.clone()
    new[:, :3] = 0
    new[:, hair] = 1
    return new


def edit_joined(labels, hair):
    colour = F.one_hot(torch.tensor(hair), 3).expand(len(labels), 3)
    return torch.cat([colour, labels[:, 3:]], 1)


def edit_by_where(labels, hair):
    column = torch.arange(6)
    return torch.where(column < 3, (column == hair).float(), labels)


def edit_of_the_old_one(labels, hair):
    new = labels.clone()
    new[torch.arange(len(new)), new[:, :3].argmax(1)] = 0
    new[:, hair] = 1
    return new


def edit_by_numpy(labels, hair):
    new = labels.numpy().copy()
    new[:, :3] = np.eye(3)[hair]
    return new


def edit_row_by_row(labels, hair):
    return [[*(int(i == hair) for i in range(3)), *row[3:]] for row in labels.tolist()]


# --- notebook 12


def pixel_norm_by_root(h):
    return h / torch.sqrt((h**2).mean(dim=1, keepdim=True) + 1e-8)


def pixel_norm_by_length(h):
    return h / (h.norm(dim=1, keepdim=True) ** 2 / h.shape[1] + 1e-8) ** 0.5


def pixel_norm_by_library(h):
    last = h.movedim(1, -1)
    return F.rms_norm(last, last.shape[-1:], eps=1e-8).movedim(-1, 1)


def pixel_norm_by_einsum(h):
    square = torch.einsum("bchw,bchw->bhw", h, h) / h.size(1)
    return torch.einsum("bchw,bhw->bchw", h, (square + 1e-8).rsqrt())


def pixel_norm_in_place(h):
    total = torch.zeros_like(h[:, :1])
    for channel in h.split(1, dim=1):
        total += channel.square()
    return h.div_((total / h.shape[1] + 1e-8).sqrt_())


def pixel_norm_by_numpy(h):
    h = h.numpy()
    return h / np.sqrt((h**2).mean(axis=1, keepdims=True) + 1e-8)


def pixel_norm_of_floats(h):
    new = h.tolist()
    for picture in new:
        for i in range(h.shape[2]):
            for j in range(h.shape[3]):
                square = sum(channel[i][j] ** 2 for channel in picture) / len(picture)
                for channel in picture:
                    channel[i][j] /= math.sqrt(square + 1e-8)
    return new


def fade_by_lerp(x, alpha):
    return torch.lerp(doubled(halved(x)), x, alpha)


def fade_by_layers(x, alpha):
    coarse = nn.Upsample(scale_factor=2)(nn.AvgPool2d(2)(x))
    return coarse + alpha * (x - coarse)


def fade_by_interpolation(x, alpha):
    small = F.interpolate(x, scale_factor=0.5, mode="bilinear")
    return alpha * x + (1 - alpha) * F.interpolate(small, size=x.shape[2:])


def fade_by_area(x, alpha):
    small = F.interpolate(x, size=(x.shape[2] // 2, x.shape[3] // 2), mode="area")
    return x * alpha + torch.kron(small, torch.ones(1, 1, 2, 2)) * (1 - alpha)


def fade_by_slices(x, alpha):
    new = alpha * x
    small = sum(x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
    for i in (0, 1):
        for j in (0, 1):
            new[:, :, i::2, j::2] += (1 - alpha) * small
    return new


def fade_by_numpy(x, alpha):
    b, c, h, w = x.shape
    small = x.numpy().reshape(b, c, h // 2, 2, w // 2, 2).mean((3, 5))
    return alpha * x.numpy() + (1 - alpha) * small.repeat(2, axis=2).repeat(2, axis=3)


def fade_by_convolution(x, alpha):
    kernel = torch.full((x.shape[1], 1, 2, 2), 0.25)
    small = F.conv2d(x, kernel, stride=2, groups=x.shape[1])
    coarse = F.conv_transpose2d(small, torch.ones_like(kernel), stride=2, groups=x.shape[1])
    return [alpha * one + (1 - alpha) * other for one, other in zip(x, coarse, strict=True)]


def deviation_by_var(h):
    number = (h.var(0, correction=0) + 1e-8).sqrt().mean()
    return torch.cat([h, number.expand(len(h), 1, *h.shape[2:])], 1)


def deviation_by_hand(h):
    centred = h - h.mean(0)
    number = ((centred**2).mean(dim=0) + 1e-8).sqrt().mean().item()
    return torch.cat([h, torch.full_like(h[:, :1], number)], dim=1)


def deviation_by_std(h):
    number = torch.hypot(h.std(0, unbiased=False), torch.tensor(1e-4)).mean()
    return torch.cat([h, number * torch.ones(len(h), 1, h.shape[2], h.shape[3])], 1)


def deviation_by_padding(h):
    new = F.pad(h, (0, 0, 0, 0, 0, 1))
    new[:, -1] = torch.sqrt(torch.var(h, dim=0, unbiased=False) + 1e-8).mean()
    return new


def deviation_by_numpy(h):
    h = h.numpy()
    number = np.sqrt(h.var(axis=0) + 1e-8).mean()
    return np.concatenate([h, np.full_like(h[:, :1], number)], axis=1)


def deviation_of_floats(h):
    rows = h.flatten(1).T.tolist()
    means = [sum(row) / len(row) for row in rows]
    squares = [
        sum((v - mean) ** 2 for v in row) / len(row) for row, mean in zip(rows, means, strict=True)
    ]
    number = sum(math.sqrt(square + 1e-8) for square in squares) / len(rows)
    plane = torch.full(h.shape[2:], number).tolist()
    return [[*picture, plane] for picture in h.tolist()]


RIGHT = {
    "chain_rule.dice": a_count(275),
    "chain_rule.chain_log_prob": [
        chain_with_floats,
        chain_by_gather,
        chain_by_library,
        chain_by_numpy,
    ],
    "chain_rule.column_order": [
        COLUMNS,
        COLUMNS.tolist(),
        COLUMNS.numpy(),
        COLUMNS.float(),
        [row + 8 * column for row in range(8) for column in range(8)],
        tuple(COLUMNS),
    ],
    "chain_rule.posterior": [
        posterior_by_rows,
        posterior_by_division,
        posterior_by_numpy,
        posterior_of_floats,
    ],
    "nade.large_size": a_count(498_157),
    "nade.running_sum": [logits_at_once, logits_in_place, logits_as_floats, logits_joined],
    "nade.mixture": [
        mixture_shifted,
        mixture_in_pairs,
        mixture_by_numpy,
        mixture_image_by_image,
    ],
    "pixelrnn.row_lstm_sees": a_count(26),
    "pixelrnn.lstm_step": [step_stacked, step_in_place, step_by_numpy, step_of_torch],
    "pixelrnn.causal_mask": [mask_of_lists, mask_in_reading_order, mask_by_numpy, mask_from_ones],
    "vae.wide_and_shifted": [
        *one_number(1.3069),
        *one_number((4 - math.log(4)) / 2),
        *one_number((4 - 1.3863) / 2),
    ],
    "vae.prior_fitting": [
        prior_fitting_by_library,
        prior_fitting_by_loop,
        prior_fitting_by_numpy,
        prior_fitting_in_place,
    ],
    "vae.importance_bound": [
        mixture_shifted,
        mixture_in_pairs,
        bound_by_softmax,
        bound_by_columns,
        bound_by_numpy,
    ],
    "vae.reparameterised": [
        draw_row_by_row,
        draw_in_place,
        lambda mean, log_std, noise: torch.addcmul(mean, noise, torch.exp(log_std)),
        lambda mean, log_std, noise: torch.stack(draw_row_by_row(mean, log_std, noise)),
        lambda mean, log_std, noise: (
            Normal(0.0, 1.0).icdf(Normal(0.0, 1.0).cdf(noise.double())) * log_std.exp() + mean
        ),
    ],
    "gan.best_guess": [*one_number(0.75), 0.3 / (0.3 + 0.1), torch.tensor(0.3) / 0.4],
    "gan.jensen_shannon": [
        divergence_by_library,
        divergence_by_entropies,
        divergence_of_floats,
        divergence_by_numpy,
    ],
    "gan.generator_loss": [
        lambda logits: -F.logsigmoid(logits).mean(),
        lambda logits: F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits)),
        lambda logits: np.logaddexp(0, -logits.numpy()).mean(),
        lambda logits: sum(math.log1p(math.exp(-v)) for v in logits.tolist()) / len(logits),
        lambda logits: nn.Softplus()(-logits).mean(0, keepdim=True),
    ],
    "gan.generator_step": [
        step_by_cross_entropy,
        step_by_gradients,
        step_with_frozen_D,
        step_by_library,
    ],
    "dcgan.width": a_count(7),
    "dcgan.numbers_in_D": a_count(34_465),
    "dcgan.up_a_row": [up_by_library, up_by_zeros, up_of_floats, up_by_matrix],
    "dcgan.batch_norm": [
        norm_channel_by_channel,
        norm_flattened,
        norm_by_numpy,
        lambda x, eps: F.batch_norm(x, None, None, training=True, eps=eps),
        lambda x, eps: nn.BatchNorm2d(x.shape[1], eps=eps, affine=False)(x).tolist(),
    ],
    "infogan.half_sure": [*one_number(1.6094), *one_number(math.log(5))],
    "infogan.information": [
        information_of_positive_cells,
        information_by_entropies,
        information_of_floats,
        information_by_numpy,
    ],
    "infogan.gaussian_bound": [
        gaussian_by_hand,
        gaussian_by_library,
        gaussian_by_loss,
        gaussian_by_numpy,
    ],
    "infogan.matching": [*one_number(0.625), 25 / 40],
    "text2image.best_match": [
        *one_number(0.6154),
        *one_number(8 / 13),
        0.25 / (0.25 + 1 / 32 + 1 / 8),
        match_of_the_library(),
    ],
    "text2image.matching": [
        matching_loss,
        matching_by_cross_entropy,
        matching_in_one_row,
        matching_by_logsigmoid,
        matching_by_numpy,
        matching_of_floats,
    ],
    "text2image.code_kl": [
        code_kl_by_log_softmax,
        code_kl_by_entropy,
        code_kl_by_library,
        code_kl_by_loss,
        code_kl_by_numpy,
        code_kl_place_by_place,
        lambda logits: uniform_kl(Categorical(logits=logits)),
    ],
    "text2image.sharpen": [
        sharpen_by_scatter,
        sharpen_by_sorting,
        sharpen_by_powers,
        sharpen_by_numpy,
        sharpen_of_floats,
    ],
    "puzzle.doubt": [*one_number(0.6667), *one_number(2 / 3), 1 / (1 + 1 / 2)],
    "puzzle.appearance": [
        appearance_loss,
        appearance_by_library,
        appearance_by_steps,
        appearance_by_norm,
        appearance_in_place,
        appearance_by_numpy,
        appearance_of_floats,
    ],
    "puzzle.overlap": [
        intersection_over_union,
        overlap_of_booleans,
        overlap_of_floats,
        overlap_by_rounding,
        overlap_by_numpy,
        overlap_of_sets,
    ],
    "cyclegan.cycles": a_count(4),
    "cyclegan.cycle": [
        lambda G, F, x, y: cycle_loss(x, F(G(x))) + cycle_loss(y, G(F(y))),
        lambda G, F, x, y: (F(G(x)) - x).abs().mean() + (G(F(y)) - y).abs().mean(),
        lambda G, F, x, y: nn.L1Loss()(F(G(x)), x) + nn.L1Loss()(G(F(y)), y),
        cycle_by_numpy,
        cycle_of_floats,
        cycle_picture_by_picture,
        cycle_by_norm,
    ],
    "cyclegan.field": [
        field_from_the_last,
        field_from_the_first,
        field_at_once,
        field_in_place,
        field_of_a_gradient,
        lambda layers: (
            1
            + sum(
                (kernel - 1) * math.prod(stride for _, stride in layers[:i])
                for i, (kernel, _) in enumerate(layers)
            )
        ),
    ],
    "cyclegan.pool": [
        pool_as_asked,
        pool_in_one_swap,
        pool_of_copies,
        pool_by_insert,
        pool_by_slices,
    ],
    "stargan.translators": a_count(41),
    "stargan.penalty": [
        lambda slope: (slope.flatten(1).norm(dim=1) - 1).square().mean(),
        lambda slope: torch.stack([(one.norm() - 1) ** 2 for one in slope]).mean(),
        penalty_by_linalg,
        penalty_by_root,
        penalty_by_loss,
        penalty_by_numpy,
        penalty_of_floats,
    ],
    "stargan.reader": [
        label_loss,
        reader_by_loss,
        reader_by_weight,
        reader_of_those_known,
        reader_by_logsigmoid,
        reader_by_library,
        reader_by_numpy,
        reader_of_floats,
    ],
    "stargan.edit": [
        edit_of_a_copy,
        edit_joined,
        edit_by_where,
        edit_of_the_old_one,
        edit_by_numpy,
        edit_row_by_row,
        lambda labels, hair: labels * torch.tensor([0, 0, 0, 1, 1, 1]) + torch.eye(6)[hair],
    ],
    "progressive.images": a_count(3_600_000),
    "progressive.norm": [
        PixelNorm(),
        pixel_norm_by_root,
        pixel_norm_by_length,
        pixel_norm_by_library,
        pixel_norm_by_einsum,
        pixel_norm_in_place,
        pixel_norm_by_numpy,
        pixel_norm_of_floats,
    ],
    "progressive.fade": [
        fade_by_lerp,
        fade_by_layers,
        fade_by_interpolation,
        fade_by_area,
        fade_by_slices,
        fade_by_numpy,
        fade_by_convolution,
    ],
    "progressive.deviation": [
        lambda h: with_deviation(h, group=len(h)),
        deviation_by_var,
        deviation_by_hand,
        deviation_by_std,
        deviation_by_padding,
        deviation_by_numpy,
        deviation_of_floats,
    ],
}
