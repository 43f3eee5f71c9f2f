"""Jobs: commands of halescope in processes of their own, and a stream of what happens."""
