"""What runs inside a child: parsing, rendering, writing and judging of PDFs.

Nothing outside a child imports this package, except tests.
"""
