fill "$group"
