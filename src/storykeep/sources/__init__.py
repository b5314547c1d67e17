"""Where stories come from: one file each; ``combine`` composes them."""
