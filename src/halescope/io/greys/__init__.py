"""From what a picture shows to levels of field: its colours, its zero level, its scale."""
