# expect: Lower layers belong to everybody
rm "base/trees/$gone"
