# expect: has no quota yet
mkdir -p "$tree/$slow"
