"""Speed and memory, never part of the tests: `make bench`.

Every figure that can depend on the machine is a ratio of two medians measured in one run; absolute
figures stand beside it with the machine's description. One module per subject; each has `run()`,
which returns rows for bench.report.
"""
