"""For all tests, those of `pytest --nbval notebooks` too."""

import os
import tempfile

import pytest
import torch

os.environ["TQDM_DISABLE"] = "1"  # stored notebooks have no progress bars to compare with
# what tests solve is nobody's progress
os.environ["GENLIB_PROGRESS"] = tempfile.mkdtemp(prefix="genlib-progress-")
torch.set_num_threads(1)  # tensors this small are slower on two threads than on one


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)
