"""A folder that somebody labelled becomes a data set: any format, divided, treated as in DIGITS."""
