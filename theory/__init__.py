"""headstart derives: symbols only."""
