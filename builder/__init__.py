"""The parts of the builder, and when this process began to read them."""

import time

BEGAN = time.time()
