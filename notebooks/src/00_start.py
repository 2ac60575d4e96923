# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Start here
#
# > Twelve notebooks lead from a table of probabilities to networks that draw faces. This page shows where they lead, in which order to study them, and how their panels and exercises work.
#
# To begin with, a **generative model** (생성 모델) is a machine that makes new examples of something, such as digits or faces, after it has seen many. There are quite different ways to build one. In this course you build each of them at a size that two CPU cores can train while you wait. Wherever the world is small enough, you also compare it with the exact answer.
#
# Run a cell with Shift and Enter. The first one imports what this page needs, and it takes some seconds.

# %%
import json
from pathlib import Path

import torch
from torch.nn import functional as F

from genlib import pictures
from genlib.exercises import chain_rule, progress
from genlib.recipes.course import course
from genlib.widgets import Panel

torch.set_num_threads(1)  # tensors this small are faster on one thread

# %% [markdown]
# ## What you will build
#
# Every row below is one model of the course, and none of them was trained by this page: their weights come with it. All of them draw with random numbers that start from the same **seed** (시드), a whole number: the same seed always gives the same pictures. Move the seed, and everything is drawn anew. Which models always draw something that you can name, and which do not?

# %%
models = course()


def show_models(seed=0):
    """seed: other random numbers for every model"""
    named = {}
    for name, model in models.items():
        x = model.draw(12, torch.Generator().manual_seed(seed))
        x = x if x.shape[1] == 3 else 1 - x.expand(-1, 3, -1, -1)  # ink is black
        large = F.interpolate(x, 32)  # its pixels become squares
        named[f"{model.notebook:02d} · {name}"] = large
    return pictures.rows(named, 12), f"seed {seed}: {len(named)} models, twelve pictures of each"


Panel(show_models, seed=(0, 99))

# %% [markdown]
# <details><summary>What you should have seen</summary>
#
# The upper five rows are digits. The first three models draw black and white pixels, and you have to guess at some of their digits. The next two draw in grey, and most of their digits are easy to read. The coloured shapes of notebook 08 follow a caption that was chosen at random, so only a reader of the caption could say whether they are right. Faces and zebras depend on what they are made from: three pieces of a face, a horse, a face with new labels. The last row needs noise alone.
#
# Every row changes with every seed. A model that drew the same thing again and again would fail at what it was built for, and notebook 05 shows you one that does.
# </details>
#
# ## In which order
#
# An arrow leads from a notebook to one that needs it. The two upper rows are models that tell you the probability of a picture, or a bound on it. The rows below are games between two networks, which tell you nothing of the kind, and notebook 08 has a model of each sort:

# %%
places = {"01": (0, 4), "02": (1.2, 5), "03": (4, 5), "04": (2.4, 4), "08": (6, 4.5)}
places |= {"05": (0, 2), "06": (2, 2), "07": (3.4, 3), "09": (4.6, 2), "10": (4, 0), "11": (6, 1)}
places |= {"12": (4, 1)}
needs = "01-02 02-03 01-04 02-04 03-08 04-08 05-06 06-07 07-08 06-09 06-10 10-11 09-11 06-12 09-12 08-09"
arrows = [tuple(pair.split("-")) for pair in needs.split()]
names = {row[:2]: row[5:].removeprefix("The ") for row in progress()}
pictures.graph(places, arrows, lit=["01", "04", "05"], notes=names)

# %% [markdown]
# If you have only one afternoon, take the three blue ones: 01 begins with tables that can be counted, 04 needs the words of 01, and 05 needs little more than a training loop in PyTorch, because it says again what it takes from 01 and 04. Every notebook opens with one question, and each of its sections answers a part of it.
#
# ## What each of them costs
#
# All notebooks together run for less than a quarter of an hour. Here are the seconds that each one takes from top to bottom on two CPU cores, without the time that you need to read:

# %%
rows = json.loads(Path("../benchmarks/results/memory.json").read_text())["rows"]
lessons = [row for row in rows if row["notebook"] != "00_start"]
times = {name: [row["seconds"]] for name, row in zip(progress(), lessons, strict=True)}
pictures.dots(times, "seconds")

# %% [markdown]
# Reading and the exercises take longer, and each exercise says how many minutes it is meant for. The second price is memory. Each open notebook keeps a Python of its own, called a **kernel** (커널), and its memory stays taken when you close the tab. So shut a kernel down before you open the next notebook: *Kernel*, then *Shut Down Kernel*. This is how much each one takes at most:

# %%
peaks = {name: [row["peak"]] for name, row in zip(progress(), lessons, strict=True)}
pictures.dots(peaks, "megabytes", {"what no notebook may exceed": 950})

# %% [markdown]
# ## How a panel works
#
# You have moved one already. A slider takes the mouse and the arrow keys, and its number can be typed. Some panels ask a question first: choose an answer before you move anything, and look afterwards whether it was right. Nobody reads your choice. A control that cannot change anything at the moment is grey. If a panel has a play button, it lets time run, for example through a training.
#
# A cell that trains can be stopped with *Kernel*, then *Interrupt Kernel*. What it has learnt so far is kept, and the next cells work with it.
#
# ## How an exercise works
#
# Each notebook ends with exercises. You write your answer where `None` stands, and the last line of the cell checks it. An answer that is not right gets a hint, which fits what you seem to have had in mind. Here is the first exercise of notebook 01 with a wrong answer. How many numbers does it take to describe ten dice in a row, if each of them may look at the one before?

# %%
chain_rule.dice.check(59)

# %% [markdown]
# Try other numbers: each typical mistake has a hint of its own. The checker never stops with an error, whatever you give it, and below each exercise are a hint and the answer, both folded.
#
# ## Your own progress
#
# What you have solved is noted in a folder of your own on this computer, and nothing is sent anywhere. It lies outside the course, so a new version of the course finds it again (`progress.folder()` in `genlib.exercises.checker` says where). Run this cell again whenever you like:

# %%
progress()

# %% [markdown]
# Your notebooks are yours as well. What you change in `work/` is never overwritten by a new version of the course, and `make fresh NOTEBOOK=01_chain_rule` brings back the course's own and keeps yours beside it.
#
# Now open `01_chain_rule.ipynb` in the list at the left. If something puzzles you there, first move the panel, then read the fold under it, and only then the equations.
