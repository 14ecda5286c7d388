overlay
