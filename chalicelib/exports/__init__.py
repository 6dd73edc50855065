"""
Exports for spreadsheets and warehouses: clicks, conversions, rewards, partners and payments, as CSV or JSON Lines.

Each export has one table of columns (`columns`), from which files, the reference and the tests are made. Its rows come
from the list that the API has of the same things (`sources`), oldest first, between two moments; `export` writes one
part of them, and a cursor says where the next one begins.
"""
