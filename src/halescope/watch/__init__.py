"""Near real time: each new magnetogram analysed, tracked, shown, and told of where it matters."""
