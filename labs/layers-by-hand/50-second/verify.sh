mounted merged upper
[ "$(option merged2 upperdir)" != upper ] || say "/work/merged2 has the upper layer of the first one; two overlays must not share it. Unmount it, and give it /work/upper2."
mounted merged2 upper2
untouched_base
[ -e "upper2/garden/$word" ] || say "There is no garden/$word in the second container's layer yet."
[ ! -e "merged/garden/$word" ] || say "garden/$word is also in the first container: it was made in the wrong place."
