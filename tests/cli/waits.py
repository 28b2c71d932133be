"""A stand-in for a stack that does nothing until it is told to stop."""

import time

if __name__ == "__main__":
    time.sleep(600)
