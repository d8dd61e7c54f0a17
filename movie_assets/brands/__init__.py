"""Reads brand files of any dialect into typed rows. Imports no Dagster and touches no database.

A file goes through these modules, in this order:

    reader    one file from bytes to `BrandFile`
    opening   a path -> its bytes, if it is a file
    decoding  bytes -> text
    records   text -> records of fields, each with its line and raw text
    headers   the delimiter, and which field holds which column
    rows      one record -> one `BrandRow`, or every reason why not
    amounts   a field -> a whole number
    repairs   a field -> the text it was before it was damaged
    releases  rows that share a release -> one complete title for it
    model     what comes out
    errors    what is raised when a file cannot be used as a whole
"""

from movie_assets.brands.errors import BrandFileError
from movie_assets.brands.model import BrandFile, BrandRow, RejectedLine, Repair
from movie_assets.brands.reader import parse_brands, read_brand_file

__all__ = ["BrandFile", "BrandFileError", "BrandRow", "RejectedLine", "Repair", "parse_brands", "read_brand_file"]
