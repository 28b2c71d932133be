"""The business story on Temporal: workflow classes and their named options, nothing else.

Importing this package loads neither pyHanko nor SQLAlchemy nor Flask.
"""
