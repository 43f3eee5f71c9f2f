"""Pictures of tracks: timelines, the disk with trails, the butterfly diagram, an animation."""
