"""FITS and NumPy files down to their bytes: units, tiles, stored numbers."""
