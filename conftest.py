"""For all tests, those of the notebooks too."""

import os

os.environ["TQDM_DISABLE"] = "1"  # stored notebooks have no progress bars to compare with
