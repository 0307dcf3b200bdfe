"""What the commands do, one file each; `headstart.cli` declares how they are called."""
