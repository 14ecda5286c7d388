rm -f "merged/trees/$gone"
