"""The form of a new data set: what lies in a folder, what would be made, and why it would fail."""
