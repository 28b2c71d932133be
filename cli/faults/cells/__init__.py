"""The matrix: one file per kind of fault, each a list of cells."""
