"""What was found on one image, as Python and notebooks want it: table, coordinates, map, plot."""
